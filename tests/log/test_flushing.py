"""Acknowledgements that wait for the disk: who waits, for what, and what a failed sync means."""

import asyncio
import errno
import os
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from broker.log.engine import Appended, PartitionKey, PartitionLog
from broker.log.files import File
from broker.log.partition_log import LocalPartitionLog
from broker.protocol.errors import ErrorCode, KafkaError
from tests.fakes.files import FaultyFiles, Loss
from tests.log.harness import HERE, KEY, NOW, OTHER_ID, Engine, append, base_offsets, batch, engine

FSYNC = {"kawa.durability": "fsync"}
ONE = len(batch())
OTHER = KEY._replace(partition=1)
FIRST_LOG = f"{HERE}/{0:020}.log"
LINKS = [f"{HERE}/partition.metadata", f"{HERE}/leader-epoch-checkpoint", HERE, "data"]


class Disk(FaultyFiles):
    """It remembers which syncs were asked for, and fails one that a test names."""

    def __init__(self) -> None:
        super().__init__()
        self.synced: list[str] = []
        self.unopened = ""  # a file that cannot be opened
        self._until_failure = 0

    def fail_sync(self, number: int = 1) -> None:
        """The n-th from now on fails, and only that: a second attempt succeeds, as with Linux."""
        self._until_failure = number

    def sync(self, path: str) -> None:
        self.synced.append(path)
        self._until_failure -= 1
        if self._until_failure == 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        super().sync(path)

    def open(self, path: str, *, create: bool = False) -> File:
        if path == self.unopened:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().open(path, create=create)

    def logs(self) -> list[str]:
        """The log files that were synced since this was last asked."""
        synced, self.synced = self.synced, []
        return [path for path in synced if path.endswith(".log")]


class Background:
    """Slow work that waits until a test does it."""

    def __init__(self) -> None:
        self.works: list[Callable[[], None]] = []

    def __call__(self, work: Callable[[], None]) -> None:
        self.works.append(work)

    async def run(self) -> None:
        """Do what has come up until now."""
        works, self.works = self.works, []
        for work in works:
            work()
        await turns()


async def turns() -> None:
    """What the loop has to do is done, until it has to wait for somebody."""
    for _ in range(5):
        await asyncio.sleep(0)


def waiting(log: PartitionLog, data: bytearray | None = None) -> "asyncio.Future[Appended]":
    future = log.append(memoryview(batch() if data is None else data), leader_epoch=0)
    assert isinstance(future, asyncio.Future)
    return future


def offsets(*futures: "asyncio.Future[Appended]") -> list[int]:
    """Of those that are done."""
    return [future.result().base_offset for future in futures if future.done()]


def failures(*futures: "asyncio.Future[Appended]") -> list[ErrorCode]:
    """Of those that failed."""
    errors = [future.exception() for future in futures if future.done()]
    return [error.code for error in errors if isinstance(error, KafkaError)]


def run(scenario: Callable[[], Coroutine[None, None, None]]) -> None:
    asyncio.run(scenario())


def opened(made: Engine, key: PartitionKey = KEY) -> LocalPartitionLog:
    return made.log.partition(key)


# Everybody waits: kawa.durability=fsync.


def test_an_acknowledgement_waits_for_the_disk() -> None:
    async def scenario() -> None:
        disk, background = Disk(), Background()
        log = opened(engine(disk, settings=FSYNC, in_background=background))
        future = waiting(log)
        await turns()
        assert not future.done()
        assert (log.high_watermark, disk.synced) == (1, [])
        await background.run()
        assert future.result() == Appended(0, 0, -1, 0)
        assert disk.synced == [FIRST_LOG, *LINKS]

    run(scenario)


def test_many_that_wait_share_one_sync_of_each_file() -> None:
    async def scenario() -> None:
        disk = Disk()
        made = engine(disk, settings=FSYNC)
        logs = opened(made), opened(made, OTHER)
        futures = [waiting(log) for _ in range(10) for log in logs]
        await turns()
        assert sorted(offsets(*futures)) == sorted([*range(10)] * 2)
        assert disk.logs() == [log.storage.segments[0].log_path for log in logs]

    run(scenario)


def test_what_comes_up_during_a_round_waits_for_the_next() -> None:
    async def scenario() -> None:
        disk, background = Disk(), Background()
        log = opened(engine(disk, settings=FSYNC, in_background=background))
        first = waiting(log)
        await turns()
        later = [waiting(log) for _ in range(3)]
        await turns()
        assert len(background.works) == 1
        await background.run()
        assert offsets(first, *later) == [0]
        await background.run()
        assert offsets(first, *later) == [0, 1, 2, 3]
        assert disk.logs() == [FIRST_LOG, FIRST_LOG]
        assert background.works == []

    run(scenario)


