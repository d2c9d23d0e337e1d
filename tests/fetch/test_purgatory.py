"""Fetches that wait: what ends the wait, what does not, and that nothing stays behind."""

import asyncio
from asyncio import Future
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.cluster.topics import Topic
from broker.fetch.partitions import PartitionFetch, PartitionRead
from broker.fetch.purgatory import is_enough, read_when_enough
from broker.fetch.reading import release_all
from broker.log.engine import EpochEndOffset, Isolation
from broker.log.steps import carry_out
from broker.protocol.errors import ErrorCode, KafkaError
from tests.fakes.data_plane import NODE, OTHER_NODE, DataPlane, batch, log_of
from tests.fetch.wanted import terms, want

BATCH_BYTES = len(batch())


class Waiting:
    """A fetch of some partitions, which waits until something happens."""

    def __init__(self, plane: DataPlane, fetches: Sequence[PartitionFetch], **how: Any) -> None:
        self.plane = plane
        max_wait_ms = how.pop("max_wait_ms", 500)
        self.outcome = carry_out(
            read_when_enough(fetches, terms(plane.topics, **how), plane.clock, max_wait_ms=max_wait_ms)
        )

    @property
    def is_over(self) -> bool:
        """Whether the wait has ended by what has happened up to now."""
        return not isinstance(self.outcome, Future) or self.outcome.done()

    async def settle(self) -> "Waiting":
        """Let the event loop carry out what has been decided."""
        for _ in range(3):
            await asyncio.sleep(0)
        return self

    def reads(self) -> list[PartitionRead]:
        return self.outcome.result() if isinstance(self.outcome, Future) else self.outcome

    def sizes(self) -> list[int]:
        return [read.size_bytes // BATCH_BYTES for read in self.reads()]

    def is_forgotten(self) -> bool:
        """Nothing would call this fetch any more, and once its answer is sent nothing is on loan."""
        if isinstance(self.outcome, Future) and not self.outcome.cancelled():
            release_all(self.outcome.result())
        logs = [
            log_of(partition)
            for topic in self.plane.topics.by_name.values()
            for partition in topic.partitions
        ]
        return (
            not any(log.subscriptions or log.loans for log in logs)
            and not self.plane.topics.callbacks
            and self.plane.clock.next_timer_ms() is None
        )


def add(topic: Topic, partition: int = 0, *, batches: int = 1) -> None:
    for _ in range(batches):
        log_of(topic.partitions[partition]).append(batch(), leader_epoch=3)


def in_loop(scenario: Callable[[DataPlane], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(scenario(DataPlane()))


def test_what_is_enough_is_answered_at_once() -> None:
    plane = DataPlane()
    topic = plane.add_topic()
    add(topic)
    assert Waiting(plane, [want(topic)]).sizes() == [1]


def test_who_does_not_want_to_wait_is_answered_at_once() -> None:
    plane = DataPlane()
    assert Waiting(plane, [want(plane.add_topic())], max_wait_ms=0).sizes() == [0]


def test_who_wants_no_bytes_is_answered_at_once() -> None:
    plane = DataPlane()
    assert Waiting(plane, [want(plane.add_topic())], min_bytes=0).sizes() == [0]


def test_who_asks_for_nothing_is_answered_at_once() -> None:
    assert Waiting(DataPlane(), []).sizes() == []


def test_an_error_is_answered_at_once() -> None:
    plane = DataPlane()
    topic = plane.add_topic(partitions=2)
    waiting = Waiting(plane, [want(topic, 0), want(topic, 1, offset=8)])
    assert [read.error for read in waiting.reads()] == [ErrorCode.NONE, ErrorCode.OFFSET_OUT_OF_RANGE]


def test_a_diverging_epoch_is_enough() -> None:
    fetch = want("orders")
    assert not is_enough([PartitionRead(fetch)], min_bytes=1)
    assert is_enough([PartitionRead(fetch, diverging=EpochEndOffset(1, 1))], min_bytes=1)


def test_a_record_ends_the_wait() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic(partitions=2)
        waiting = Waiting(plane, [want(topic, 0), want(topic, 1)])
        assert not waiting.is_over
        add(topic, 1)
        await waiting.settle()
        assert waiting.sizes() == [0, 1]
        assert waiting.is_forgotten()

    in_loop(scenario)


def test_records_that_come_in_one_turn_of_the_loop_are_answered_together() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic(partitions=2)
        waiting = Waiting(plane, [want(topic, 0), want(topic, 1)])
        add(topic, 0)
        add(topic, 1, batches=2)
        await waiting.settle()
        assert waiting.sizes() == [1, 2]

    in_loop(scenario)


def test_the_deadline_ends_the_wait() -> None:
    async def scenario(plane: DataPlane) -> None:
        waiting = Waiting(plane, [want(plane.add_topic())], max_wait_ms=500)
        plane.clock.advance(499)
        assert not (await waiting.settle()).is_over
        plane.clock.advance(1)
        await waiting.settle()
        assert waiting.sizes() == [0]
        assert waiting.is_forgotten()

    in_loop(scenario)


def test_a_wait_goes_on_until_there_are_enough_bytes() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic(partitions=2)
        add(topic)
        waiting = Waiting(plane, [want(topic, 0), want(topic, 1)], min_bytes=3 * BATCH_BYTES)
        add(topic, 1)
        assert not (await waiting.settle()).is_over
        add(topic, 0)
        await waiting.settle()
        assert waiting.sizes() == [2, 1]
        assert waiting.is_forgotten()

    in_loop(scenario)


def test_only_what_was_added_is_looked_at() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic(partitions=2)
        add(topic, 0, batches=2)
        waiting = Waiting(plane, [want(topic, 0), want(topic, 1)], min_bytes=100 * BATCH_BYTES)
        logs = [log_of(partition) for partition in topic.partitions]
        logs[0].reads.clear()
        add(topic, 0)
        add(topic, 0)
        assert [offset for offset, _, _ in logs[0].reads] == [2, 3]
        assert logs[1].reads == []
        assert not (await waiting.settle()).is_over

    in_loop(scenario)


def test_waiting_for_a_single_byte_reads_nothing_before_it_is_answered() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic()
        waiting = Waiting(plane, [want(topic)])
        add(topic, batches=3)
        assert log_of(topic.partitions[0]).reads == []
        await waiting.settle()
        assert waiting.sizes() == [3]

    in_loop(scenario)


def test_a_partition_counts_no_more_than_it_may_return() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic(partitions=2)
        fetches = [want(topic, 0, max_bytes=BATCH_BYTES), want(topic, 1)]
        waiting = Waiting(plane, fetches, min_bytes=2 * BATCH_BYTES)
        add(topic, 0, batches=5)
        assert not (await waiting.settle()).is_over
        add(topic, 1)
        await waiting.settle()
        assert waiting.sizes() == [1, 1]

    in_loop(scenario)


def test_a_batch_that_is_larger_than_its_partitions_limit_counts_up_to_the_limit() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic()
        waiting = Waiting(plane, [want(topic, max_bytes=20)], min_bytes=20)
        add(topic)
        await waiting.settle()
        assert waiting.sizes() == [1]

    in_loop(scenario)


def test_committed_readers_wait_for_the_last_stable_offset() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic()
        log = log_of(topic.partitions[0])
        log.first_unstable_offset = 0
        waiting = Waiting(plane, [want(topic)], isolation=Isolation.READ_COMMITTED)
        add(topic)
        assert not (await waiting.settle()).is_over
        log.first_unstable_offset = None
        log.tell()
        await waiting.settle()
        assert waiting.sizes() == [1]

    in_loop(scenario)


def test_committed_readers_beyond_the_last_stable_offset_wait_until_it_has_passed_them() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic()
        add(topic, batches=3)
        log = log_of(topic.partitions[0])
        log.first_unstable_offset = 0
        waiting = Waiting(plane, [want(topic, offset=2)], isolation=Isolation.READ_COMMITTED)
        log.first_unstable_offset = 2
        log.tell()
        assert not (await waiting.settle()).is_over
        log.first_unstable_offset = None
        log.tell()
        await waiting.settle()
        assert waiting.sizes() == [1]

    in_loop(scenario)


def test_a_log_that_moves_without_new_records_does_not_end_the_wait() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic()
        add(topic)
        waiting = Waiting(plane, [want(topic, offset=1)])
        log_of(topic.partitions[0]).delete_records(before_offset=1)
        assert not (await waiting.settle()).is_over

    in_loop(scenario)


def test_a_log_that_is_cut_off_beyond_the_offset_ends_the_wait() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic()
        add(topic)
        waiting = Waiting(plane, [want(topic)], min_bytes=2 * BATCH_BYTES)
        log_of(topic.partitions[0]).delete_records(before_offset=1)
        await waiting.settle()
        assert [read.error for read in waiting.reads()] == [ErrorCode.OFFSET_OUT_OF_RANGE]
        assert waiting.is_forgotten()

    in_loop(scenario)


def test_a_deleted_topic_ends_the_wait() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic, other = plane.add_topic(), plane.add_topic("others", number=2)
        waiting = Waiting(plane, [want(topic), want(other)])
        plane.delete_topic(topic)
        await waiting.settle()
        errors = [read.error for read in waiting.reads()]
        assert errors == [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.NONE]
        assert not log_of(topic.partitions[0]).subscriptions
        assert waiting.is_forgotten()

    in_loop(scenario)


def test_a_topic_that_was_made_anew_ends_the_wait() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic()
        waiting = Waiting(plane, [want(topic)])
        plane.add_topic(number=2)
        log_of(topic.partitions[0]).tell()
        assert (await waiting.settle()).is_over

    in_loop(scenario)


def test_a_leader_that_moves_ends_the_wait() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic(partitions=2)
        waiting = Waiting(plane, [want(topic, 0, current_leader_epoch=3)])
        plane.topics.move(topic.partitions[1], OTHER_NODE)
        assert not (await waiting.settle()).is_over
        plane.topics.move(topic.partitions[0], OTHER_NODE)
        await waiting.settle()
        assert [read.error for read in waiting.reads()] == [ErrorCode.FENCED_LEADER_EPOCH]
        assert waiting.is_forgotten()

    in_loop(scenario)


def test_a_follower_whose_leader_moves_ends_the_wait() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic(leader=OTHER_NODE, replicas=(OTHER_NODE, NODE))
        waiting = Waiting(plane, [want(topic)])
        plane.topics.move(topic.partitions[0], NODE)
        assert (await waiting.settle()).is_over

    in_loop(scenario)


@pytest.mark.parametrize("limit", [BATCH_BYTES + 10, 2 * BATCH_BYTES - 1])
def test_nobody_waits_for_what_is_there_and_does_not_fit_as_a_whole(limit: int) -> None:
    plane = DataPlane()
    topic = plane.add_topic()
    add(topic, batches=2)
    waiting = Waiting(plane, [want(topic, max_bytes=limit)], min_bytes=limit)
    assert waiting.sizes() == [1]
    assert log_of(topic.partitions[0]).loans == 1


def test_a_disk_that_fails_between_two_reads_ends_the_wait() -> None:
    plane = DataPlane()
    topic = plane.add_topic()
    add(topic)
    log = log_of(topic.partitions[0])
    read = log.read

    def read_once(**how: Any) -> Any:
        found = read(**how)
        log.refuses = KafkaError(ErrorCode.KAFKA_STORAGE_ERROR)
        return found

    log.read = read_once  # type: ignore[method-assign]
    waiting = Waiting(plane, [want(topic)], min_bytes=1000)
    assert [read.error for read in waiting.reads()] == [ErrorCode.KAFKA_STORAGE_ERROR]
    assert log.loans == 0


def test_a_log_that_refuses_to_be_read_ends_the_wait() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic()
        add(topic)
        waiting = Waiting(plane, [want(topic, offset=1)])
        log = log_of(topic.partitions[0])
        log.refuses = KafkaError(ErrorCode.KAFKA_STORAGE_ERROR)
        log.tell()
        assert (await waiting.settle()).is_over
        assert waiting.is_forgotten()

    in_loop(scenario)


def test_a_disk_that_fails_while_bytes_are_counted_ends_the_wait() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic()
        waiting = Waiting(plane, [want(topic)], min_bytes=1000)
        log = log_of(topic.partitions[0])
        log.log_end_offset = 1
        log.refuses = KafkaError(ErrorCode.KAFKA_STORAGE_ERROR)
        log.tell()
        await waiting.settle()
        assert [read.error for read in waiting.reads()] == [ErrorCode.KAFKA_STORAGE_ERROR]

    in_loop(scenario)


def test_what_a_log_far_away_has_to_be_asked_for_is_enough() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic()
        log = log_of(topic.partitions[0])
        waiting = Waiting(plane, [want(topic)], min_bytes=10 * BATCH_BYTES)
        add(topic)
        log.is_far_away = True
        add(topic)
        log.tell()
        await waiting.settle()
        for _ in range(3):  # the append, the count and the read are answered
            log.answer()
            await waiting.settle()
        assert waiting.sizes() == [2]
        assert waiting.is_forgotten()

    in_loop(scenario)


def test_what_comes_while_other_partitions_are_read_is_not_missed() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic(partitions=2)
        add(topic, 1)
        near, far = (log_of(partition) for partition in topic.partitions)
        far.is_far_away = True
        waiting = Waiting(plane, [want(topic, 0), want(topic, 1)], min_bytes=2 * BATCH_BYTES)
        add(topic, 0)
        for _ in range(3):  # the read, what it counts for, and the read again are answered
            far.answer()
            await waiting.settle()
        assert waiting.sizes() == [1, 1]
        assert near.subscriptions == far.subscriptions == {}

    in_loop(scenario)


@pytest.mark.parametrize("settles_first", [True, False])
def test_a_connection_that_is_lost_leaves_nothing_behind(settles_first: bool) -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic(partitions=3)
        waiting = Waiting(plane, [want(topic, number) for number in range(3)])
        if settles_first:
            await waiting.settle()
        assert isinstance(waiting.outcome, Future)
        waiting.outcome.cancel()
        add(topic)
        await waiting.settle()
        assert waiting.outcome.cancelled()
        assert waiting.is_forgotten()

    in_loop(scenario)


def test_a_wait_that_is_over_hears_nothing_more() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic()
        waiting = Waiting(plane, [want(topic)], max_wait_ms=5, leader_only=True)
        add(topic)
        plane.clock.advance(5)
        add(topic)
        plane.topics.move(topic.partitions[0], OTHER_NODE)
        await waiting.settle()
        assert [read.error for read in waiting.reads()] == [ErrorCode.NOT_LEADER_OR_FOLLOWER]

    in_loop(scenario)


@given(
    limits=st.lists(st.integers(0, 400), min_size=3, max_size=3),
    min_bytes=st.integers(2, 700),
    first=st.lists(st.integers(0, 3), min_size=3, max_size=3),
    added=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 60)), max_size=12),
)
def test_a_wait_ends_exactly_when_what_is_there_adds_up(
    limits: list[int], min_bytes: int, first: list[int], added: list[tuple[int, int]]
) -> None:
    """Each partition counts for what it has, up to its limit; the first batch may be larger than that."""

    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic(partitions=3)
        for number, count in enumerate(first):
            add(topic, number, batches=count)
        logs = [log_of(partition) for partition in topic.partitions]
        fetches = [want(topic, number, max_bytes=limits[number]) for number in range(3)]
        waiting = Waiting(plane, fetches, min_bytes=min_bytes)

        def is_enough_now() -> bool:
            return (
                sum(min(log.size_bytes, limit) for log, limit in zip(logs, limits, strict=True)) >= min_bytes
            )

        if waiting.is_over:
            assert is_enough_now() or sum(read.size_bytes for read in waiting.reads()) >= min_bytes
            return
        assert not is_enough_now()
        for number, value_bytes in added:
            logs[number].append(batch(value_bytes=value_bytes), leader_epoch=3)
            await waiting.settle()
            assert waiting.is_over is is_enough_now()
            if waiting.is_over:
                return

    in_loop(scenario)
