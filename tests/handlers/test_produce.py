"""Produce: each partition's answer, who is refused, and what is said when there is no answer."""

import asyncio
from asyncio import Future
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from broker.cluster.topics import Topic
from broker.handlers.produce import produce
from broker.log.engine import Appended
from broker.protocol.codec import decode, encode
from broker.protocol.compression import Codec
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.messages.produce import (
    NodeEndpoint,
    PartitionProduceData,
    PartitionProduceResponse,
    ProduceRequest,
    ProduceResponse,
    TopicProduceData,
)
from tests.fakes.data_plane import NODE, OTHER_NODE, DataPlane, batch, log_of, topic_id

NAMES, IDS = 12, 13


def to(topic: Topic | str | bytes, *parts: tuple[int, Any]) -> TopicProduceData:
    """Records for some partitions of a topic, by its name and id."""
    data = [PartitionProduceData(index=index, records=records) for index, records in parts]
    if isinstance(topic, Topic):
        return TopicProduceData(name=topic.name, topic_id=topic.topic_id, partition_data=data)
    if isinstance(topic, bytes):
        return TopicProduceData(topic_id=topic, partition_data=data)
    return TopicProduceData(name=topic, partition_data=data)


def ask(
    plane: DataPlane,
    *topics: TopicProduceData,
    acks: int = -1,
    version: int = NAMES,
    timeout_ms: int = 1000,
    transactional_id: str | None = None,
) -> Any:
    request = ProduceRequest(
        transactional_id=transactional_id, acks=acks, timeout_ms=timeout_ms, topic_data=list(topics)
    )
    return produce(request, plane.context(0, version), plane.broker)


def parts(answer: Any) -> list[PartitionProduceResponse]:
    assert isinstance(answer, ProduceResponse)
    return [part for topic in answer.responses for part in topic.partition_responses]


def only(answer: Any) -> PartitionProduceResponse:
    (part,) = parts(answer)
    return part


