"""Writing records.

Produce 0 (idempotent producers KIP-98, record errors KIP-467, new leaders KIP-951, topic ids KIP-516)

With acks=0 there is no answer: an error closes the connection, which makes the client look for the
leader anew. What the batch itself must satisfy is `broker.log.validation`'s to say.

A transactional producer is refused with TRANSACTIONAL_ID_AUTHORIZATION_FAILED, which every client
takes for final, see `broker.handlers.producers`.

Differences from Apache Kafka: transactions are refused; where a request names a partition twice both
batches are stored; every error comes with a message; where the log waits for the disk the answer
waits with acks=1, too.
"""

from asyncio import Future
from typing import TYPE_CHECKING

from broker.handlers.leaders import NewLeaders, not_leader
from broker.log.steps import all_done, carry_out
from broker.protocol.compression import Codec
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.messages import produce as messages
from broker.protocol.messages.produce import (
    BatchIndexAndErrorMessage,
    PartitionProduceResponse,
    ProduceRequest,
    ProduceResponse,
    TopicProduceResponse,
)
from broker.protocol.records.batch import CODEC_MASK

if TYPE_CHECKING:
    from broker.cluster.topics import Partition, Topic
    from broker.handlers.context import Broker, RequestContext
    from broker.log.engine import Appended, PartitionLog
    from broker.log.steps import Steps
    from broker.protocol.messages.produce import PartitionProduceData

ACKS = frozenset({0, 1, -1})
ALL_REPLICAS = -1
TAKES_ZSTD = 7  # the first version that may carry it (KIP-110)
TELLS_NEW_LEADERS = 10
NAMES_BY_ID = 13
CODEC_POSITION = 22  # the low byte of a batch's attributes
BATCH_IS_WRONG = frozenset(
    {
        ErrorCode.MESSAGE_TOO_LARGE,
        ErrorCode.RECORD_LIST_TOO_LARGE,
        ErrorCode.CORRUPT_MESSAGE,
        ErrorCode.KAFKA_STORAGE_ERROR,
    }
)
"""After these Kafka does not say where the log begins."""


class Outcome:
    """What becomes of a request's batches, as far as it is known."""

    __slots__ = (
        "acks",
        "broker",
        "context",
        "error",
        "leaders",
        "node_id",
        "request",
        "responses",
        "unsettled",
        "version",
    )

    def __init__(self, request: ProduceRequest, context: "RequestContext", broker: "Broker") -> None:
        self.request = request
        self.acks = request.acks
        self.version = context.api_version
        self.node_id = broker.node_id
        self.broker = broker
        self.context = context
        self.leaders: NewLeaders | None = None
        self.responses: list[TopicProduceResponse] = []
        self.unsettled: list[tuple[PartitionProduceResponse, Future[Appended], Partition]] = []
        self.error: KafkaError | None = None  # any one of them

    def refuse(
        self,
        response: PartitionProduceResponse,
        error: KafkaError,
        partition: "Partition | None",
        log: "PartitionLog | None",
    ) -> None:
        """Make it the answer of a partition; `log` is None where the batch did not get that far."""
        self.error = error
        response.error_code = error.code
        response.error_message = error.message or None
        response.record_errors = [
            BatchIndexAndErrorMessage(batch_index=index, batch_index_error_message=message)
            for index, message in error.record_errors
        ]
        if log is not None and error.code not in BATCH_IS_WRONG:
            response.log_start_offset = log.log_start_offset
        is_moved = error.code is ErrorCode.NOT_LEADER_OR_FOLLOWER and self.version >= TELLS_NEW_LEADERS
        if is_moved and partition is not None:
            if self.leaders is None:
                self.leaders = NewLeaders(self.broker, self.context, messages)
            response.current_leader = self.leaders.tell(partition)

    def settle(self) -> None:
        """Take over what the log has answered by now; the others have timed out."""
        for response, appended, partition in self.unsettled:
            if not appended.done() or appended.cancelled():
                error: BaseException | None = KafkaError(
                    ErrorCode.REQUEST_TIMED_OUT, "The log is not done yet."
                )
            else:
                error = appended.exception()
            if error is None:
                stored = appended.result()
                response.error_code = ErrorCode.NONE
                response.base_offset = stored.base_offset
                response.log_append_time_ms = stored.log_append_time_ms
                response.log_start_offset = stored.log_start_offset
            elif isinstance(error, KafkaError):
                self.refuse(response, error, partition, partition.log)
            else:
                raise error

    def answer(self) -> ProduceResponse | None:
        """Raises: KafkaError: with acks=0 there is no other way to tell."""
        if self.acks == 0:
            if self.error is not None:
                raise self.error
            return None
        response = ProduceResponse(responses=self.responses)
        if self.leaders is not None:
            response.node_endpoints = self.leaders.endpoints()
        return response


