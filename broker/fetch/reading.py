"""Reading what a fetch asks for, within its limits.

Partitions are read in their order. `max_bytes` is what all of them may have, `partition_max_bytes`
what each may have, in whole batches; only the first batch of the answer may be larger than either,
so that a fetcher always gets on. Once the bytes are used up, partitions are still looked at: their
errors and watermarks are told.

| found | error |
| --- | --- |
| the id, or the name, is not known | UNKNOWN_TOPIC_ID, UNKNOWN_TOPIC_OR_PARTITION |
| the id a session knew is gone, another topic has its name | INCONSISTENT_TOPIC_ID |
| the fetcher's leader epoch is behind ours, ahead of ours | FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH |
| another node leads (or, as KIP-392 has it, holds no replica) | NOT_LEADER_OR_FOLLOWER |
| a replica asks | UNKNOWN_LEADER_EPOCH, or NOT_LEADER_OR_FOLLOWER if it names no epoch |
| the offset is before the log's start or after its end | OFFSET_OUT_OF_RANGE |

Follows Kafka's ReplicaManager.readFromLog and Partition.fetchRecords.

Differences from Apache Kafka: an answer ends with a whole batch; Kafka cuts the last one off at the
limit.
"""

from asyncio import Future
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from broker.fetch.hosted import check_leader_epoch, end_of_epoch
from broker.fetch.partitions import PartitionFetch, PartitionRead
from broker.log.engine import EpochEndOffset, Isolation, LogRead
from broker.protocol.errors import ErrorCode, KafkaError

if TYPE_CHECKING:
    from broker.fetch.hosted import HostedPartition, HostedTopics
    from broker.log.steps import Steps


class FetchTerms(NamedTuple):
    """What holds for all partitions of one fetch.

    `min_bytes` is what the fetcher wants to wait for, at most `max_bytes`.
    `leader_only`: clients that know of followers' reads (KIP-392) may also read from another replica.
    """

    node_id: int
    topics: "HostedTopics"
    isolation: Isolation
    max_bytes: int
    min_bytes: int
    by_topic_id: bool
    leader_only: bool
    is_replica: bool


def read_partitions(fetches: "Iterable[PartitionFetch]", terms: FetchTerms) -> "Steps[list[PartitionRead]]":
    """Read them all. Steps that are closed before their end give back what they have read."""
    reads: list[PartitionRead] = []
    left_bytes = terms.max_bytes
    is_first = True
    is_complete = False
    try:
        for fetch in fetches:
            partition = None
            max_bytes = max(0, min(left_bytes, fetch.asked.partition_max_bytes))
            try:
                partition = find(fetch, terms)
                check_access(fetch, partition, terms)
                read = without_data(fetch, partition, terms, is_full=max_bytes == 0 and not is_first)
                if read is None:
                    found = partition.log.read(
                        offset=fetch.asked.fetch_offset,
                        max_bytes=max_bytes,
                        at_least_one_batch=is_first,
                        isolation=terms.isolation,
                    )
                    if isinstance(found, Future):
                        found = yield from on_loan(found)
                    read = with_data(fetch, partition, found)
            except KafkaError as error:
                read = PartitionRead(fetch, error.code, partition)
            reads.append(read)
            if read.size_bytes:
                is_first = False
                left_bytes -= read.size_bytes
        is_complete = True
    finally:
        if not is_complete:
            release_all(reads)
    return reads


def release_all(reads: Iterable[PartitionRead]) -> None:
    """Give back everything that is on loan."""
    for read in reads:
        if read.release is not None:
            read.release()


def find(fetch: "PartitionFetch", terms: FetchTerms) -> "HostedPartition":
    """The partition that is asked for; by id its name is remembered. Raises: KafkaError: there is none."""
    topics = terms.topics
    is_moved = False
    if not terms.by_topic_id:
        assert fetch.topic is not None
        topic = topics.by_name.get(fetch.topic)
    else:
        topic = topics.by_id.get(fetch.topic_id)
        if topic is not None:
            fetch.topic = topic.name
        elif fetch.topic is None:
            raise KafkaError(ErrorCode.UNKNOWN_TOPIC_ID, "There is no topic with this id.")
        else:  # deleted since the session began
            topic = topics.by_name.get(fetch.topic)
            is_moved = True
    number = fetch.asked.partition
    if topic is None or not 0 <= number < len(topic.partitions):
        raise KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"There is no partition {number}.")
    if is_moved:
        raise KafkaError(ErrorCode.INCONSISTENT_TOPIC_ID, f"Topic {fetch.topic!r} has another id now.")
    return topic.partitions[number]


