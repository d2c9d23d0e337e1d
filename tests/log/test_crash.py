"""Fail, kill or cut the power at the n-th call, n = 1, 2, 3, ...

What was acknowledged before a SIGKILL is there after it. After a power cut what is there is a prefix,
down to the recovery point at least. Either way the log then takes appends, finds records by their
time, knows its producers, and every file in it is in order.
"""

import asyncio
import errno
from collections.abc import Awaitable, Callable

import pytest

from broker.log.corrupt_file import CorruptFile
from broker.log.engine import Appended, PartitionLog, TimestampOffset
from broker.log.inspect import verify_partition
from broker.log.local_log import LocalLog
from broker.log.offset_checkpoint import read_offsets
from broker.log.recovery_points import NAME as RECOVERY_POINTS
from broker.protocol.errors import ErrorCode, KafkaError
from broker.settings.broker import BrokerSettings
from broker.settings.topic import TopicConfig
from tests.fakes.clock import VirtualClock
from tests.fakes.files import CHANGING, READING, FaultyFiles, Loss, PowerCut
from tests.log.harness import DIRECTORY, HERE, KEY, NOW, batch, headers, read
from tests.log.segments import BytesFiles

APPENDS = 24
PRODUCER = 7
RECORDS = 2
CONFIG = {"internal.segment.bytes": "700", "index.interval.bytes": "150", "segment.index.bytes": "1048576"}


