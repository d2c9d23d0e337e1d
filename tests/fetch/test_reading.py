"""Reading what a fetch asks for: limits, errors, and giving back what is on loan."""

import asyncio
from asyncio import Future
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.cluster.topics import Topic
from broker.fetch.partitions import PartitionFetch, PartitionRead
from broker.fetch.reading import FetchTerms, read_partitions, release_all
from broker.log.engine import AbortedTransaction, EpochEndOffset, Isolation
from broker.log.steps import carry_out
from broker.protocol.errors import ErrorCode, KafkaError
from tests.fakes.data_plane import NODE, OTHER_NODE, DataPlane, batch, log_of, topic_id
from tests.fetch.wanted import terms, want, want_by_id

BATCH_BYTES = len(batch())


def filled(plane: DataPlane, *batches: int, name: str = "orders", number: int = 1, **how: Any) -> Topic:
    """A topic whose partition n holds `batches[n]` batches of one record."""
    topic = plane.add_topic(name, number=number, partitions=len(batches), **how)
    for partition, count in zip(topic.partitions, batches, strict=True):
        for _ in range(count):
            log_of(partition).append(batch(), leader_epoch=3)
    return topic


def read(fetches: list[PartitionFetch], how: FetchTerms) -> list[PartitionRead]:
    reads = carry_out(read_partitions(fetches, how))
    assert not isinstance(reads, Future)
    return reads


def read_one(fetch: PartitionFetch, how: FetchTerms) -> PartitionRead:
    (found,) = read([fetch], how)
    return found


def batches_of(reads: list[PartitionRead]) -> list[int]:
    return [len(each.chunks) for each in reads]


