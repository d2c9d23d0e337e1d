"""Where logs begin and end, and what is at which time.

ListOffsets 2   DeleteRecords 21 (KIP-107)   OffsetForLeaderEpoch 23 (KIP-320)

ListOffsets' timestamps below 0 have meanings of their own:

| timestamp | since | offset |
| --- | --- | --- |
| -1 latest | 1 | the high watermark; for READ_COMMITTED the last stable offset |
| -2 earliest | 1 | the log's start |
| -3 max timestamp | 7 | that of the record with the greatest timestamp (KIP-734) |
| -4 earliest local | 8 | the log's start, as nothing is tiered (KIP-405) |
| -5 latest tiered | 9 | -1 (KIP-1005) |
| -6 earliest pending upload | 11 | -1 (KIP-1023) |

Differences from Apache Kafka: a deleted record is never found by its timestamp, and never hides a later
one; Kafka looks at segments as long as they are there.
"""

from asyncio import Future
from typing import TYPE_CHECKING, NamedTuple

from broker.fetch.hosted import check_leader_epoch, end_of_epoch
from broker.handlers.leaders import find_partition, not_leader
from broker.log.engine import Isolation, TimestampOffset
from broker.log.steps import carry_out
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.messages.delete_records import (
    DeleteRecordsPartition,
    DeleteRecordsPartitionResult,
    DeleteRecordsRequest,
    DeleteRecordsResponse,
    DeleteRecordsTopicResult,
)
from broker.protocol.messages.list_offsets import (
    ListOffsetsPartition,
    ListOffsetsPartitionResponse,
    ListOffsetsRequest,
    ListOffsetsResponse,
    ListOffsetsTopicResponse,
)
from broker.protocol.messages.offset_for_leader_epoch import (
    EpochEndOffset,
    OffsetForLeaderEpochRequest,
    OffsetForLeaderEpochResponse,
    OffsetForLeaderPartition,
    OffsetForLeaderTopicResult,
)

if TYPE_CHECKING:
    from broker.cluster.topics import Partition
    from broker.handlers.context import Broker, RequestContext
    from broker.log.steps import Steps

LATEST, EARLIEST, MAX_TIMESTAMP = -1, -2, -3
EARLIEST_LOCAL, LATEST_TIERED, EARLIEST_PENDING_UPLOAD = -4, -5, -6
KNOWN_SINCE = {
    LATEST: 1,
    EARLIEST: 1,
    MAX_TIMESTAMP: 7,
    EARLIEST_LOCAL: 8,
    LATEST_TIERED: 9,
    EARLIEST_PENDING_UPLOAD: 11,
}
"""The first version of ListOffsets in which a special timestamp may be asked for."""

CLIENT, DEBUGGING_CLIENT = -1, -2  # replica ids
NOTHING = TimestampOffset(-1, -1, -1)
HIGH_WATERMARK = -1  # of DeleteRecords
NOT_KNOWN = -1  # the leader epoch of a client that does not say which one it knows


class Question(NamedTuple):
    """What holds for all partitions of one ListOffsets request."""

    version: int
    replica_id: int
    isolation: Isolation
    duplicates: set[tuple[str, int]]
    broker: "Broker"


def list_offsets(
    request: ListOffsetsRequest, context: "RequestContext", broker: "Broker"
) -> "ListOffsetsResponse | Future[ListOffsetsResponse]":
    question = Question(
        context.api_version,
        request.replica_id,
        Isolation(request.isolation_level == Isolation.READ_COMMITTED),
        duplicate_partitions(request),
        broker,
    )
    return carry_out(listing(request, question))


def duplicate_partitions(request: ListOffsetsRequest) -> set[tuple[str, int]]:
    seen: set[tuple[str, int]] = set()
    duplicates: set[tuple[str, int]] = set()
    for topic in request.topics:
        for partition in topic.partitions:
            name = topic.name, partition.partition_index
            (duplicates if name in seen else seen).add(name)
    return duplicates


def listing(request: ListOffsetsRequest, question: Question) -> "Steps[ListOffsetsResponse]":
    """Every partition once, in the order of the request."""
    topics: dict[str, ListOffsetsTopicResponse] = {}
    told: set[tuple[str, int]] = set()
    waiting: list[tuple[ListOffsetsPartitionResponse, Future[TimestampOffset | None]]] = []
    for topic in request.topics:
        response = topics.setdefault(topic.name, ListOffsetsTopicResponse(name=topic.name, partitions=[]))
        for asked in topic.partitions:
            name = topic.name, asked.partition_index
            if name in told:
                continue
            told.add(name)
            answer = ListOffsetsPartitionResponse(
                partition_index=asked.partition_index, error_code=ErrorCode.NONE
            )
            response.partitions.append(answer)
            try:
                found = look_up(topic.name, asked, question)
            except KafkaError as error:
                answer.error_code = error.code
                continue
            if isinstance(found, Future):
                waiting.append((answer, found))
            else:
                fill(answer, found)
    for answer, pending in waiting:
        try:
            fill(answer, (yield pending))
        except KafkaError as error:
            answer.error_code = error.code
    return ListOffsetsResponse(topics=[topic for topic in topics.values() if topic.partitions])


def fill(answer: ListOffsetsPartitionResponse, found: TimestampOffset | None) -> None:
    if found is not None:
        answer.timestamp, answer.offset, answer.leader_epoch = found


