"""The interface of a log engine: where record batches live.

`LocalLog` keeps segments on this machine's disk or in memory; other engines may keep them
elsewhere. Nothing above this interface may know which one it has, so an operation that may
have to wait returns its result *or a future of it*; callers treat both alike.

After every operation: log_start_offset <= last_stable_offset <= high_watermark <= log_end_offset.
"""

from asyncio import Future
from collections.abc import Callable, Iterable
from enum import Enum, IntEnum
from typing import NamedTuple, Protocol

from broker.settings.topic import TopicConfig


class Origin(Enum):
    """Who appends: a client's batches are checked more strictly than a coordinator's markers."""

    CLIENT = "client"
    COORDINATOR = "coordinator"


class Isolation(IntEnum):
    """How far a reader sees (KIP-98); the numbers are those of the wire."""

    READ_UNCOMMITTED = 0
    READ_COMMITTED = 1


class PartitionKey(NamedTuple):
    """Names one partition for ever: a topic created anew under an old name has another id."""

    topic: str
    topic_id: bytes
    partition: int

    def __str__(self) -> str:
        return f"{self.topic}-{self.partition}"


class Appended(NamedTuple):
    """Where a batch went: records `[base_offset, last_offset]`, both inclusive.

    `log_append_time_ms` is -1 unless the topic stamps records itself (LogAppendTime).
    `is_duplicate`: the batch had been stored before, these are its first offsets (KIP-98).
    """

    base_offset: int
    last_offset: int
    log_append_time_ms: int
    log_start_offset: int
    is_duplicate: bool = False


class FileLike(Protocol):
    """An open file from which a range can be sent."""

    def fileno(self) -> int:
        """The descriptor, for sendfile."""

    def read(self, *, position: int, size_bytes: int) -> bytes:
        """Exactly that range. Raises OSError, also where the file is shorter."""

    def read_into(self, buffer: memoryview, *, position: int) -> None:
        """Fill the whole buffer. Raises OSError, also where the file is shorter."""


SENDFILE_BYTES = 64 << 10  # fewer are cheaper read and joined with their header


class FileRange(NamedTuple):
    """Bytes `[position, position + nbytes)` of an open file, to be sent without being read.

    It holds a descriptor, so that an engine lends only ranges of SENDFILE_BYTES or more.
    """

    file: FileLike
    position: int
    nbytes: int


class AbortedTransaction(NamedTuple):
    """A producer whose records from `first_offset` on, up to its abort marker, do not count."""

    producer_id: int
    first_offset: int


class LogRead(NamedTuple):
    """Whole batches, from the one that contains the asked offset.

    `chunks` are valid until `release()` is called, which must happen exactly once, also for an
    empty read; until then the files under them are kept, whatever is deleted or compacted.
    `aborted_transactions` is sorted by first offset, and None unless READ_COMMITTED was asked.
    """

    chunks: "list[memoryview | FileRange]"
    size_bytes: int
    log_start_offset: int
    last_stable_offset: int
    high_watermark: int
    aborted_transactions: list[AbortedTransaction] | None
    release: Callable[[], None]


class TimestampOffset(NamedTuple):
    """One record's timestamp and offset, and the leader epoch it was written under."""

    timestamp_ms: int
    offset: int
    leader_epoch: int


class EpochEndOffset(NamedTuple):
    """The largest epoch not above the asked one and the offset at which it ends; -1, -1: unknown."""

    leader_epoch: int
    end_offset: int


class ActiveProducer(NamedTuple):
    """What DescribeProducers tells of a producer id; -1 where there is nothing to tell."""

    producer_id: int
    producer_epoch: int
    last_sequence: int
    last_timestamp_ms: int
    coordinator_epoch: int
    current_txn_start_offset: int


class Subscription(Protocol):
    """A callback that has been registered."""

    def cancel(self) -> None:
        """Call no more; may be called twice."""