def check_access(fetch: "PartitionFetch", partition: "HostedPartition", terms: FetchTerms) -> None:
    """Whether this node may answer this fetcher. Raises: KafkaError: no."""
    epoch = fetch.asked.current_leader_epoch
    if epoch >= 0:
        check_leader_epoch(epoch, partition)
    if terms.is_replica:
        code = ErrorCode.UNKNOWN_LEADER_EPOCH if epoch >= 0 else ErrorCode.NOT_LEADER_OR_FOLLOWER
        raise KafkaError(code, "No other broker replicates from this one.")
    if partition.leader != terms.node_id and (terms.leader_only or terms.node_id not in partition.replicas):
        raise KafkaError(ErrorCode.NOT_LEADER_OR_FOLLOWER, f"Node {partition.leader} leads.")


def without_data(
    fetch: "PartitionFetch", partition: "HostedPartition", terms: FetchTerms, *, is_full: bool
) -> PartitionRead | None:
    """The answer where no records are to be read; None where there are some.

    Raises: KafkaError(OFFSET_OUT_OF_RANGE).
    """
    asked, log = fetch.asked, partition.log
    offset = asked.fetch_offset
    start_offset, end_offset = log.log_start_offset, log.log_end_offset
    high_watermark, stable_offset = log.high_watermark, log.last_stable_offset
    diverging = None
    if asked.last_fetched_epoch >= 0:
        diverging = diverging_epoch(asked.last_fetched_epoch, offset, partition)
    if not start_offset <= offset <= end_offset and (diverging is None or offset < start_offset):
        raise KafkaError(
            ErrorCode.OFFSET_OUT_OF_RANGE, f"Offset {offset} is not in [{start_offset}, {end_offset}]."
        )
    is_committed = terms.isolation is Isolation.READ_COMMITTED
    end_offset = stable_offset if is_committed else high_watermark
    if offset < end_offset and diverging is None and not is_full:
        return None
    return PartitionRead(
        fetch,
        ErrorCode.NONE,
        partition,
        high_watermark,
        stable_offset,
        start_offset,
        [] if is_committed and diverging is None else None,
        diverging=diverging,
    )


def diverging_epoch(
    last_fetched_epoch: int, offset: int, partition: "HostedPartition"
) -> EpochEndOffset | None:
    """Where a fetcher that got to `offset` in `last_fetched_epoch` has parted from this log (KIP-595).

    Raises: KafkaError(OFFSET_OUT_OF_RANGE): this log knows nothing of that epoch, or any before it.
    """
    end = end_of_epoch(partition, last_fetched_epoch)
    if end.leader_epoch < 0 or end.end_offset < 0:
        raise KafkaError(ErrorCode.OFFSET_OUT_OF_RANGE, f"Epoch {last_fetched_epoch} is not known.")
    is_diverging = end.leader_epoch < last_fetched_epoch or end.end_offset < offset
    return end if is_diverging else None


def on_loan(found: "Future[LogRead]") -> "Steps[LogRead]":
    """Wait for a read; if nobody wants it any more when it comes, it goes back at once."""
    try:
        read: LogRead = yield found
    except GeneratorExit:
        found.add_done_callback(give_back)
        raise
    return read


def give_back(found: "Future[LogRead]") -> None:
    if not found.cancelled() and found.exception() is None:
        found.result().release()


def with_data(fetch: "PartitionFetch", partition: "HostedPartition", found: LogRead) -> PartitionRead:
    return PartitionRead(
        fetch,
        ErrorCode.NONE,
        partition,
        found.high_watermark,
        found.last_stable_offset,
        found.log_start_offset,
        found.aborted_transactions,
        found.chunks,
        found.size_bytes,
        found.release,
    )