def test_after_a_pause_rounds_go_on() -> None:
    async def scenario() -> None:
        disk = Disk()
        log = opened(engine(disk, settings=FSYNC))
        for offset in range(3):
            assert (await waiting(log)).base_offset == offset
        assert disk.logs() == [FIRST_LOG] * 3

    run(scenario)


def test_directories_are_synced_once_for_each_new_file() -> None:
    async def scenario() -> None:
        disk, background = Disk(), Background()
        log = opened(engine(disk, settings=FSYNC, in_background=background, internal_segment_bytes=2 * ONE))
        wanted = [[FIRST_LOG, *LINKS], [FIRST_LOG], [FIRST_LOG, f"{HERE}/{2:020}.log", *LINKS]]
        for paths in wanted:
            waiting(log)
            await turns()
            *_, work = background.works
            work()
            assert disk.synced == paths
            disk.synced.clear()
            background.works.clear()
            await turns()

    run(scenario)


@pytest.mark.parametrize("values", [{"settings": FSYNC}, {"flush_messages": 1}])
def test_a_retry_is_acknowledged_no_sooner_than_what_it_repeats(values: dict[str, Any]) -> None:
    async def scenario() -> None:
        background = Background()
        log = opened(engine(Disk(), in_background=background, **values))
        first = waiting(log, batch(producer_id=5))
        await turns()
        retry = waiting(log, batch(producer_id=5))
        await background.run()
        assert first.done()
        assert not retry.done()
        await background.run()
        assert retry.result().is_duplicate

    run(scenario)


def test_a_retry_of_what_no_sync_has_saved_is_not_acknowledged() -> None:
    async def scenario() -> None:
        disk = Disk()
        log = opened(engine(disk, settings=FSYNC))
        disk.fail_sync()
        first = waiting(log, batch(producer_id=5))
        await turns()
        assert failures(first) == [ErrorCode.KAFKA_STORAGE_ERROR]
        with pytest.raises(KafkaError) as caught:
            waiting(log, batch(producer_id=5))
        assert caught.value.code is ErrorCode.KAFKA_STORAGE_ERROR

    run(scenario)


def test_who_has_given_up_waiting_keeps_nobody_else_from_it() -> None:
    async def scenario() -> None:
        log = opened(engine(Disk(), settings=FSYNC))
        first, second = waiting(log), waiting(log)
        first.cancel()
        await turns()
        assert first.cancelled()
        assert second.result().base_offset == 1

    run(scenario)


def test_a_file_of_an_old_name_is_linked_anew() -> None:
    """The first one's segment was deleted before its topic was, and may not count for the second's."""
    disk = Disk()
    key = KEY._replace(topic_id=OTHER_ID)

    async def scenario() -> None:
        made = engine(disk, settings=FSYNC, internal_segment_bytes=ONE)
        log = opened(made)
        for _ in range(2):
            await waiting(log)
        log.delete_records(before_offset=1)
        made.log.delete(KEY)
        await waiting(opened(made, key))

    run(scenario)
    disk.restart(Loss.EVERYTHING)
    assert key in engine(disk, boot_id="boot 2").log.discover()


# Some wait: flush.messages and flush.ms.


def test_otherwise_nobody_waits_and_nothing_is_synced() -> None:
    disk = Disk()
    log = opened(engine(disk))
    for _ in range(10):
        append(log)
    assert disk.synced == []


def test_the_record_that_fills_flush_messages_waits() -> None:
    async def scenario() -> None:
        disk = Disk()
        made = engine(disk, flush_messages=5)
        log, other = opened(made), opened(made, OTHER)
        append(log, batch(3))
        append(log)
        append(other, batch(4))
        future = waiting(log)
        await turns()
        assert offsets(future) == [4]
        assert disk.logs() == [FIRST_LOG]
        append(log, batch(4))
        assert (await waiting(log, batch(9))).last_offset == 17

    run(scenario)


def test_flush_messages_holds_from_the_moment_it_is_set() -> None:
    async def scenario() -> None:
        disk = Disk()
        made = engine(disk)
        log = opened(made)
        append(log)
        made.overrides["flush.messages"] = "1"
        made.log.reconfigure(KEY.topic)
        await waiting(log)
        del made.overrides["flush.messages"]
        made.log.reconfigure(KEY.topic)
        append(log)
        assert disk.logs() == [FIRST_LOG]

    run(scenario)