def in_loop(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(scenario())


def test_a_read_brings_whole_batches_and_the_logs_offsets() -> None:
    plane = DataPlane()
    topic = filled(plane, 3)
    found = read_one(want(topic, offset=1), terms(plane.topics))
    assert found.error is ErrorCode.NONE
    assert (len(found.chunks), found.size_bytes) == (2, 2 * BATCH_BYTES)
    assert (found.high_watermark, found.last_stable_offset, found.log_start_offset) == (3, 3, 0)
    assert found.aborted_transactions is None


def test_at_the_end_of_the_log_there_is_nothing_and_the_log_is_not_read() -> None:
    plane = DataPlane()
    topic = filled(plane, 3)
    found = read_one(want(topic, offset=3), terms(plane.topics))
    assert (found.error, found.size_bytes, found.high_watermark) == (ErrorCode.NONE, 0, 3)
    assert log_of(topic.partitions[0]).reads == []


@pytest.mark.parametrize("offset", [-1, 0, 4])
def test_an_offset_outside_of_the_log_is_out_of_range(offset: int) -> None:
    plane = DataPlane()
    topic = filled(plane, 3)
    log_of(topic.partitions[0]).log_start_offset = 1
    found = read_one(want(topic, offset=offset), terms(plane.topics))
    assert found.error is ErrorCode.OFFSET_OUT_OF_RANGE
    assert (found.high_watermark, found.last_stable_offset, found.log_start_offset) == (-1, -1, -1)


def test_each_partition_has_its_own_limit() -> None:
    plane = DataPlane()
    topic = filled(plane, 5, 5)
    limit = 2 * BATCH_BYTES + 1
    reads = read([want(topic, 0, max_bytes=limit), want(topic, 1, max_bytes=limit)], terms(plane.topics))
    assert batches_of(reads) == [2, 2]


def test_the_whole_answer_has_a_limit() -> None:
    plane = DataPlane()
    topic = filled(plane, 2, 2, 2)
    reads = read([want(topic, number) for number in range(3)], terms(plane.topics, max_bytes=3 * BATCH_BYTES))
    assert batches_of(reads) == [2, 1, 0]


def test_once_the_bytes_are_used_up_the_logs_are_not_read_but_told_of() -> None:
    plane = DataPlane()
    topic = filled(plane, 1, 1)
    reads = read([want(topic, 0), want(topic, 1)], terms(plane.topics, max_bytes=BATCH_BYTES))
    assert reads[1].high_watermark == 1
    assert log_of(topic.partitions[1]).reads == []


def test_the_first_batch_may_be_larger_than_either_limit() -> None:
    plane = DataPlane()
    topic = filled(plane, 0, 2, 2)
    reads = read([want(topic, number, max_bytes=1) for number in range(3)], terms(plane.topics, max_bytes=1))
    assert batches_of(reads) == [0, 1, 0]


def test_only_the_first_partition_with_records_goes_beyond_its_limit() -> None:
    plane = DataPlane()
    topic = filled(plane, 1, 1)
    reads = read([want(topic, 0, max_bytes=1), want(topic, 1, max_bytes=1)], terms(plane.topics))
    assert batches_of(reads) == [1, 0]


@pytest.mark.parametrize("limit", [0, -5])
def test_limits_below_1_still_let_the_first_batch_through(limit: int) -> None:
    plane = DataPlane()
    topic = filled(plane, 2)
    reads = read([want(topic, max_bytes=limit)], terms(plane.topics, max_bytes=limit))
    assert batches_of(reads) == [1]


@given(
    counts=st.lists(st.integers(0, 4), min_size=1, max_size=5),
    partition_limits=st.lists(st.integers(0, 400), min_size=5, max_size=5),
    max_bytes=st.integers(0, 1000),
)
def test_no_answer_is_larger_than_allowed_except_by_its_first_batch(
    counts: list[int], partition_limits: list[int], max_bytes: int
) -> None:
    plane = DataPlane()
    topic = filled(plane, *counts)
    fetches = [want(topic, number, max_bytes=partition_limits[number]) for number in range(len(counts))]
    reads = read(fetches, terms(plane.topics, max_bytes=max_bytes))
    left, is_first = max_bytes, True
    for found, count, limit in zip(reads, counts, partition_limits, strict=False):
        fitting = min(count, min(left, limit) // BATCH_BYTES)
        expected = max(fitting, min(count, 1)) if is_first else fitting
        assert len(found.chunks) == expected
        is_first = is_first and expected == 0
        left = max(0, left - expected * BATCH_BYTES)


def test_committed_readers_see_up_to_the_last_stable_offset() -> None:
    plane = DataPlane()
    topic = filled(plane, 4)
    log = log_of(topic.partitions[0])
    log.first_unstable_offset = 2
    log.aborted = [AbortedTransaction(7, 0)]
    found = read_one(want(topic), terms(plane.topics, isolation=Isolation.READ_COMMITTED))
    assert (len(found.chunks), found.last_stable_offset, found.high_watermark) == (2, 2, 4)
    assert found.aborted_transactions == [AbortedTransaction(7, 0)]


def test_committed_readers_beyond_the_last_stable_offset_find_nothing() -> None:
    plane = DataPlane()
    topic = filled(plane, 4)
    log_of(topic.partitions[0]).first_unstable_offset = 2
    found = read_one(want(topic, offset=3), terms(plane.topics, isolation=Isolation.READ_COMMITTED))
    assert (found.error, found.size_bytes, found.aborted_transactions) == (ErrorCode.NONE, 0, [])


@pytest.mark.parametrize(("topic", "partition"), [("orders", 1), ("orders", -1), ("nothing", 0)])
def test_an_unknown_partition_is_told(topic: str, partition: int) -> None:
    plane = DataPlane()
    filled(plane, 1)
    found = read_one(want(topic, partition), terms(plane.topics))
    assert found.error is ErrorCode.UNKNOWN_TOPIC_OR_PARTITION


def test_a_topic_is_found_by_its_id_and_its_name_remembered() -> None:
    plane = DataPlane()
    topic = filled(plane, 1)
    fetch = want_by_id(topic.topic_id)
    assert read_one(fetch, terms(plane.topics, by_topic_id=True)).size_bytes == BATCH_BYTES
    assert fetch.topic == "orders"


def test_an_unknown_id_is_told() -> None:
    plane = DataPlane()
    found = read_one(want_by_id(topic_id(9)), terms(plane.topics, by_topic_id=True))
    assert found.error is ErrorCode.UNKNOWN_TOPIC_ID


def test_an_unknown_partition_of_a_known_id_is_told() -> None:
    plane = DataPlane()
    topic = filled(plane, 1)
    found = read_one(want_by_id(topic.topic_id, 4), terms(plane.topics, by_topic_id=True))
    assert found.error is ErrorCode.UNKNOWN_TOPIC_OR_PARTITION


def test_a_session_is_told_that_its_topic_is_gone() -> None:
    plane = DataPlane()
    found = read_one(want_by_id(topic_id(9), topic="orders"), terms(plane.topics, by_topic_id=True))
    assert found.error is ErrorCode.UNKNOWN_TOPIC_OR_PARTITION


def test_a_session_is_told_that_its_topic_was_made_anew() -> None:
    plane = DataPlane()
    filled(plane, 1, number=2)
    found = read_one(want_by_id(topic_id(1), topic="orders"), terms(plane.topics, by_topic_id=True))
    assert found.error is ErrorCode.INCONSISTENT_TOPIC_ID


@pytest.mark.parametrize(
    ("epoch", "error"),
    [
        (2, ErrorCode.FENCED_LEADER_EPOCH),
        (3, ErrorCode.NONE),
        (4, ErrorCode.UNKNOWN_LEADER_EPOCH),
        (-1, ErrorCode.NONE),
    ],
)
def test_a_fetchers_leader_epoch_must_be_ours(epoch: int, error: ErrorCode) -> None:
    plane = DataPlane()
    topic = filled(plane, 1, leader_epoch=3)
    found = read_one(want(topic, current_leader_epoch=epoch), terms(plane.topics))
    assert (found.error, found.partition) == (error, topic.partitions[0])


@pytest.mark.parametrize(
    ("replicas", "leader_only", "error"),
    [
        ((OTHER_NODE,), False, ErrorCode.NOT_LEADER_OR_FOLLOWER),
        ((OTHER_NODE, NODE), True, ErrorCode.NOT_LEADER_OR_FOLLOWER),
        ((OTHER_NODE, NODE), False, ErrorCode.NONE),
    ],
)
def test_a_follower_answers_only_those_who_know_of_followers(
    replicas: tuple[int, ...], leader_only: bool, error: ErrorCode
) -> None:
    plane = DataPlane()
    topic = filled(plane, 1, leader=OTHER_NODE, replicas=replicas)
    found = read_one(want(topic), terms(plane.topics, leader_only=leader_only))
    assert (found.error, found.partition) == (error, topic.partitions[0])


@pytest.mark.parametrize(
    ("epoch", "error"),
    [(3, ErrorCode.UNKNOWN_LEADER_EPOCH), (-1, ErrorCode.NOT_LEADER_OR_FOLLOWER)],
)
def test_a_replica_is_told_that_it_is_none(epoch: int, error: ErrorCode) -> None:
    plane = DataPlane()
    topic = filled(plane, 1)
    found = read_one(want(topic, current_leader_epoch=epoch), terms(plane.topics, is_replica=True))
    assert found.error is error


@pytest.mark.parametrize(
    ("end", "diverges"),
    [
        (EpochEndOffset(2, 4), False),
        (EpochEndOffset(1, 4), True),  # we know only an older epoch
        (EpochEndOffset(2, 2), True),  # that epoch ended before the fetcher's offset
    ],
)
def test_a_fetcher_whose_log_has_parted_from_ours_is_told_where(end: EpochEndOffset, diverges: bool) -> None:
    plane = DataPlane()
    topic = filled(plane, 4)
    log_of(topic.partitions[0]).epochs[2] = end
    found = read_one(want(topic, offset=3, last_fetched_epoch=2), terms(plane.topics))
    assert found.error is ErrorCode.NONE
    assert found.diverging == (end if diverges else None)
    assert bool(found.size_bytes) is not diverges


def test_a_parted_fetcher_is_told_of_no_transactions() -> None:
    plane = DataPlane()
    topic = filled(plane, 4)
    log_of(topic.partitions[0]).epochs[2] = EpochEndOffset(1, 4)
    asked = terms(plane.topics, isolation=Isolation.READ_COMMITTED)
    assert read_one(want(topic, offset=3, last_fetched_epoch=2), asked).aborted_transactions is None


def test_a_parted_fetcher_may_be_beyond_our_end() -> None:
    plane = DataPlane()
    topic = filled(plane, 4)
    log_of(topic.partitions[0]).epochs[2] = EpochEndOffset(1, 4)
    assert read_one(want(topic, offset=9, last_fetched_epoch=2), terms(plane.topics)).diverging is not None


def test_a_parted_fetcher_may_not_be_before_our_start() -> None:
    plane = DataPlane()
    topic = filled(plane, 4)
    log = log_of(topic.partitions[0])
    log.epochs[2], log.log_start_offset = EpochEndOffset(1, 4), 2
    found = read_one(want(topic, offset=1, last_fetched_epoch=2), terms(plane.topics))
    assert (found.error, found.diverging) == (ErrorCode.OFFSET_OUT_OF_RANGE, None)


def test_a_fetcher_from_an_epoch_before_all_of_ours_is_out_of_range() -> None:
    plane = DataPlane()
    topic = filled(plane, 4)
    found = read_one(want(topic, last_fetched_epoch=2), terms(plane.topics))
    assert found.error is ErrorCode.OFFSET_OUT_OF_RANGE


def test_a_failed_disk_spoils_one_partition_only() -> None:
    plane = DataPlane()
    topic = filled(plane, 1, 1)
    log_of(topic.partitions[0]).refuses = KafkaError(ErrorCode.KAFKA_STORAGE_ERROR)
    reads = read([want(topic, 0), want(topic, 1)], terms(plane.topics))
    assert [each.error for each in reads] == [ErrorCode.KAFKA_STORAGE_ERROR, ErrorCode.NONE]
    assert batches_of(reads) == [0, 1]


def test_what_is_on_loan_is_given_back() -> None:
    plane = DataPlane()
    topic = filled(plane, 1, 1, 0)
    reads = read([want(topic, number) for number in range(3)], terms(plane.topics))
    assert [log_of(partition).loans for partition in topic.partitions] == [1, 1, 0]
    release_all(reads)
    assert [log_of(partition).loans for partition in topic.partitions] == [0, 0, 0]


def test_a_log_far_away_is_waited_for_and_the_limits_still_hold() -> None:
    async def scenario() -> None:
        plane = DataPlane()
        topic = filled(plane, 2, 2)
        logs = [log_of(partition) for partition in topic.partitions]
        logs[0].is_far_away = logs[1].is_far_away = True
        fetches = [want(topic, 0), want(topic, 1)]
        reads = carry_out(read_partitions(fetches, terms(plane.topics, max_bytes=3 * BATCH_BYTES)))
        assert isinstance(reads, Future)
        logs[0].answer()
        await asyncio.sleep(0)
        logs[1].answer()
        assert batches_of(await reads) == [2, 1]

    in_loop(scenario)


def test_a_log_far_away_may_fail() -> None:
    async def scenario() -> None:
        plane = DataPlane()
        topic = filled(plane, 1)
        log = log_of(topic.partitions[0])
        log.is_far_away, log.refuses = True, KafkaError(ErrorCode.KAFKA_STORAGE_ERROR)
        reads = carry_out(read_partitions([want(topic)], terms(plane.topics)))
        assert isinstance(reads, Future)
        log.answer()
        assert [each.error for each in await reads] == [ErrorCode.KAFKA_STORAGE_ERROR]

    in_loop(scenario)


@pytest.mark.parametrize("comes_later", [True, False])
def test_reading_that_is_given_up_keeps_nothing_on_loan(comes_later: bool) -> None:
    async def scenario() -> None:
        plane = DataPlane()
        topic = filled(plane, 1, 1)
        near, far = (log_of(partition) for partition in topic.partitions)
        far.is_far_away = True
        reads = carry_out(read_partitions([want(topic, 0), want(topic, 1)], terms(plane.topics)))
        assert isinstance(reads, Future)
        reads.cancel()
        await asyncio.sleep(0)
        assert near.loans == 0
        if not comes_later:
            far.refuses = KafkaError(ErrorCode.KAFKA_STORAGE_ERROR)
            far.loans -= 1  # the fake counts the loan when it is asked
        far.answer()
        await asyncio.sleep(0)
        assert far.loans == 0

    in_loop(scenario)