class PartitionLog(Protocol):
    """One partition's records. All methods raise KafkaError(KAFKA_STORAGE_ERROR) on a failed disk."""

    key: PartitionKey
    config: TopicConfig

    @property
    def log_start_offset(self) -> int: ...

    @property
    def last_stable_offset(self) -> int: ...

    @property
    def high_watermark(self) -> int: ...

    @property
    def log_end_offset(self) -> int: ...

    @property
    def size_bytes(self) -> int:
        """Bytes of record batches on disk."""

    def append(
        self, batch: memoryview, *, leader_epoch: int, origin: Origin = Origin.CLIENT
    ) -> "Appended | Future[Appended]":
        """Validate one record batch, give it offsets and store it.

        `batch` is writable, is patched in place (base offset, leader epoch) and not referred to
        after the return. Later appends may be issued before a future resolves; order is kept.
        Raises: KafkaError with Kafka's code for whatever is wrong with the batch; nothing changed.
        """

    def read(
        self,
        *,
        offset: int,
        max_bytes: int,
        at_least_one_batch: bool,
        isolation: Isolation = Isolation.READ_UNCOMMITTED,
    ) -> "LogRead | Future[LogRead]":
        """Whole batches of at most `max_bytes`; one larger batch if `at_least_one_batch`.

        Raises: KafkaError(OFFSET_OUT_OF_RANGE): before the log's start or after its end.
        """

    def offset_for_timestamp(
        self, timestamp_ms: int, *, isolation: Isolation = Isolation.READ_UNCOMMITTED
    ) -> "TimestampOffset | Future[TimestampOffset | None] | None":
        """The first record whose timestamp is at least `timestamp_ms`; None when there is none."""

    def offset_of_max_timestamp(self) -> "TimestampOffset | Future[TimestampOffset | None] | None":
        """The (first) record with the greatest timestamp; None in an empty log (KIP-734)."""

    def end_offset_for_epoch(self, leader_epoch: int) -> EpochEndOffset:
        """Where an epoch ends (KIP-320)."""

    def epoch_for_offset(self, offset: int) -> int:
        """The leader epoch under which `offset` was or would be written; -1: unknown."""

    def delete_records(self, *, before_offset: int) -> int:
        """Move the log start up to `before_offset` (-1: the high watermark); the new log start.

        Raises: KafkaError(OFFSET_OUT_OF_RANGE): above the high watermark.
        """

    def active_producers(self) -> list[ActiveProducer]:
        """Every producer id the log remembers."""

    def on_advance(self, callback: Callable[[], None]) -> Subscription:
        """Call back after each move of high watermark or last stable offset, on the event loop.

        Also called when the log is deleted: a waiting reader then finds out by reading.
        """


class LogDirectory(NamedTuple):
    """A directory that holds partitions; `partitions` maps each to its size in bytes."""

    path: str
    total_bytes: int
    usable_bytes: int
    partitions: dict[PartitionKey, int]


class LogEngine(Protocol):
    """All partitions of this broker. Partitions open on first use."""

    may_have_lost: bool
    """Whether the machine has been off since the logs were written, with records not yet on its disk."""

    def create(self, key: PartitionKey) -> PartitionLog:
        """Make an empty partition. Raises KafkaError(KAFKA_STORAGE_ERROR)."""

    def partition(self, key: PartitionKey) -> PartitionLog:
        """The partition, opened (and recovered, if need be) on first use; made if it is not there."""

    def retain(self, key: PartitionKey) -> None:
        """Give up what the topic's retention no longer keeps.

        Raises: KafkaError(KAFKA_STORAGE_ERROR).
        """

    def delete(self, key: PartitionKey) -> None:
        """Forget the partition at once; its files go when no reader holds them."""

    def reconfigure(self, topic: str) -> None:
        """The topic's configuration has changed: ask for it anew."""

    def discover(self) -> Iterable[PartitionKey]:
        """The partitions that the disk holds, by their names and `partition.metadata`."""

    def describe(self) -> list[LogDirectory]:
        """For DescribeLogDirs."""

    def close(self) -> None:
        """Flush, store recovery points, and mark a clean end. Idempotent."""
