"""ListOffsets, DeleteRecords and OffsetForLeaderEpoch."""

import asyncio
from asyncio import Future
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from broker.cluster.topics import Topic
from broker.handlers.offsets import delete_records, list_offsets, offset_for_leader_epoch
from broker.log.engine import EpochEndOffset, TimestampOffset
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.messages.delete_records import (
    DeleteRecordsPartition,
    DeleteRecordsRequest,
    DeleteRecordsTopic,
)
from broker.protocol.messages.list_offsets import (
    ListOffsetsPartition,
    ListOffsetsPartitionResponse,
    ListOffsetsRequest,
    ListOffsetsTopic,
)
from broker.protocol.messages.offset_for_leader_epoch import (
    OffsetForLeaderEpochRequest,
    OffsetForLeaderPartition,
    OffsetForLeaderTopic,
)
from tests.fakes.data_plane import NODE, OTHER_NODE, DataPlane, batch, log_of
from tests.fakes.partition_log import FakePartitionLog

Told = tuple[int, int, int, int]  # error code, timestamp, offset, leader epoch


def filled(plane: DataPlane, records: int = 5, **how: Any) -> tuple[Topic, FakePartitionLog]:
    """A topic of one partition with so many batches of one record."""
    topic = plane.add_topic(**how)
    log = log_of(topic.partitions[0])
    for _ in range(records):
        log.append(batch(), leader_epoch=3)
    return topic, log


def ask(plane: DataPlane, *topics: ListOffsetsTopic, version: int = 11, **how: Any) -> Any:
    values: dict[str, Any] = {"replica_id": -1, **how}
    return list_offsets(
        ListOffsetsRequest(topics=list(topics), **values), plane.context(2, version), plane.broker
    )


def at(timestamp: int, *partitions: int, topic: str = "orders", epoch: int = -1) -> ListOffsetsTopic:
    return ListOffsetsTopic(
        name=topic,
        partitions=[
            ListOffsetsPartition(partition_index=number, timestamp=timestamp, current_leader_epoch=epoch)
            for number in partitions or (0,)
        ],
    )


def told(part: ListOffsetsPartitionResponse) -> Told:
    return part.error_code, part.timestamp, part.offset, part.leader_epoch


def only(answer: Any) -> Told:
    (topic,) = answer.topics
    (part,) = topic.partitions
    return told(part)


def refused(code: ErrorCode) -> Told:
    return code, -1, -1, -1