def test_a_flush_reaches_back_over_a_roll() -> None:
    """The closed segment is synced in the background: who is acknowledged first may not rely on that."""
    disk = Disk()

    async def scenario() -> None:
        background = Background()
        log = opened(engine(disk, in_background=background, flush_messages=3, internal_segment_bytes=2 * ONE))
        append(log)
        append(log)
        future = waiting(log)
        assert len(background.works) == 1
        await turns()
        *_, flush = background.works
        flush()
        await turns()
        assert offsets(future) == [2]

    run(scenario)
    disk.restart(Loss.EVERYTHING)
    assert base_offsets(engine(disk, boot_id="boot 2").partition) == [0, 1, 2]


def test_a_flush_reaches_back_no_further_than_what_is_safe() -> None:
    async def scenario() -> None:
        disk = Disk()
        log = opened(engine(disk, flush_messages=3, internal_segment_bytes=2 * ONE))
        append(log)
        append(log)
        disk.logs()
        future = waiting(log)
        assert disk.logs() == [FIRST_LOG]  # at the roll
        await turns()
        assert offsets(future) == [2]
        assert disk.logs() == [f"{HERE}/{2:020}.log"]

    run(scenario)


def test_the_file_is_synced_flush_ms_after_the_first_append() -> None:
    async def scenario() -> None:
        disk = Disk()
        made = engine(disk, flush_ms=100)
        log = opened(made)
        append(log)
        made.clock.advance(60)
        append(log)
        append(log)
        made.clock.advance(39)
        await turns()
        assert disk.synced == []
        made.clock.advance(1)
        await turns()
        assert disk.synced == [FIRST_LOG, *LINKS]
        made.clock.advance(1000)
        await turns()
        assert disk.logs() == [FIRST_LOG]
        append(log)
        made.clock.advance(100)
        await turns()
        assert disk.logs() == [FIRST_LOG]

    run(scenario)


def test_a_file_that_is_not_there_yet_is_not_taken_for_a_linked_one() -> None:
    disk = Disk()

    async def scenario() -> None:
        made = engine(disk, flush_ms=100, internal_segment_bytes=ONE)
        log = opened(made)
        append(log)
        disk.unopened = f"{HERE}/{1:020}.log"
        with pytest.raises(KafkaError):
            append(log)
        assert [segment.size_bytes for segment in log.storage.segments] == [ONE, 0]
        disk.unopened = ""
        made.clock.advance(100)
        await turns()
        append(log)
        made.clock.advance(100)
        await turns()

    run(scenario)
    disk.restart(Loss.EVERYTHING)
    assert base_offsets(engine(disk, boot_id="boot 2").partition) == [0, 1]


def test_a_flush_that_came_earlier_makes_that_of_flush_ms_needless() -> None:
    async def scenario() -> None:
        disk = Disk()
        made = engine(disk, flush_ms=100, flush_messages=2)
        log = opened(made)
        append(log)
        assert made.clock.next_timer_ms() is not None
        await waiting(log)
        assert made.clock.next_timer_ms() is None
        append(log)
        assert made.clock.next_timer_ms() == made.clock.monotonic_ms() + 100

    run(scenario)


@pytest.mark.parametrize("end", ["delete", "close"])
def test_a_log_that_is_gone_or_closed_is_synced_no_more(end: str) -> None:
    made = engine(Disk(), flush_ms=100)
    append(opened(made))
    if end == "delete":
        made.log.delete(KEY)
    else:
        made.log.close()
    assert made.clock.next_timer_ms() is None


def test_a_topic_that_was_deleted_meanwhile_makes_nobody_wait() -> None:
    async def scenario() -> None:
        background = Background()
        made = engine(Disk(), settings=FSYNC, in_background=background)
        deleted, other = waiting(opened(made)), waiting(opened(made, OTHER))
        await turns()
        made.log.delete(KEY)
        await background.run()
        assert offsets(deleted, other) == [0, 0]
        assert made.logger.told("error") == []

    run(scenario)


def test_a_log_file_that_somebody_else_removed_is_no_acknowledgement() -> None:
    async def scenario() -> None:
        background, disk = Background(), Disk()
        made = engine(disk, settings=FSYNC, in_background=background)
        lost = waiting(opened(made))
        await turns()
        disk.remove(FIRST_LOG)
        await background.run()
        with pytest.raises(KafkaError, match="No such file"):
            lost.result()
        with pytest.raises(KafkaError):
            append(made.partition)

    run(scenario)