class Machine:
    """A log engine that is used, killed and started again; and what it has promised."""

    def __init__(self, *, seed: int = 0, is_lazy: bool = False, durability: str = "page-cache") -> None:
        """`is_lazy`: work in the background waits until somebody runs it."""
        self._settings = BrokerSettings.from_values({"kawa.durability": durability})
        self.files = FaultyFiles(seed=seed)
        self.boot = 1
        self.sent: list[bytes] = []  # by the number of the batch; the last may not have been acknowledged
        self.acknowledged = 0
        self.log_start = 0
        self._is_lazy = is_lazy
        self._waiting: list[Callable[[], None]] = []

    def start(self) -> PartitionLog:
        self._waiting.clear()
        settings = self._settings
        self.clock = VirtualClock(wall_ms=NOW)
        self.log = LocalLog(
            DIRECTORY,
            self.files,
            self.clock,
            settings,
            lambda topic: TopicConfig.effective(CONFIG, settings),
            boot_id=f"boot {self.boot}",
            sync_in_background=self._waiting.append if self._is_lazy else None,
        )
        return self.log.partition(KEY)

    def run_background(self) -> None:
        while self._waiting:
            self._waiting.pop(0)()

    def send(self, log: PartitionLog, number: int) -> bool:
        """Append batch `number`, unless the disk fails: whether that is acknowledged."""
        data = batch(
            RECORDS, timestamps=[NOW + number] * RECORDS, producer_id=PRODUCER, base_sequence=number * RECORDS
        )
        del self.sent[number:]
        try:
            appended = log.append(memoryview(data), leader_epoch=number // 10)
        except KafkaError as error:
            must_be_the_disk(error)
            return False
        finally:
            self.sent.append(bytes(data))
        assert isinstance(appended, Appended)
        assert appended.base_offset == number * RECORDS
        self.acknowledged = number + 1
        return True

    def work(self) -> None:
        """The whole workload. A batch that is refused is sent again, as a client would."""
        log = self.start()
        for number in range(APPENDS):
            for _ in range(200):
                if self.send(log, number):
                    break
            if number % 4 == 3:
                self.run_background()
            if number == APPENDS // 2:
                self.delete_first(log)
        self.run_background()
        self.log.close()

    def delete_first(self, log: PartitionLog) -> None:
        try:
            log.delete_records(before_offset=2 * RECORDS)
        except KafkaError as error:
            must_be_the_disk(error)
        else:
            self.clock.advance(0)  # the end of the loop's iteration
            self.log_start = 2 * RECORDS

    def power_comes_back(self, loss: Loss) -> PartitionLog:
        self.files.restart(loss)
        self.boot += 1
        return self.start()

    def recovery_point(self) -> int:
        data = self.files.snapshot().get(f"{DIRECTORY}/{RECOVERY_POINTS}", b"")
        try:
            return read_offsets(data).get((KEY.topic, KEY.partition), 0)
        except CorruptFile:
            return 0

    def check(self, log: PartitionLog, *, at_least: int) -> None:
        """The log is a prefix of what was sent, and works."""
        assert log.log_end_offset % RECORDS == 0
        count = log.log_end_offset // RECORDS
        assert at_least <= count <= len(self.sent)
        stored = read(log, log.log_start_offset)
        found = headers(stored)
        assert b"".join(self.sent[:count]).endswith(stored)
        if count > log.log_start_offset // RECORDS:
            assert found[0].base_offset <= log.log_start_offset
            self.check_lookups(log, count)
            stored_last = self.sent[count - 1]
            assert self.send(log, count - 1), "a duplicate is acknowledged"
            assert log.log_end_offset == count * RECORDS, "and not stored"
            self.sent[count - 1 :] = [stored_last]
        self.check_goes_on(log, count)
        self.check_files(log)

    def check_lookups(self, log: PartitionLog, count: int) -> None:
        for number in range(log.log_start_offset // RECORDS, count):
            expected = TimestampOffset(NOW + number, number * RECORDS, number // 10)
            assert log.offset_for_timestamp(NOW + number) == expected
            assert log.epoch_for_offset(number * RECORDS) == number // 10
        greatest = log.offset_of_max_timestamp()
        assert isinstance(greatest, TimestampOffset)
        assert greatest.timestamp_ms == NOW + count - 1

    def check_goes_on(self, log: PartitionLog, count: int) -> None:
        if count == log.log_start_offset // RECORDS:
            return  # nothing is known of the producer: see the unit tests
        for number in range(count, count + 8):
            assert self.send(log, number)
        expected = b"".join(self.sent[log.log_start_offset // RECORDS :])
        assert read(log, log.log_start_offset) == expected

    def check_files(self, log: PartitionLog) -> None:
        self.log.close()
        report = verify_partition(BytesFiles(self.files.snapshot()), HERE, records=True)
        assert [problem for segment in report.segments for problem in segment.problems] == []
        assert report.problems == []


def must_be_the_disk(error: KafkaError) -> None:
    assert error.code is ErrorCode.KAFKA_STORAGE_ERROR


def calls_of(*, is_lazy: bool) -> int:
    machine = Machine(is_lazy=is_lazy)
    machine.work()
    return machine.files.calls


@pytest.mark.parametrize("is_lazy", [False, True])
def test_what_was_acknowledged_before_a_kill_is_there(is_lazy: bool) -> None:
    for call in range(1, calls_of(is_lazy=is_lazy) + 1):
        machine = Machine(seed=call, is_lazy=is_lazy)
        machine.files.cut_power_at(call)
        with pytest.raises(PowerCut):
            machine.work()
        machine.files.restart(Loss.NOTHING)  # the process is gone, the machine is not
        log = machine.start()
        assert log.log_start_offset >= machine.log_start
        machine.check(log, at_least=machine.acknowledged)


@pytest.mark.parametrize("is_lazy", [False, True])
@pytest.mark.parametrize("loss", Loss)
def test_what_is_there_after_a_power_cut_is_a_prefix(loss: Loss, is_lazy: bool) -> None:
    for call in range(1, calls_of(is_lazy=is_lazy) + 1):
        machine = Machine(seed=call, is_lazy=is_lazy)
        machine.files.cut_power_at(call)
        with pytest.raises(PowerCut):
            machine.work()
        log = machine.power_comes_back(loss)
        machine.check(log, at_least=machine.recovery_point() // RECORDS)


def test_what_was_synced_before_a_power_cut_is_there() -> None:
    machine = Machine()
    machine.work()
    log = machine.power_comes_back(Loss.EVERYTHING)
    assert log.log_start_offset == machine.log_start
    machine.check(log, at_least=APPENDS)


async def send_and_wait(machine: Machine, *, waiting: int) -> None:
    """Append as fast as the disk syncs, `waiting` batches at a time, until the power is gone."""
    log = machine.start()
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: task.cancel())
    for number in range(0, APPENDS, waiting):
        appended: list[Awaitable[Appended]] = []
        for at in range(number, number + waiting):
            data = batch(RECORDS, timestamps=[NOW + at] * RECORDS, producer_id=PRODUCER, base_sequence=at * 2)
            future = log.append(memoryview(data), leader_epoch=at // 10)
            assert isinstance(future, asyncio.Future), "an acknowledgement waits"
            machine.sent.append(bytes(data))
            appended.append(future)
        await asyncio.gather(*appended)
        machine.acknowledged = number + waiting
    machine.log.close()


@pytest.mark.parametrize("waiting", [1, 3])
def test_what_waited_for_the_disk_survives_a_power_cut(waiting: int) -> None:
    for call in range(1, 1_000):
        machine = Machine(seed=call, durability="fsync")
        machine.files.cut_power_at(call)
        try:
            asyncio.run(send_and_wait(machine, waiting=waiting))
        except (PowerCut, asyncio.CancelledError):
            log = machine.power_comes_back(Loss.EVERYTHING if call % 2 else Loss.SOME)
            promised = b"".join(machine.sent[: machine.acknowledged])
            assert read(log, 0).startswith(promised)
        else:
            break
    assert machine.acknowledged == APPENDS


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("times", [1, 3])
def test_a_disk_that_fails_for_a_while_harms_nothing_that_was_acknowledged(number: int, times: int) -> None:
    for call in range(1, calls_of(is_lazy=False) + 1):
        machine = Machine(seed=call)
        log = machine.start()
        machine.log.close()
        machine.files.kill()
        machine.files.fail_at(call, number=number, times=times, kinds=CHANGING - {"remove"})
        try:
            machine.work()
        except (KafkaError, OSError):
            machine.files.heal()
        machine.files.restart(Loss.NOTHING)
        log = machine.start()
        machine.check(log, at_least=machine.acknowledged)


def test_a_disk_that_is_full_again_and_again_harms_nothing_that_was_acknowledged() -> None:
    for seed in range(60):
        machine = Machine(seed=seed)
        machine.start()
        for _ in range(12):
            call, times = machine.files.random.randrange(150), machine.files.random.randrange(1, 5)
            machine.files.fail_at(
                call, number=errno.ENOSPC, times=times, kinds=frozenset({"write", "replace"})
            )
        machine.work()
        machine.files.restart(Loss.NOTHING)
        machine.check(machine.start(), at_least=APPENDS)


def test_a_failed_read_is_no_end_of_the_log() -> None:
    machine = Machine()
    machine.work()
    for call in range(1, 120):
        machine.files.fail_at(call, kinds=READING)
        try:
            log = machine.start()
            assert len(headers(read(log, log.log_start_offset))) == APPENDS - 2
        except (KafkaError, OSError):
            pass
        machine.files.heal()
        log = machine.start()
        assert log.log_end_offset == APPENDS * RECORDS, call


def test_a_power_cut_in_the_middle_of_recovery_loses_no_more() -> None:
    for call in range(1, 25):
        machine = Machine(seed=call)
        machine.files.cut_power_at(100)
        with pytest.raises(PowerCut):
            machine.work()
        machine.files.restart(Loss.SOME)
        machine.boot += 1
        machine.files.cut_power_at(call)
        try:
            machine.start()
        except PowerCut:
            pass
        log = machine.power_comes_back(Loss.SOME)
        machine.check(log, at_least=machine.recovery_point() // RECORDS)