def in_loop(scenario: Callable[[DataPlane], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(scenario(DataPlane()))


@pytest.mark.parametrize(
    ("isolation_level", "replica_id", "offset"), [(0, -1, 5), (1, -1, 3), (1, -2, 5), (1, 4, 5)]
)
def test_the_latest_offset_is_the_end_of_what_may_be_read(
    isolation_level: int, replica_id: int, offset: int
) -> None:
    plane = DataPlane()
    _, log = filled(plane)
    log.first_unstable_offset = 3
    answer = ask(plane, at(-1), isolation_level=isolation_level, replica_id=replica_id)
    assert only(answer) == (0, -1, offset, 3)


@pytest.mark.parametrize("timestamp", [-2, -4])
def test_the_earliest_offset_is_the_start_of_the_log(timestamp: int) -> None:
    plane = DataPlane()
    _, log = filled(plane)
    log.log_start_offset = 2
    log.epochs[1] = EpochEndOffset(1, 4)
    assert only(ask(plane, at(timestamp))) == (0, -1, 2, 1)


def test_the_earliest_offset_of_an_empty_log_is_of_the_leader_epoch_that_begins() -> None:
    plane = DataPlane()
    filled(plane, 0, leader_epoch=4)
    assert only(ask(plane, at(-2))) == (0, -1, 0, 4)


def test_an_offset_whose_epoch_is_lost_has_none() -> None:
    plane = DataPlane()
    filled(plane)
    assert only(ask(plane, at(-2))) == (0, -1, 0, -1)


def test_the_greatest_timestamp_is_told_with_its_offset() -> None:
    plane = DataPlane()
    _, log = filled(plane)
    log.greatest_timestamp = TimestampOffset(9000, 2, 3)
    assert only(ask(plane, at(-3))) == (0, 9000, 2, 3)


def test_the_greatest_timestamp_is_not_told_before_it_may_be_read() -> None:
    plane = DataPlane()
    _, log = filled(plane)
    log.greatest_timestamp = TimestampOffset(9000, 2, 3)
    log.first_unstable_offset = 2
    assert only(ask(plane, at(-3), isolation_level=1)) == (0, -1, -1, -1)


@pytest.mark.parametrize("timestamp", [-3, -5, -6, 77])
def test_where_there_is_nothing_the_offset_is_minus_1(timestamp: int) -> None:
    plane = DataPlane()
    filled(plane, 0)
    assert only(ask(plane, at(timestamp))) == (0, -1, -1, -1)


def test_a_timestamp_is_looked_up_in_the_log() -> None:
    plane = DataPlane()
    _, log = filled(plane)
    log.timestamps[500] = TimestampOffset(510, 4, 2)
    assert only(ask(plane, at(500))) == (0, 510, 4, 2)


@pytest.mark.parametrize(
    ("timestamp", "version"), [(-3, 6), (-4, 7), (-5, 8), (-6, 10), (-7, 11), (-(2**63), 11)]
)
def test_a_special_timestamp_needs_the_version_that_knows_it(timestamp: int, version: int) -> None:
    plane = DataPlane()
    filled(plane)
    assert only(ask(plane, at(timestamp), version=version)) == refused(ErrorCode.UNSUPPORTED_VERSION)


@pytest.mark.parametrize(("timestamp", "version"), [(-1, 1), (-2, 1), (-3, 7), (-4, 8), (-5, 9), (-6, 11)])
def test_each_special_timestamp_is_known_from_its_version_on(timestamp: int, version: int) -> None:
    plane = DataPlane()
    filled(plane)
    assert only(ask(plane, at(timestamp), version=version))[0] == ErrorCode.NONE


@pytest.mark.parametrize(
    ("epoch", "code"),
    [
        (-2, ErrorCode.FENCED_LEADER_EPOCH),
        (2, ErrorCode.FENCED_LEADER_EPOCH),
        (3, ErrorCode.NONE),
        (4, ErrorCode.UNKNOWN_LEADER_EPOCH),
    ],
)
def test_a_clients_leader_epoch_must_be_ours(epoch: int, code: ErrorCode) -> None:
    plane = DataPlane()
    filled(plane, leader_epoch=3)
    assert only(ask(plane, at(-1, epoch=epoch)))[0] == code


@pytest.mark.parametrize(
    ("replica_id", "code"), [(-1, ErrorCode.NOT_LEADER_OR_FOLLOWER), (-2, ErrorCode.NONE)]
)
def test_only_the_leader_answers_except_to_debugging_clients(replica_id: int, code: ErrorCode) -> None:
    plane = DataPlane()
    filled(plane, leader=OTHER_NODE, replicas=(OTHER_NODE, NODE))
    assert only(ask(plane, at(-1), replica_id=replica_id))[0] == code


@pytest.mark.parametrize("asked", [at(-1, 1), at(-1, topic="nothing")])
def test_an_unknown_partition_is_told(asked: ListOffsetsTopic) -> None:
    plane = DataPlane()
    filled(plane)
    assert only(ask(plane, asked)) == refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)


def test_a_partition_that_is_asked_for_twice_is_refused_once() -> None:
    plane = DataPlane()
    plane.add_topic(partitions=2)
    (topic,) = ask(plane, at(-1, 0, 1), at(-2, 0)).topics
    assert [(part.partition_index, part.error_code) for part in topic.partitions] == [
        (0, ErrorCode.INVALID_REQUEST),
        (1, ErrorCode.NONE),
    ]


def test_a_topic_of_which_no_partition_is_asked_for_is_left_out() -> None:
    plane = DataPlane()
    filled(plane)
    assert ask(plane, ListOffsetsTopic(name="orders", partitions=[])).topics == []


def test_a_failed_disk_is_told() -> None:
    plane = DataPlane()
    _, log = filled(plane)

    def fail(timestamp_ms: int, **how: Any) -> None:
        raise KafkaError(ErrorCode.KAFKA_STORAGE_ERROR)

    log.offset_for_timestamp = fail  # type: ignore[method-assign]
    assert only(ask(plane, at(500))) == refused(ErrorCode.KAFKA_STORAGE_ERROR)


def test_logs_that_answer_later_are_asked_together() -> None:
    async def scenario(plane: DataPlane) -> None:
        topic = plane.add_topic(partitions=3)
        logs = [log_of(partition) for partition in topic.partitions]
        logs[0].timestamps[500] = TimestampOffset(510, 4, 2)
        logs[0].is_far_away = logs[1].is_far_away = True
        answer = ask(plane, at(500, 0, 1, 2))
        assert isinstance(answer, Future)
        logs[1].refuses = KafkaError(ErrorCode.KAFKA_STORAGE_ERROR)
        logs[1].answer()
        logs[0].answer()
        (listed,) = (await answer).topics
        assert [told(part) for part in listed.partitions] == [
            (0, 510, 4, 2),
            refused(ErrorCode.KAFKA_STORAGE_ERROR),
            (0, -1, -1, -1),
        ]

    in_loop(scenario)


def test_a_greatest_timestamp_that_comes_later_must_be_readable_too() -> None:
    async def scenario(plane: DataPlane) -> None:
        _, log = filled(plane)
        log.greatest_timestamp = TimestampOffset(9000, 2, 3)
        log.first_unstable_offset = 1
        log.is_far_away = True
        hidden, shown = ask(plane, at(-3), isolation_level=1), ask(plane, at(-3))
        log.answer()
        log.answer()
        assert only(await hidden) == (0, -1, -1, -1)
        assert only(await shown) == (0, 9000, 2, 3)

    in_loop(scenario)


def delete(plane: DataPlane, offset: int, *, topic: str = "orders", partition: int = 0) -> tuple[int, int]:
    """The error code and the low watermark."""
    asked = DeleteRecordsPartition(partition_index=partition, offset=offset)
    request = DeleteRecordsRequest(
        topics=[DeleteRecordsTopic(name=topic, partitions=[asked])], timeout_ms=1000
    )
    answer = delete_records(request, plane.context(21, 2), plane.broker)
    (result,) = answer.topics[0].partitions
    assert (answer.topics[0].name, result.partition_index) == (topic, partition)
    return result.error_code, result.low_watermark


@pytest.mark.parametrize(("offset", "low_watermark"), [(3, 3), (0, 0), (5, 5), (-1, 5)])
def test_records_are_deleted_before_an_offset(offset: int, low_watermark: int) -> None:
    plane = DataPlane()
    _, log = filled(plane)
    assert delete(plane, offset) == (ErrorCode.NONE, low_watermark)
    assert log.log_start_offset == low_watermark


def test_of_a_partition_that_is_named_twice_the_last_offset_counts() -> None:
    plane = DataPlane()
    filled(plane)
    topics = [
        DeleteRecordsTopic(name="orders", partitions=[]),
        *(
            DeleteRecordsTopic(
                name="orders", partitions=[DeleteRecordsPartition(partition_index=0, offset=offset)]
            )
            for offset in (4, 2)
        ),
        DeleteRecordsTopic(name="other", partitions=[]),
    ]
    request = DeleteRecordsRequest(topics=topics, timeout_ms=1000)
    (topic,) = delete_records(request, plane.context(21, 2), plane.broker).topics
    assert [(part.partition_index, part.low_watermark) for part in topic.partitions] == [(0, 2)]


@pytest.mark.parametrize("offset", [6, -2])
def test_records_are_not_deleted_before_an_offset_that_is_not_there(offset: int) -> None:
    plane = DataPlane()
    filled(plane)
    assert delete(plane, offset) == (ErrorCode.OFFSET_OUT_OF_RANGE, -1)


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        ("compact", ErrorCode.POLICY_VIOLATION),
        ("compact,delete", ErrorCode.NONE),
        ("delete", ErrorCode.NONE),
    ],
)
def test_a_compacted_topic_keeps_its_records(policy: str, code: ErrorCode) -> None:
    plane = DataPlane()
    filled(plane, config={"cleanup.policy": policy})
    assert delete(plane, 1)[0] == code


