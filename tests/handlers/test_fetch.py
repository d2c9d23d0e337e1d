"""Fetch: what the answer says in which version, sessions and waiting seen from outside."""

import asyncio
from asyncio import Future
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from broker.cluster.topics import Topic
from broker.handlers.answer import Answer
from broker.handlers.fetch import fetch
from broker.log.engine import AbortedTransaction, EpochEndOffset
from broker.protocol.codec import decode, encode
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.messages import fetch as messages
from broker.protocol.messages.fetch import (
    FetchPartition,
    FetchRequest,
    FetchResponse,
    FetchTopic,
    ForgottenTopic,
    NodeEndpoint,
    PartitionData,
    ReplicaState,
)
from tests.fakes.data_plane import OTHER_NODE, DataPlane, batch, log_of, topic_id

BATCH_BYTES = len(batch())
NAMES, IDS = 12, 18


def of(topic: Topic | str | bytes, *partitions: int, offset: int = 0, **how: Any) -> FetchTopic:
    """Some partitions of a topic, by its name and id."""
    values = {"fetch_offset": offset, "partition_max_bytes": 1 << 20, **how}
    asked = [FetchPartition(partition=number, **values) for number in partitions or (0,)]
    if isinstance(topic, Topic):
        return FetchTopic(topic=topic.name, topic_id=topic.topic_id, partitions=asked)
    if isinstance(topic, bytes):
        return FetchTopic(topic_id=topic, partitions=asked)
    return FetchTopic(topic=topic, partitions=asked)


def ask(plane: DataPlane, *topics: FetchTopic, version: int = NAMES, **how: Any) -> Any:
    values: dict[str, Any] = {"max_wait_ms": 0, "min_bytes": 1, "forgotten_topics_data": [], **how}
    request = FetchRequest(topics=list(topics), **values)
    return fetch(request, plane.context(1, version), plane.broker)


def response(answer: Any) -> FetchResponse:
    found = answer.response if isinstance(answer, Answer) else answer
    assert isinstance(found, FetchResponse)
    return found


def parts(answer: Any) -> list[PartitionData]:
    return [part for topic in response(answer).responses for part in topic.partitions]


def only(answer: Any) -> PartitionData:
    (part,) = parts(answer)
    return part


def records_of(part: PartitionData) -> Any:
    """Chunks of the log, or bytes that were received."""
    assert part.records is not None
    return part.records


def filled(plane: DataPlane, *batches: int, **how: Any) -> Topic:
    topic = plane.add_topic(partitions=len(batches), **how)
    for partition, count in zip(topic.partitions, batches, strict=True):
        for _ in range(count):
            log_of(partition).append(batch(), leader_epoch=3)
    return topic


def sent(answer: Any, version: int) -> FetchResponse:
    """The answer as it goes over the wire."""
    buffers = [bytes(part) for part in encode(response(answer), version)]
    return decode(FetchResponse, version, memoryview(b"".join(buffers)))