def in_loop(scenario: Callable[[DataPlane], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(scenario(DataPlane()))


@pytest.mark.parametrize("version", [3, 9, NAMES, IDS])
def test_a_batch_is_stored_and_its_offset_answered(version: int) -> None:
    plane = DataPlane()
    topic = plane.add_topic()
    ask(plane, to(topic, (0, batch(3))), version=version)
    answer = ask(plane, to(topic, (0, batch(2))), version=version)
    part = only(answer)
    assert (part.error_code, part.base_offset, part.log_append_time_ms) == (ErrorCode.NONE, 3, -1)
    assert log_of(topic.partitions[0]).log_end_offset == 5
    decoded = decode(ProduceResponse, version, memoryview(b"".join(encode(answer, version))))
    assert only(decoded).base_offset == 3


def test_a_batch_is_stored_under_the_leader_epoch_of_the_partition() -> None:
    plane = DataPlane()
    topic = plane.add_topic(leader_epoch=8)
    ask(plane, to(topic, (0, batch())))
    assert log_of(topic.partitions[0]).leader_epochs == [8]


@pytest.mark.parametrize("acks", [1, -1])
def test_the_answer_tells_where_the_log_begins(acks: int) -> None:
    plane = DataPlane()
    topic = plane.add_topic()
    log = log_of(topic.partitions[0])
    log.log_start_offset = log.log_end_offset = 40
    assert only(ask(plane, to(topic, (0, batch())), acks=acks)).log_start_offset == 40


def test_answers_stand_as_the_request_had_it_and_topics_may_come_twice() -> None:
    plane = DataPlane()
    orders, others = plane.add_topic(partitions=2), plane.add_topic("others", number=2)
    answer = ask(
        plane, to(orders, (1, batch())), to(others, (0, batch())), to(orders, (0, batch()), (1, batch()))
    )
    assert [
        (topic.name, [part.index for part in topic.partition_responses]) for topic in answer.responses
    ] == [
        ("orders", [1]),
        ("others", [0]),
        ("orders", [0, 1]),
    ]
    assert [part.base_offset for part in parts(answer)] == [0, 0, 0, 1]


def test_one_partition_may_fail_alone() -> None:
    plane = DataPlane()
    topic = plane.add_topic(partitions=2)
    log_of(topic.partitions[0]).refuses = KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, "no space left")
    failed, stored = parts(ask(plane, to(topic, (0, batch()), (1, batch()))))
    assert (failed.error_code, failed.base_offset, failed.error_message) == (
        ErrorCode.KAFKA_STORAGE_ERROR,
        -1,
        "no space left",
    )
    assert (stored.error_code, stored.base_offset) == (ErrorCode.NONE, 0)


@pytest.mark.parametrize(
    ("asked", "version", "error"),
    [
        (to("nothing", (0, batch())), NAMES, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        (to("orders", (1, batch())), NAMES, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        (to("orders", (-1, batch())), NAMES, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        (to(topic_id(9), (0, batch())), IDS, ErrorCode.UNKNOWN_TOPIC_ID),
        (to(bytes(16), (0, batch())), IDS, ErrorCode.UNKNOWN_TOPIC_ID),
        (to(topic_id(1), (1, batch())), IDS, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        (to("orders", (0, batch())), IDS, ErrorCode.UNKNOWN_TOPIC_ID),
    ],
)
def test_an_unknown_partition_is_told(asked: TopicProduceData, version: int, error: ErrorCode) -> None:
    plane = DataPlane()
    plane.add_topic()
    part = only(ask(plane, asked, version=version))
    assert (part.error_code, part.base_offset, part.log_start_offset) == (error, -1, -1)


@pytest.mark.parametrize("acks", [2, -2, 32767])
def test_other_acks_are_refused_for_every_partition(acks: int) -> None:
    plane = DataPlane()
    topic = plane.add_topic(partitions=2)
    answer = ask(plane, to(topic, (0, batch()), (1, batch())), acks=acks)
    assert [part.error_code for part in parts(answer)] == [ErrorCode.INVALID_REQUIRED_ACKS] * 2
    assert log_of(topic.partitions[0]).batches == []


def test_an_internal_topic_takes_no_records() -> None:
    plane = DataPlane()
    topic = plane.add_topic("__consumer_offsets", is_internal=True)
    assert only(ask(plane, to(topic, (0, batch())))).error_code == ErrorCode.INVALID_TOPIC_EXCEPTION


@pytest.mark.parametrize(
    ("acks", "isr", "least", "error"),
    [
        (-1, (1,), 2, ErrorCode.NOT_ENOUGH_REPLICAS),
        (-1, (1, 2), 2, ErrorCode.NONE),
        (1, (1,), 2, ErrorCode.NONE),
        (0, (1,), 2, None),
        (-1, (1, 2), 9, ErrorCode.NONE),  # no more than there are replicas
    ],
)
def test_acks_of_all_need_enough_replicas_in_sync(
    acks: int, isr: tuple[int, ...], least: int, error: ErrorCode | None
) -> None:
    plane = DataPlane()
    topic = plane.add_topic(replicas=(NODE, OTHER_NODE), isr=isr, config={"min.insync.replicas": str(least)})
    answer = ask(plane, to(topic, (0, batch())), acks=acks)
    assert (answer and only(answer).error_code) == error


def test_a_partition_without_a_batch_is_refused() -> None:
    plane = DataPlane()
    topic = plane.add_topic()
    assert only(ask(plane, to(topic, (0, None)))).error_code == ErrorCode.INVALID_RECORD


@pytest.mark.parametrize(
    ("version", "error"), [(6, ErrorCode.UNSUPPORTED_COMPRESSION_TYPE), (7, ErrorCode.NONE)]
)
def test_zstd_needs_version_7(version: int, error: ErrorCode) -> None:
    plane = DataPlane()
    topic = plane.add_topic()
    records = batch(codec=Codec.ZSTD)
    assert only(ask(plane, to(topic, (0, records)), version=version)).error_code == error


@pytest.mark.parametrize("records", [batch(codec=Codec.GZIP), memoryview(bytearray(70))])
def test_old_versions_may_carry_anything_but_zstd(records: memoryview) -> None:
    plane = DataPlane()
    topic = plane.add_topic()
    assert only(ask(plane, to(topic, (0, records)), version=3)).error_code == ErrorCode.NONE


def test_what_is_too_short_for_a_batch_is_left_to_the_log() -> None:
    plane = DataPlane()
    topic = plane.add_topic()
    log_of(topic.partitions[0]).refuses = KafkaError(ErrorCode.INVALID_RECORD)
    answer = ask(plane, to(topic, (0, memoryview(b"short"))), version=3)
    assert only(answer).error_code == ErrorCode.INVALID_RECORD


def test_the_records_at_fault_are_told() -> None:
    plane = DataPlane()
    topic = plane.add_topic()
    log_of(topic.partitions[0]).refuses = KafkaError(
        ErrorCode.INVALID_RECORD, "one of two", record_errors=((1, "no key"),)
    )
    answer = ask(plane, to(topic, (0, batch())), version=8)
    decoded = decode(ProduceResponse, 8, memoryview(b"".join(encode(answer, 8))))
    part = only(decoded)
    (fault,) = part.record_errors
    assert (part.error_message, fault.batch_index, fault.batch_index_error_message) == (
        "one of two",
        1,
        "no key",
    )


@pytest.mark.parametrize(
    ("code", "log_start_offset"),
    [
        (ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, 7),
        (ErrorCode.INVALID_TIMESTAMP, 7),
        (ErrorCode.MESSAGE_TOO_LARGE, -1),
        (ErrorCode.CORRUPT_MESSAGE, -1),
    ],
)
def test_some_errors_tell_where_the_log_begins(code: ErrorCode, log_start_offset: int) -> None:
    plane = DataPlane()
    topic = plane.add_topic()
    log = log_of(topic.partitions[0])
    log.refuses, log.log_start_offset = KafkaError(code), 7
    part = only(ask(plane, to(topic, (0, batch()))))
    assert (part.error_code, part.log_start_offset) == (code, log_start_offset)


def test_a_transactional_producer_is_refused_for_good() -> None:
    plane = DataPlane()
    topic = plane.add_topic()
    part = only(ask(plane, to(topic, (0, batch(is_transactional=True))), transactional_id="mine"))
    assert part.error_code == ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
    assert log_of(topic.partitions[0]).batches == []


@pytest.mark.parametrize("version", [10, NAMES, IDS])
def test_another_leader_is_told_with_its_address(version: int) -> None:
    plane = DataPlane()
    topic = plane.add_topic(partitions=2, leader=OTHER_NODE, leader_epoch=6)
    answer = ask(plane, to(topic, (0, batch()), (1, batch())), version=version)
    for part in parts(answer):
        assert part.error_code == ErrorCode.NOT_LEADER_OR_FOLLOWER
        assert (part.current_leader.leader_id, part.current_leader.leader_epoch) == (OTHER_NODE, 6)
    assert answer.node_endpoints == [
        NodeEndpoint(node_id=OTHER_NODE, host="10.0.0.2", port=9092, rack="rack-2")
    ]


def test_versions_before_10_are_told_no_leader() -> None:
    plane = DataPlane()
    topic = plane.add_topic(leader=OTHER_NODE)
    answer = ask(plane, to(topic, (0, batch())), version=9)
    assert only(answer).current_leader.leader_id == -1
    assert answer.node_endpoints == []


def test_without_acks_there_is_no_answer() -> None:
    plane = DataPlane()
    topic = plane.add_topic()
    assert ask(plane, to(topic, (0, batch())), acks=0) is None
    assert log_of(topic.partitions[0]).log_end_offset == 1


def test_without_acks_an_error_closes_the_connection_and_the_other_batches_are_stored() -> None:
    plane = DataPlane()
    topic = plane.add_topic()
    with pytest.raises(KafkaError) as error:
        ask(plane, to("nothing", (0, batch())), to(topic, (0, batch())), acks=0)
    assert error.value.code is ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    assert log_of(topic.partitions[0]).log_end_offset == 1


def test_a_request_without_topics_has_an_empty_answer() -> None:
    assert parts(ask(DataPlane())) == []


def test_a_topic_without_partitions_is_left_out() -> None:
    plane = DataPlane()
    assert ask(plane, to(plane.add_topic()), to("nobody")).responses == []


def test_a_log_that_answers_later_is_waited_for() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic(partitions=3)
        for partition in topic.partitions[:2]:
            log_of(partition).is_far_away = True
        answer = ask(plane, to(topic, (0, batch()), (1, batch()), (2, batch())))
        assert isinstance(answer, Future)
        log_of(topic.partitions[1]).answer()
        await asyncio.sleep(0)
        assert not answer.done()
        log_of(topic.partitions[0]).answer()
        stored = parts(await answer)
        assert [(part.index, part.error_code, part.base_offset) for part in stored] == [
            (0, ErrorCode.NONE, 0),
            (1, ErrorCode.NONE, 0),
            (2, ErrorCode.NONE, 0),
        ]
        assert plane.clock.next_timer_ms() is None

    in_loop(scenario)


def test_a_log_that_fails_later_is_told() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic()
        log = log_of(topic.partitions[0])
        log.is_far_away, log.refuses = True, KafkaError(ErrorCode.NOT_LEADER_OR_FOLLOWER)
        answer = ask(plane, to(topic, (0, batch())))
        log.answer()
        part = only(await answer)
        assert part.error_code == ErrorCode.NOT_LEADER_OR_FOLLOWER
        assert part.current_leader.leader_id == NODE

    in_loop(scenario)


def test_what_is_not_stored_in_time_has_timed_out() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic(partitions=2)
        for partition in topic.partitions:
            log_of(partition).is_far_away = True
        answer = ask(plane, to(topic, (0, batch()), (1, batch())), timeout_ms=250)
        log_of(topic.partitions[1]).answer()
        plane.clock.advance(249)
        await asyncio.sleep(0)
        assert not answer.done()
        plane.clock.advance(1)
        late, stored = parts(await answer)
        assert (late.error_code, late.base_offset) == (ErrorCode.REQUEST_TIMED_OUT, -1)
        assert stored.error_code == ErrorCode.NONE
        log_of(topic.partitions[0]).answer()  # nobody minds

    in_loop(scenario)


def test_an_append_that_the_log_gave_up_has_timed_out() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic()
        log = log_of(topic.partitions[0])
        given_up: Future[Appended] = asyncio.get_running_loop().create_future()
        log.append = lambda *arguments, **named: given_up  # type: ignore[method-assign]
        answer = ask(plane, to(topic, (0, batch())))
        given_up.cancel()
        assert only(await answer).error_code == ErrorCode.REQUEST_TIMED_OUT

    in_loop(scenario)


def test_without_acks_a_log_that_answers_later_is_still_waited_for() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic()
        log = log_of(topic.partitions[0])
        log.is_far_away = True
        stored = ask(plane, to(topic, (0, batch())), acks=0)
        failed = ask(plane, to(topic, (0, batch())), acks=0)
        log.answer()
        assert await stored is None
        log.refuses = KafkaError(ErrorCode.KAFKA_STORAGE_ERROR)
        log.answer()
        with pytest.raises(KafkaError):
            await failed

    in_loop(scenario)


def test_a_mistake_of_the_log_is_no_answer_of_kafka() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic()
        log = log_of(topic.partitions[0])
        asyncio.get_running_loop().set_exception_handler(lambda loop, about: None)
        mistaken: Future[Appended] = asyncio.get_running_loop().create_future()
        log.append = lambda *arguments, **named: mistaken  # type: ignore[method-assign]
        answer = ask(plane, to(topic, (0, batch())))
        mistaken.set_exception(LookupError("ours"))
        with pytest.raises(asyncio.CancelledError):
            await answer

    in_loop(scenario)
