"""Reading records.

Fetch 1 (incremental sessions KIP-227, leader epochs KIP-320, reads from followers KIP-392, topic ids
KIP-516, new leaders KIP-951)

Chunks of the log go into the answer as they are, and are given back when it has been sent.

Differences from Apache Kafka: no broker replicates from this one, so each partition that a replica asks
for is answered as if it were not assigned to it; a client's rack is ignored, as Kafka does unless
replica.selector.class is set; and what `broker.fetch.purgatory` says.
"""

from functools import partial
from typing import TYPE_CHECKING

from broker.fetch.partitions import PartitionRead
from broker.fetch.purgatory import read_when_enough
from broker.fetch.reading import FetchTerms, release_all
from broker.fetch.sessions import FIRST_VERSION_WITH_TOPIC_IDS
from broker.handlers.answer import Answer
from broker.handlers.leaders import NewLeaders
from broker.log.engine import Isolation
from broker.log.steps import carry_out
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.messages import fetch as messages
from broker.protocol.messages.fetch import (
    AbortedTransaction,
    EpochEndOffset,
    FetchableTopicResponse,
    FetchRequest,
    FetchResponse,
    PartitionData,
)

if TYPE_CHECKING:
    from asyncio import Future

    from broker.fetch.sessions import FetchRound
    from broker.handlers.context import Broker, RequestContext
    from broker.log.steps import Steps

Fetched = FetchResponse | Answer

READS_FROM_FOLLOWERS = 11  # the first version whose clients expect them
NOT_THERE = (ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.UNKNOWN_TOPIC_ID)
TELLS_NEW_LEADERS = 16
KNOWS_STORAGE_ERRORS = 6
ISOLATIONS = {int(isolation): isolation for isolation in Isolation}
MOVED = frozenset({ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.FENCED_LEADER_EPOCH})


def fetch(request: FetchRequest, context: "RequestContext", broker: "Broker") -> "Fetched | Future[Fetched]":
    terms = terms_of(request, context.api_version, broker)
    fetch_round = broker.fetch_sessions.begin(request, context.api_version)
    return carry_out(fetching(fetch_round, terms, request.max_wait_ms, context, broker))


def terms_of(request: FetchRequest, version: int, broker: "Broker") -> FetchTerms:
    """Raises: KafkaError(INVALID_REQUEST): no such isolation level."""
    isolation = ISOLATIONS.get(request.isolation_level)
    if isolation is None:
        raise KafkaError(ErrorCode.INVALID_REQUEST, f"There is no isolation level {request.isolation_level}.")
    max_bytes = min(request.max_bytes, broker.settings.fetch_max_bytes)
    replica_id = request.replica_id if version < 15 else request.replica_state.replica_id
    return FetchTerms(
        broker.node_id,
        broker.cluster.topics,
        isolation,
        max_bytes,
        min(request.min_bytes, max_bytes),
        version >= FIRST_VERSION_WITH_TOPIC_IDS,
        version < READS_FROM_FOLLOWERS,
        replica_id >= 0,
    )


def fetching(
    fetch_round: "FetchRound",
    terms: FetchTerms,
    max_wait_ms: int,
    context: "RequestContext",
    broker: "Broker",
) -> "Steps[Fetched]":
    fetches = list(fetch_round.partitions.values())
    reads = yield from read_when_enough(fetches, terms, broker.clock, max_wait_ms=max_wait_ms)
    answered = fetch_round.answer(reads)
    response = FetchResponse(error_code=answered.error, session_id=answered.session_id, responses=[])
    leaders: NewLeaders | None = None
    topic: FetchableTopicResponse | None = None
    for read in answered.reads:
        data = partition_data(read, context.api_version)
        if read.error in MOVED and context.api_version >= TELLS_NEW_LEADERS:
            leaders = leaders or NewLeaders(broker, context, messages)
            data.current_leader = leaders.tell(read.partition)
        name, topic_id = read.fetch.topic or "", read.fetch.topic_id
        if topic is None or (topic.topic, topic.topic_id) != (name, topic_id):
            topic = FetchableTopicResponse(topic=name, topic_id=topic_id, partitions=[])
            response.responses.append(topic)
        topic.partitions.append(data)
    if leaders is not None:
        response.node_endpoints = leaders.endpoints()
    lent = [read for read in reads if read.release is not None]
    return Answer(response, partial(release_all, lent)) if lent else response


def partition_data(read: PartitionRead, version: int) -> PartitionData:
    error = read.error
    if error is ErrorCode.KAFKA_STORAGE_ERROR and version < KNOWS_STORAGE_ERRORS:
        error = ErrorCode.NOT_LEADER_OR_FOLLOWER
    # Of what is not there Kafka says that nothing was aborted; with other errors it says nothing.
    aborted: list[AbortedTransaction] | None = [] if error in NOT_THERE else None
    if read.aborted_transactions is not None:
        aborted = [
            AbortedTransaction(producer_id=producer_id, first_offset=first_offset)
            for producer_id, first_offset in read.aborted_transactions
        ]
    data = PartitionData(
        partition_index=read.fetch.asked.partition,
        error_code=error,
        high_watermark=read.high_watermark,
        last_stable_offset=read.last_stable_offset,
        log_start_offset=read.log_start_offset,
        aborted_transactions=aborted,
        records=read.chunks or b"",
    )
    if read.diverging is not None:
        data.diverging_epoch = EpochEndOffset(
            epoch=read.diverging.leader_epoch, end_offset=read.diverging.end_offset
        )
    return data