# A sync that fails.


def test_a_failed_sync_is_told_to_all_who_wait_for_it_and_ends_appending() -> None:
    async def scenario() -> None:
        disk = Disk()
        made = engine(disk, settings=FSYNC)
        log, other = opened(made), opened(made, OTHER)
        await waiting(log)
        disk.fail_sync()
        futures = [waiting(log) for _ in range(3)]
        unharmed = waiting(other)
        await turns()
        assert failures(*futures) == [ErrorCode.KAFKA_STORAGE_ERROR] * 3
        assert offsets(unharmed) == [0]
        assert made.logger.told("error") == ["log failed"]
        for _ in range(2):
            with pytest.raises(KafkaError) as caught:
                waiting(log)
            assert caught.value.code is ErrorCode.KAFKA_STORAGE_ERROR
        assert base_offsets(log) == [0, 1, 2, 3]
        await waiting(other)

    run(scenario)


@pytest.mark.parametrize("number", range(1, 2 + len(LINKS)))
def test_whatever_cannot_be_synced_is_not_acknowledged(number: int) -> None:
    async def scenario() -> None:
        disk = Disk()
        log = opened(engine(disk, settings=FSYNC))
        future = waiting(log)
        disk.fail_sync(number)
        await turns()
        assert failures(future) == [ErrorCode.KAFKA_STORAGE_ERROR]

    run(scenario)


def test_what_was_written_during_a_round_that_failed_is_not_acknowledged_by_the_next() -> None:
    """The operating system tells of a lost page only once: that the next sync succeeds means nothing."""

    async def scenario() -> None:
        disk, background = Disk(), Background()
        log = opened(engine(disk, settings=FSYNC, in_background=background))
        first = waiting(log)
        await turns()
        second = waiting(log)
        disk.fail_sync()
        await background.run()
        await background.run()
        assert failures(first, second) == [ErrorCode.KAFKA_STORAGE_ERROR] * 2

    run(scenario)


def test_what_follows_in_the_next_segment_is_not_acknowledged_without_what_is_before() -> None:
    async def scenario() -> None:
        disk, background = Disk(), Background()
        log = opened(engine(disk, settings=FSYNC, in_background=background, internal_segment_bytes=ONE))
        first, second = waiting(log), waiting(log)
        await turns()
        *_, flush = background.works
        disk.fail_sync()
        flush()
        await turns()
        assert failures(first, second) == [ErrorCode.KAFKA_STORAGE_ERROR] * 2

    run(scenario)


def test_a_sync_that_failed_when_the_log_rolled_counts_too() -> None:
    async def scenario() -> None:
        disk = Disk()
        log = opened(engine(disk, settings=FSYNC, internal_segment_bytes=ONE))
        first = waiting(log)
        disk.fail_sync()
        second = waiting(log)
        await turns()
        assert failures(first, second) == [ErrorCode.KAFKA_STORAGE_ERROR] * 2

    run(scenario)


def test_a_failed_sync_for_which_nobody_waits_ends_appending_too() -> None:
    async def scenario() -> None:
        disk = Disk()
        made = engine(disk, flush_ms=100)
        log = opened(made)
        append(log)
        disk.fail_sync()
        made.clock.advance(100)
        await turns()
        with pytest.raises(KafkaError):
            append(log)

    run(scenario)


def test_a_log_whose_sync_failed_is_not_called_safe_at_the_end() -> None:
    disk = Disk()

    async def scenario() -> None:
        made = engine(disk, settings=FSYNC)
        log = opened(made)
        disk.fail_sync()
        future = waiting(log)
        await turns()
        assert failures(future) == [ErrorCode.KAFKA_STORAGE_ERROR]
        made.log.close()

    run(scenario)
    assert ".kafka_cleanshutdown" not in disk.list("data")
    points = disk.snapshot().get("data/recovery-point-offset-checkpoint", b"0\n0\n")
    assert points == b"0\n0\n"


def test_opened_anew_the_log_takes_appends_again() -> None:
    disk = Disk()

    async def failing() -> None:
        log = opened(engine(disk, settings=FSYNC))
        disk.fail_sync()
        future = waiting(log)
        await turns()
        assert failures(future) == [ErrorCode.KAFKA_STORAGE_ERROR]

    async def again() -> None:
        log = opened(engine(disk, settings=FSYNC))
        data = batch(timestamps=[NOW + 1])
        assert (await waiting(log, data)).base_offset == 1

    run(failing)
    disk.kill()
    run(again)