def test_records_of_an_internal_topic_are_not_deleted() -> None:
    plane = DataPlane()
    plane.add_topic("__consumer_offsets", is_internal=True)
    assert delete(plane, 0, topic="__consumer_offsets") == (ErrorCode.INVALID_TOPIC_EXCEPTION, -1)


def test_only_the_leader_deletes_records() -> None:
    plane = DataPlane()
    filled(plane, leader=OTHER_NODE)
    assert delete(plane, 1) == (ErrorCode.NOT_LEADER_OR_FOLLOWER, -1)


def test_records_of_an_unknown_partition_are_not_deleted() -> None:
    plane = DataPlane()
    filled(plane)
    assert delete(plane, 1, partition=4) == (ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1)


def epoch_end(
    plane: DataPlane, leader_epoch: int, *, current: int = -1, partition: int = 0
) -> tuple[int, int, int]:
    """The error code, the epoch and its end."""
    asked = OffsetForLeaderPartition(
        partition=partition, leader_epoch=leader_epoch, current_leader_epoch=current
    )
    request = OffsetForLeaderEpochRequest(
        replica_id=-1, topics=[OffsetForLeaderTopic(topic="orders", partitions=[asked])]
    )
    answer = offset_for_leader_epoch(request, plane.context(23, 4), plane.broker)
    (result,) = answer.topics[0].partitions
    assert (answer.topics[0].topic, result.partition) == ("orders", partition)
    return result.error_code, result.leader_epoch, result.end_offset