def produce(
    request: ProduceRequest, context: "RequestContext", broker: "Broker"
) -> "ProduceResponse | Future[ProduceResponse | None] | None":
    topics = broker.cluster.topics
    by_id = context.api_version >= NAMES_BY_ID
    outcome = Outcome(request, context, broker)
    for asked in request.topic_data:
        if not asked.partition_data:
            continue
        topic = topics.by_id.get(asked.topic_id) if by_id else topics.by_name.get(asked.name)
        responses = [append(data, topic, outcome) for data in asked.partition_data]
        outcome.responses.append(
            TopicProduceResponse(name=asked.name, topic_id=asked.topic_id, partition_responses=responses)
        )
    if outcome.unsettled:
        return carry_out(settling(outcome))
    return outcome.answer()


def append(data: "PartitionProduceData", topic: "Topic | None", outcome: Outcome) -> PartitionProduceResponse:
    """Store one batch, or say why not."""
    partition: Partition | None = None
    log: PartitionLog | None = None
    try:
        partition = named_partition(topic, data.index, outcome.version)
        records = acceptable(data.records, partition, outcome)
        if partition.leader != outcome.node_id:
            raise not_leader(partition)
        log = partition.log
        if outcome.acks == ALL_REPLICAS:
            check_replicas(partition, log)
        appended = log.append(records, leader_epoch=partition.leader_epoch)
    except KafkaError as error:
        response = not_stored(data.index)
        outcome.refuse(response, error, partition, log)
        return response
    if isinstance(appended, Future):
        response = not_stored(data.index)
        outcome.unsettled.append((response, appended, partition))
        return response
    return PartitionProduceResponse(
        index=data.index,
        error_code=ErrorCode.NONE,
        base_offset=appended.base_offset,
        log_append_time_ms=appended.log_append_time_ms,
        log_start_offset=appended.log_start_offset,
        record_errors=[],
    )


def not_stored(index: int) -> PartitionProduceResponse:
    """An answer whose error is not known yet."""
    return PartitionProduceResponse(
        index=index, error_code=ErrorCode.UNKNOWN_SERVER_ERROR, base_offset=-1, record_errors=[]
    )


def named_partition(topic: "Topic | None", number: int, version: int) -> "Partition":
    """Raises: KafkaError: UNKNOWN_TOPIC_ID, UNKNOWN_TOPIC_OR_PARTITION."""
    if topic is None:
        if version >= NAMES_BY_ID:
            raise KafkaError(ErrorCode.UNKNOWN_TOPIC_ID, "There is no topic with this id.")
        raise KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "There is no topic with this name.")
    if not 0 <= number < len(topic.partitions):
        raise KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"{topic.name} has no partition {number}.")
    return topic.partitions[number]


def acceptable(records: memoryview | None, partition: "Partition", outcome: Outcome) -> memoryview:
    """The batch, if nothing is wrong with it whoever leads the partition. Raises: KafkaError."""
    if outcome.request.transactional_id is not None:
        raise KafkaError(
            ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "This broker does not take part in transactions."
        )
    if records is None:
        raise KafkaError(ErrorCode.INVALID_RECORD, "There is no record batch.")
    if outcome.version < TAKES_ZSTD and codec_of(records) == Codec.ZSTD:
        raise KafkaError(
            ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
            f"zstd needs Produce {TAKES_ZSTD}, this is {outcome.version}.",
        )
    if outcome.acks not in ACKS:
        raise KafkaError(ErrorCode.INVALID_REQUIRED_ACKS, f"acks is {outcome.acks}, not 0, 1 or -1.")
    if partition.topic.is_internal:
        raise KafkaError(
            ErrorCode.INVALID_TOPIC_EXCEPTION, f"{partition.topic.name} is for the broker's own records."
        )
    return records


def codec_of(records: memoryview) -> int:
    """The number of a batch's codec; of something too short for a batch, 0."""
    return records[CODEC_POSITION] & CODEC_MASK if len(records) > CODEC_POSITION else 0


def check_replicas(partition: "Partition", log: "PartitionLog") -> None:
    """Raises: KafkaError(NOT_ENOUGH_REPLICAS): fewer are in sync than acks=-1 asks for."""
    least = min(log.config.min_insync_replicas, len(partition.replicas))
    if len(partition.isr) < least:
        raise KafkaError(
            ErrorCode.NOT_ENOUGH_REPLICAS,
            f"{len(partition.isr)} replicas are in sync, min.insync.replicas asks for {least}.",
        )


def settling(outcome: Outcome) -> "Steps[ProduceResponse | None]":
    """Wait for the log, as long as the client wants to."""
    stored = all_done([appended for _, appended, _ in outcome.unsettled])

    def give_up() -> None:
        if not stored.done():
            stored.set_result(None)

    timeout_ms = max(outcome.request.timeout_ms, 0)
    clock = outcome.broker.clock
    timer = clock.call_at(clock.monotonic_ms() + timeout_ms, give_up)
    try:
        yield stored
    finally:
        timer.cancel()
    outcome.settle()
    return outcome.answer()