def in_loop(scenario: Callable[[DataPlane], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(scenario(DataPlane()))


@pytest.mark.parametrize("version", [4, 6, 11, NAMES, 13, IDS])
def test_records_are_answered_and_are_on_loan_until_they_are_sent(version: int) -> None:
    plane = DataPlane()
    topic = filled(plane, 2)
    log = log_of(topic.partitions[0])
    answer = ask(plane, of(topic), version=version)
    (told,) = sent(answer, version).responses
    assert (told.topic, told.topic_id) == (("", topic.topic_id) if version >= 13 else ("orders", bytes(16)))
    assert bytes(records_of(told.partitions[0])) == b"".join(log.batches)
    assert log.loans == 1
    answer.release()
    assert log.loans == 0


def test_chunks_are_handed_on_as_they_are() -> None:
    plane = DataPlane()
    topic = filled(plane, 2)
    records = records_of(only(ask(plane, of(topic))))
    assert [chunk.nbytes for chunk in records] == [BATCH_BYTES, BATCH_BYTES]


@pytest.mark.parametrize("version", [4, NAMES, IDS])
def test_no_records_are_an_empty_string_of_bytes(version: int) -> None:
    plane = DataPlane()
    topic = filled(plane, 1)
    answer = ask(plane, of(topic, offset=1), version=version)
    assert isinstance(answer, FetchResponse)
    assert sent(answer, version).responses[0].partitions[0].records == b""


def test_watermarks_are_told() -> None:
    plane = DataPlane()
    topic = filled(plane, 3)
    log = log_of(topic.partitions[0])
    log.log_start_offset, log.first_unstable_offset = 1, 2
    part = only(ask(plane, of(topic, offset=1)))
    assert (part.high_watermark, part.last_stable_offset, part.log_start_offset) == (3, 2, 1)
    assert part.preferred_read_replica == -1


def test_aborted_transactions_are_told_to_committed_readers_only() -> None:
    plane = DataPlane()
    topic = filled(plane, 1)
    log_of(topic.partitions[0]).aborted = [AbortedTransaction(5, 0)]
    assert only(ask(plane, of(topic))).aborted_transactions is None
    told = only(ask(plane, of(topic), isolation_level=1)).aborted_transactions
    assert told == [messages.AbortedTransaction(producer_id=5, first_offset=0)]


def test_an_unknown_isolation_level_is_refused() -> None:
    with pytest.raises(KafkaError) as error:
        ask(DataPlane(), isolation_level=2)
    assert error.value.code is ErrorCode.INVALID_REQUEST


def test_partitions_are_answered_in_their_order_and_topics_may_come_twice() -> None:
    plane = DataPlane()
    orders = filled(plane, 1, 1)
    others = plane.add_topic("others", number=2)
    answer = response(ask(plane, of(orders, 1), of(others), of(orders, 0)))
    assert [
        (topic.topic, [part.partition_index for part in topic.partitions]) for topic in answer.responses
    ] == [
        ("orders", [1]),
        ("others", [0]),
        ("orders", [0]),
    ]


def test_errors_are_told_with_unknown_offsets() -> None:
    plane = DataPlane()
    filled(plane, 1)
    part = only(ask(plane, of("orders", offset=9)))
    assert part.error_code == ErrorCode.OFFSET_OUT_OF_RANGE
    assert (part.high_watermark, part.last_stable_offset, part.log_start_offset) == (-1, -1, -1)
    assert (part.records, part.aborted_transactions) == (b"", None)


def test_an_unknown_id_is_told_with_the_id() -> None:
    plane = DataPlane()
    answer = sent(ask(plane, of(topic_id(5)), version=IDS), IDS)
    assert answer.responses[0].topic_id == topic_id(5)
    assert answer.responses[0].partitions[0].error_code == ErrorCode.UNKNOWN_TOPIC_ID
    assert answer.responses[0].partitions[0].aborted_transactions == []


@pytest.mark.parametrize(
    ("version", "error"),
    [(5, ErrorCode.NOT_LEADER_OR_FOLLOWER), (6, ErrorCode.KAFKA_STORAGE_ERROR)],
)
def test_old_clients_are_told_of_a_failed_disk_as_of_a_moved_leader(version: int, error: ErrorCode) -> None:
    plane = DataPlane()
    topic = filled(plane, 1)
    log_of(topic.partitions[0]).refuses = KafkaError(ErrorCode.KAFKA_STORAGE_ERROR)
    assert only(ask(plane, of(topic), version=version)).error_code == error


@pytest.mark.parametrize(
    ("epoch", "error"), [(-1, ErrorCode.NOT_LEADER_OR_FOLLOWER), (5, ErrorCode.FENCED_LEADER_EPOCH)]
)
def test_another_leader_is_told_with_its_address(epoch: int, error: ErrorCode) -> None:
    plane = DataPlane()
    topic = filled(plane, 1, leader=OTHER_NODE, leader_epoch=6, replicas=(OTHER_NODE,))
    answer = ask(plane, of(topic, current_leader_epoch=epoch), version=16)
    part = only(answer)
    assert part.error_code == error
    assert (part.current_leader.leader_id, part.current_leader.leader_epoch) == (OTHER_NODE, 6)
    assert response(answer).node_endpoints == [
        NodeEndpoint(node_id=OTHER_NODE, host="10.0.0.2", port=9092, rack="rack-2")
    ]


def test_versions_before_16_are_told_no_leader() -> None:
    plane = DataPlane()
    topic = filled(plane, 1, leader=OTHER_NODE, replicas=(OTHER_NODE,))
    answer = ask(plane, of(topic), version=15)
    assert only(answer).current_leader.leader_id == -1
    assert response(answer).node_endpoints == []


@pytest.mark.parametrize(("version", "error"), [(10, ErrorCode.NOT_LEADER_OR_FOLLOWER), (11, ErrorCode.NONE)])
def test_followers_serve_clients_from_version_11_on(version: int, error: ErrorCode) -> None:
    plane = DataPlane()
    topic = filled(plane, 1, leader=OTHER_NODE, replicas=(OTHER_NODE, 1))
    assert only(ask(plane, of(topic), version=version)).error_code == error


def test_a_diverging_epoch_is_told() -> None:
    plane = DataPlane()
    topic = filled(plane, 3)
    log_of(topic.partitions[0]).epochs[2] = EpochEndOffset(1, 2)
    part = only(ask(plane, of(topic, offset=3, last_fetched_epoch=2)))
    assert (part.diverging_epoch.epoch, part.diverging_epoch.end_offset) == (1, 2)


@pytest.mark.parametrize(
    ("version", "replica"),
    [(14, {"replica_id": 4}), (15, {"replica_state": ReplicaState(replica_id=4)})],
)
def test_a_replica_is_told_that_it_is_none(version: int, replica: dict[str, Any]) -> None:
    plane = DataPlane()
    topic = filled(plane, 1)
    assert (
        only(ask(plane, of(topic), version=version, **replica)).error_code == ErrorCode.NOT_LEADER_OR_FOLLOWER
    )


def test_a_debugging_client_is_a_client() -> None:
    plane = DataPlane()
    topic = filled(plane, 1)
    assert only(ask(plane, of(topic), replica_id=-2)).error_code == ErrorCode.NONE


def test_the_brokers_own_limit_holds() -> None:
    plane = DataPlane({"fetch.max.bytes": "1024"})
    topic = filled(plane, 20)
    part = only(ask(plane, of(topic), max_bytes=1 << 30))
    assert len(records_of(part)) == 1024 // BATCH_BYTES


def test_nobody_waits_for_more_bytes_than_the_limit() -> None:
    plane = DataPlane()
    topic = filled(plane, 5)
    answer = ask(plane, of(topic), min_bytes=1 << 20, max_bytes=2 * BATCH_BYTES, max_wait_ms=500)
    assert len(records_of(only(answer))) == 2


def test_a_fetch_waits_for_records() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = filled(plane, 0)
        waiting = ask(plane, of(topic), max_wait_ms=500)
        assert isinstance(waiting, Future)
        log_of(topic.partitions[0]).append(batch(), leader_epoch=3)
        answer = await waiting
        assert len(records_of(only(answer))) == 1
        answer.release()
        assert log_of(topic.partitions[0]).loans == 0

    in_loop(scenario)


def test_a_fetch_waits_no_longer_than_it_wants_to() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = filled(plane, 0)
        waiting = ask(plane, of(topic), max_wait_ms=500)
        plane.clock.advance(500)
        assert only(await waiting).records == b""

    in_loop(scenario)


def test_a_session_is_opened_used_and_closed() -> None:
    plane = DataPlane()
    topic = filled(plane, 0, 0)
    opened = response(ask(plane, of(topic, 0, 1), session_epoch=0, version=IDS))
    assert len(parts(opened)) == 2
    log_of(topic.partitions[1]).append(batch(), leader_epoch=3)
    news = ask(plane, session_id=opened.session_id, session_epoch=1, version=IDS)
    assert response(news).session_id == opened.session_id
    assert only(news).partition_index == 1
    closed = response(ask(plane, of(topic, 0), session_id=opened.session_id, session_epoch=-1, version=IDS))
    assert (closed.session_id, len(plane.sessions)) == (0, 0)


def test_an_incremental_fetch_without_news_waits() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = filled(plane, 1)
        session_id = response(ask(plane, of(topic, offset=1), session_epoch=0)).session_id
        waiting = ask(plane, session_id=session_id, session_epoch=1, max_wait_ms=100)
        plane.clock.advance(100)
        assert parts(await waiting) == []

    in_loop(scenario)


def test_partitions_of_a_session_take_turns_under_the_limit() -> None:
    plane = DataPlane()
    topic = filled(plane, 9, 9, 9)
    limit = {"max_bytes": BATCH_BYTES, "version": NAMES}
    first = response(ask(plane, of(topic, 0, 1, 2), session_epoch=0, **limit))
    served = []
    for epoch in range(1, 5):
        answer = ask(plane, session_id=first.session_id, session_epoch=epoch, **limit)
        served += [part.partition_index for part in parts(answer) if part.records]
    assert served == [0, 1, 2, 0]


def test_a_session_learns_that_its_topic_has_gone() -> None:
    plane = DataPlane()
    topic = filled(plane, 1)
    session_id = response(ask(plane, of(topic), session_epoch=0, version=IDS)).session_id
    plane.delete_topic(topic)
    gone = ask(plane, session_id=session_id, session_epoch=1, version=IDS)
    assert only(gone).error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    assert response(gone).responses[0].topic_id == topic.topic_id
    plane.add_topic(number=2)
    anew = ask(plane, session_id=session_id, session_epoch=2, version=IDS)
    assert only(anew).error_code == ErrorCode.INCONSISTENT_TOPIC_ID


def test_a_session_serves_a_topic_whose_id_becomes_known_later() -> None:
    plane = DataPlane()
    opened = ask(plane, of(topic_id(1)), session_epoch=0, version=IDS)
    assert only(opened).error_code == ErrorCode.UNKNOWN_TOPIC_ID
    filled(plane, 1)
    served = ask(plane, session_id=response(opened).session_id, session_epoch=1, version=IDS)
    assert only(served).error_code == ErrorCode.NONE


def test_a_session_forgets_partitions() -> None:
    plane = DataPlane()
    topic = filled(plane, 1, 1)
    session_id = response(ask(plane, of(topic, 0, 1), session_epoch=0)).session_id
    forgotten = [ForgottenTopic(topic="orders", partitions=[0])]
    answer = ask(plane, session_id=session_id, session_epoch=1, forgotten_topics_data=forgotten)
    assert only(answer).partition_index == 1


def test_an_unknown_session_is_refused() -> None:
    with pytest.raises(KafkaError) as error:
        ask(DataPlane(), session_id=5, session_epoch=1)
    assert error.value.code is ErrorCode.FETCH_SESSION_ID_NOT_FOUND


def test_a_fetch_that_was_overtaken_in_its_session_gives_back_what_it_had_read() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = filled(plane, 0)
        log = log_of(topic.partitions[0])
        session_id = response(ask(plane, of(topic), session_epoch=0)).session_id
        waiting = ask(plane, session_id=session_id, session_epoch=1, max_wait_ms=100)
        log.append(batch(), leader_epoch=3)
        overtaking = ask(plane, session_id=session_id, session_epoch=2)
        overtaken = await waiting
        assert response(overtaken).error_code == ErrorCode.INVALID_FETCH_SESSION_EPOCH
        assert parts(overtaken) == []
        overtaken.release()
        overtaking.release()
        assert log.loans == 0

    in_loop(scenario)


def test_a_connection_that_is_lost_leaves_nothing_behind() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = filled(plane, 0)
        waiting = ask(plane, of(topic), max_wait_ms=100_000_000)
        waiting.cancel()
        await asyncio.sleep(0)
        assert log_of(topic.partitions[0]).subscriptions == {}
        assert plane.clock.next_timer_ms() is None

    in_loop(scenario)