def look_up(
    name: str, asked: ListOffsetsPartition, question: Question
) -> "TimestampOffset | Future[TimestampOffset | None] | None":
    """Raises: KafkaError: this partition cannot be answered."""
    timestamp = asked.timestamp
    if (name, asked.partition_index) in question.duplicates:
        raise KafkaError(ErrorCode.INVALID_REQUEST, "The partition is asked for twice.")
    if timestamp < 0 and question.version < KNOWN_SINCE.get(timestamp, question.version + 1):
        raise KafkaError(ErrorCode.UNSUPPORTED_VERSION, f"Timestamp {timestamp} has no meaning.")
    partition = find_partition(question.broker, name, asked.partition_index)
    if asked.current_leader_epoch != NOT_KNOWN:
        check_leader_epoch(asked.current_leader_epoch, partition)
    if partition.leader != question.broker.node_id and question.replica_id != DEBUGGING_CLIENT:
        raise not_leader(partition)
    return offset_at(timestamp, partition, question)


def offset_at(
    timestamp: int, partition: "Partition", question: Question
) -> "TimestampOffset | Future[TimestampOffset | None] | None":
    log = partition.log
    if timestamp == LATEST:
        return TimestampOffset(-1, readable_end(partition, question), partition.leader_epoch)
    if timestamp in (EARLIEST, EARLIEST_LOCAL):
        offset = log.log_start_offset
        epoch = log.epoch_for_offset(offset)
        if epoch < 0 and offset == log.log_end_offset:  # the next record will be the first
            epoch = partition.leader_epoch
        return TimestampOffset(-1, offset, epoch)
    if timestamp in (LATEST_TIERED, EARLIEST_PENDING_UPLOAD):
        return NOTHING
    if timestamp == MAX_TIMESTAMP:
        return carry_out(greatest_timestamp(partition, question))
    return log.offset_for_timestamp(timestamp, isolation=question.isolation)


def greatest_timestamp(partition: "Partition", question: Question) -> "Steps[TimestampOffset | None]":
    greatest = partition.log.offset_of_max_timestamp()
    if isinstance(greatest, Future):
        greatest = yield greatest
    if greatest is None or greatest.offset >= readable_end(partition, question):
        return None
    return greatest


def readable_end(partition: "Partition", question: Question) -> int:
    """The offset up to which the one who asks may read; only clients are kept from what is not settled."""
    log = partition.log
    if question.replica_id != CLIENT:
        return log.log_end_offset
    return log.last_stable_offset if question.isolation is Isolation.READ_COMMITTED else log.high_watermark


def delete_records(
    request: DeleteRecordsRequest, context: "RequestContext", broker: "Broker"
) -> DeleteRecordsResponse:
    """Every partition once; of one that is named twice the last offset counts."""
    topics: dict[str, dict[int, DeleteRecordsPartition]] = {}
    for topic in request.topics:
        for asked in topic.partitions:
            topics.setdefault(topic.name, {})[asked.partition_index] = asked
    return DeleteRecordsResponse(
        topics=[
            DeleteRecordsTopicResult(
                name=name,
                partitions=[delete_before(name, asked, broker) for asked in partitions.values()],
            )
            for name, partitions in topics.items()
        ]
    )


def delete_before(name: str, asked: DeleteRecordsPartition, broker: "Broker") -> DeleteRecordsPartitionResult:
    """Move one log's start."""
    result = DeleteRecordsPartitionResult(
        partition_index=asked.partition_index, low_watermark=-1, error_code=ErrorCode.NONE
    )
    try:
        partition = find_partition(broker, name, asked.partition_index)
        if partition.topic.is_internal:
            raise KafkaError(ErrorCode.INVALID_TOPIC_EXCEPTION, f"{name} is for the broker's own records.")
        if partition.leader != broker.node_id:
            raise not_leader(partition)
        log = partition.log
        policy = log.config.cleanup_policy
        if "compact" in policy and "delete" not in policy:
            raise KafkaError(ErrorCode.POLICY_VIOLATION, "cleanup.policy does not allow to delete.")
        if asked.offset < HIGH_WATERMARK:
            raise KafkaError(ErrorCode.OFFSET_OUT_OF_RANGE, f"There is no offset {asked.offset}.")
        result.low_watermark = log.delete_records(before_offset=asked.offset)
    except KafkaError as error:
        result.error_code = error.code
    return result


def offset_for_leader_epoch(
    request: OffsetForLeaderEpochRequest, context: "RequestContext", broker: "Broker"
) -> OffsetForLeaderEpochResponse:
    return OffsetForLeaderEpochResponse(
        topics=[
            OffsetForLeaderTopicResult(
                topic=topic.topic,
                partitions=[epoch_end(topic.topic, asked, broker) for asked in topic.partitions],
            )
            for topic in request.topics
        ]
    )


def epoch_end(name: str, asked: OffsetForLeaderPartition, broker: "Broker") -> EpochEndOffset:
    """Where one leader epoch of a partition ended."""
    result = EpochEndOffset(error_code=ErrorCode.NONE, partition=asked.partition)
    try:
        partition = find_partition(broker, name, asked.partition)
        if asked.current_leader_epoch != NOT_KNOWN:
            check_leader_epoch(asked.current_leader_epoch, partition)
        if partition.leader != broker.node_id:
            raise not_leader(partition)
        result.leader_epoch, result.end_offset = end_of_epoch(partition, asked.leader_epoch)
    except KafkaError as error:
        result.error_code = error.code
    return result