def test_the_end_of_a_leader_epoch_is_told() -> None:
    plane = DataPlane()
    _, log = filled(plane)
    log.epochs[2] = EpochEndOffset(1, 4)
    assert epoch_end(plane, 2) == (ErrorCode.NONE, 1, 4)


def test_of_an_unknown_leader_epoch_nothing_is_told() -> None:
    plane = DataPlane()
    filled(plane)
    assert epoch_end(plane, 2) == (ErrorCode.NONE, -1, -1)


def test_the_leaders_epoch_has_an_end_before_anything_is_written_under_it() -> None:
    plane = DataPlane()
    filled(plane, records=0, leader_epoch=3)
    assert epoch_end(plane, 3) == (ErrorCode.NONE, 3, 0)


@pytest.mark.parametrize(
    ("current", "code"),
    [
        (-2, ErrorCode.FENCED_LEADER_EPOCH),
        (2, ErrorCode.FENCED_LEADER_EPOCH),
        (3, ErrorCode.NONE),
        (4, ErrorCode.UNKNOWN_LEADER_EPOCH),
    ],
)
def test_who_asks_for_an_epoch_must_know_the_leader(current: int, code: ErrorCode) -> None:
    plane = DataPlane()
    filled(plane, leader_epoch=3)
    assert epoch_end(plane, 2, current=current)[0] == code


def test_only_the_leader_tells_of_epochs() -> None:
    plane = DataPlane()
    filled(plane, leader=OTHER_NODE, replicas=(OTHER_NODE, NODE))
    assert epoch_end(plane, 2) == (ErrorCode.NOT_LEADER_OR_FOLLOWER, -1, -1)


def test_an_unknown_partition_has_no_epochs() -> None:
    plane = DataPlane()
    filled(plane)
    assert epoch_end(plane, 2, partition=1) == (ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1, -1)
