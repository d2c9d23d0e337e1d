"""One partition's records on this machine: segments, producers, leader epochs.

`append` is: validate, check the producer, give offsets, write, index, update the producer, advance.
One machine has no followers, so the high watermark is the log's end.

A write that fails is cut off again and answered with KAFKA_STORAGE_ERROR; what was there before is
untouched, and the next append finds out whether the disk is back.

Follows Kafka's UnifiedLog and LocalLog.

Differences from Apache Kafka: `segment.jitter.ms` is spread by the partition's name instead of by chance.
"""

from asyncio import Future
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from broker.clock import Clock
from broker.log.engine import (
    AbortedTransaction,
    ActiveProducer,
    Appended,
    EpochEndOffset,
    Isolation,
    LogRead,
    Origin,
    PartitionKey,
    TimestampOffset,
)
from broker.log.flushing import Flushing
from broker.log.lookup import find_max_timestamp, find_timestamp
from broker.log.partition_storage import PartitionStorage
from broker.log.producer_state import BatchMetadata
from broker.log.reading import Chunks, collect, number_of, release_of
from broker.log.recovery import Recovered
from broker.log.removal import Removal
from broker.log.retention import count_due
from broker.log.segment import MOST_RELATIVE_OFFSET, Segment
from broker.log.validation import validate
from broker.protocol.crc32c import crc32c
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.records.batch import CONTROL_FLAG, BatchHeader, patch
from broker.protocol.records.control import read_end_txn_marker
from broker.settings.topic import TopicConfig

P = ParamSpec("P")
R = TypeVar("R")

CHECKPOINT_BYTES = 64 << 20
CHECKPOINT_BATCHES = 50_000

_new_tuple = tuple.__new__


class Watch:
    """A callback that wants to know of every advance."""

    __slots__ = ("_watches", "callback")

    def __init__(self, watches: "dict[Watch, None]", callback: Callable[[], None]) -> None:
        self._watches = watches
        self.callback = callback
        watches[self] = None

    def cancel(self) -> None:
        self._watches.pop(self, None)


class LocalPartitionLog:
    """`PartitionLog` over segments."""

    __slots__ = (
        "_bases",
        "_clock",
        "_epochs",
        "_flushes",
        "_flushing",
        "_index_limit_bytes",
        "_jitter",
        "_log_end_offset",
        "_log_start_offset",
        "_next_checkpoint_batches",
        "_next_checkpoint_bytes",
        "_on_log_start",
        "_producer_expiration_ms",
        "_producers",
        "_refusal",
        "_removal",
        "_roll_after_ms",
        "_segment_limit_bytes",
        "_segments",
        "_storage",
        "_unchecked_batches",
        "_unchecked_bytes",
        "_unsynced_batches",
        "_watches",
        "config",
        "key",
    )

    def __init__(
        self,
        key: PartitionKey,
        config: TopicConfig,
        storage: PartitionStorage,
        recovered: Recovered,
        clock: Clock,
        *,
        flushing: Flushing,
        removal: Removal,
        on_log_start: Callable[[PartitionKey, int], None],
        producer_expiration_ms: int,
    ) -> None:
        self.key = key
        self._storage = storage
        self._clock = clock
        self._flushing = flushing
        self._removal = removal
        self._on_log_start = on_log_start
        self._producer_expiration_ms = producer_expiration_ms
        self._segments = storage.segments
        self._bases = [segment.base_offset for segment in storage.segments]
        self._producers = storage.producers
        self._epochs = storage.epochs
        self._log_start_offset = recovered.log_start_offset
        self._log_end_offset = recovered.log_end_offset
        self._unsynced_batches = self._unchecked_batches = 0
        self._has_checkpoint()
        self._unchecked_bytes = recovered.checked_bytes
        self._unchecked_batches = recovered.checked_batches
        self._watches: dict[Watch, None] = {}
        self._refusal: KafkaError | None = None
        self._jitter = crc32c(str(key).encode()) / 2**32
        self.configure(config)

    def configure(self, config: TopicConfig) -> None:
        """From now on these settings hold."""
        self.config = config
        self._flushes = self._flushing.is_wanted_by(config)
        self._segment_limit_bytes = config.segment_size_bytes
        self._index_limit_bytes = config.segment_index_bytes
        longest_ms = config.longest_segment_ms
        self._roll_after_ms = longest_ms - int(self._jitter * min(config.segment_jitter_ms, longest_ms))

    @property
    def log_start_offset(self) -> int:
        return self._log_start_offset

    @property
    def last_stable_offset(self) -> int:
        unstable = self._producers.first_unstable_offset
        return self._log_end_offset if unstable is None else max(unstable, self._log_start_offset)

    @property
    def high_watermark(self) -> int:
        return self._log_end_offset

    @property
    def log_end_offset(self) -> int:
        return self._log_end_offset

    @property
    def size_bytes(self) -> int:
        return sum(segment.size_bytes for segment in self._segments)

    def append(
        self, batch: memoryview, *, leader_epoch: int, origin: Origin = Origin.CLIENT
    ) -> "Appended | Future[Appended]":
        if self._refusal is not None:
            raise self._refusal
        now_ms = self._clock.wall_ms()
        stored, header, log_append_time_ms = validate(batch, config=self.config, now_ms=now_ms, origin=origin)
        has_producer = header.producer_id >= 0
        if has_producer:
            duplicate = self._producers.check(header, origin=origin)
            if duplicate is not None:
                return self._appended_before(duplicate)
        base_offset = self._log_end_offset
        last_offset = base_offset + header.last_offset_delta
        patch(stored, base_offset=base_offset, leader_epoch=leader_epoch)
        self._write(stored, header, base_offset, leader_epoch, now_ms)
        if has_producer:
            self._remember_producer(stored, _new_tuple(BatchHeader, (base_offset, *header[1:])))
        self._log_end_offset = last_offset + 1
        self._unchecked_bytes += len(stored)
        self._unchecked_batches += 1
        if (
            self._unchecked_bytes >= self._next_checkpoint_bytes
            or self._unchecked_batches >= self._next_checkpoint_batches
        ):
            self.checkpoint()
        if self._watches:
            self._tell()
        appended = _new_tuple(
            Appended, (base_offset, last_offset, log_append_time_ms, self._log_start_offset, False)
        )
        return self._flushing.after(self._storage, self.config, appended) if self._flushes else appended

    def _appended_before(self, duplicate: BatchMetadata) -> "Appended | Future[Appended]":
        """A retry is acknowledged no sooner than what it repeats, and not at all if that was lost."""
        if self._storage.is_failing:
            self._storage.repair()
        first, last = duplicate.first_offset, duplicate.last_offset
        appended = Appended(first, last, -1, self._log_start_offset, is_duplicate=True)
        return self._flushing.after_retry(self._storage, self.config, appended)

    def read(
        self,
        *,
        offset: int,
        max_bytes: int,
        at_least_one_batch: bool,
        isolation: Isolation = Isolation.READ_UNCOMMITTED,
    ) -> LogRead:
        if self._refusal is not None:
            raise self._refusal
        readable_end = log_end_offset = self._log_end_offset
        if not self._log_start_offset <= offset <= log_end_offset:
            raise KafkaError(
                ErrorCode.OFFSET_OUT_OF_RANGE,
                f"{self.key}: offset {offset} is not in [{self._log_start_offset}, {log_end_offset}]",
            )
        stable_offset = self.last_stable_offset
        aborted: list[AbortedTransaction] | None = None
        if isolation is Isolation.READ_COMMITTED:
            readable_end, aborted = stable_offset, []
        chunks: Chunks = []
        if offset < readable_end and (max_bytes > 0 or at_least_one_batch):
            chunks = self._guarded(
                collect,
                self._segments,
                number_of(self._bases, offset),
                self._storage.unpin,
                offset=offset,
                max_bytes=max_bytes,
                at_least_one_batch=at_least_one_batch,
                end_offset=readable_end if readable_end < log_end_offset else None,
            )
        size_bytes = 0
        for chunk in chunks:
            size_bytes += chunk.nbytes
        return _new_tuple(
            LogRead,
            (
                chunks,
                size_bytes,
                self._log_start_offset,
                stable_offset,
                log_end_offset,
                aborted,
                release_of(chunks, self._storage.unpin),
            ),
        )

    def offset_for_timestamp(
        self, timestamp_ms: int, *, isolation: Isolation = Isolation.READ_UNCOMMITTED
    ) -> TimestampOffset | None:
        found = self._guarded(
            find_timestamp,
            self._segments,
            timestamp_ms,
            start_offset=self._log_start_offset,
            unreadable=self._storage.warn_once,
        )
        is_committed = isolation is Isolation.READ_COMMITTED
        end_offset = self.last_stable_offset if is_committed else self._log_end_offset
        return found if found is not None and found.offset < end_offset else None

    def offset_of_max_timestamp(self) -> TimestampOffset | None:
        return self._guarded(
            find_max_timestamp,
            self._segments,
            start_offset=self._log_start_offset,
            unreadable=self._storage.warn_once,
        )

    def end_offset_for_epoch(self, leader_epoch: int) -> EpochEndOffset:
        return self._epochs.end_offset_for(leader_epoch, log_end_offset=self._log_end_offset)

    def epoch_for_offset(self, offset: int) -> int:
        return self._epochs.epoch_for_offset(offset)

    def delete_records(self, *, before_offset: int) -> int:
        if self._refusal is not None:
            raise self._refusal
        if before_offset == -1:
            before_offset = self._log_end_offset
        if not 0 <= before_offset <= self._log_end_offset:
            raise KafkaError(
                ErrorCode.OFFSET_OUT_OF_RANGE,
                f"{self.key}: cannot delete up to {before_offset}, the log ends at {self._log_end_offset}",
            )
        if before_offset > self._log_start_offset:
            self._guarded(self._begin_at, before_offset)
        return self._log_start_offset

    def retain(self) -> None:
        """Give up what `retention.ms` and `retention.bytes` no longer keep.

        Raises: KafkaError(KAFKA_STORAGE_ERROR).
        """
        self._guarded(self._retain)

    def _retain(self) -> None:
        segments = self._segments
        count = count_due(segments, self.config, now_ms=self._clock.wall_ms())
        if count:
            if count == len(segments):
                self._roll(self._log_end_offset)
            self._storage.tell("segments deleted", count=count, log_start_offset=segments[count].base_offset)
            self._begin_at(segments[count].base_offset)

    def _begin_at(self, offset: int) -> None:
        """Move the log's start. Raises: OSError: it has moved, whatever became of the files."""
        self._log_start_offset = offset
        self._on_log_start(self.key, offset)
        try:
            self._drop_below(offset)
        finally:
            self._tell()

    def active_producers(self) -> list[ActiveProducer]:
        self._forget_producers()
        return self._producers.active_producers()

    def on_advance(self, callback: Callable[[], None]) -> Watch:
        return Watch(self._watches, callback)

    @property
    def unchecked_bytes(self) -> int:
        """What would have to be checked if the broker were killed now."""
        return self._unchecked_bytes

    def checkpoint(self) -> None:
        """Store what makes the next opening short, if that can be done."""
        self._forget_producers()
        try:
            self._storage.checkpoint(self._log_end_offset)
        except OSError as error:  # the older point stays, and it is tried again after as much again
            self._storage.warn("checkpoint not stored", error)
            self._next_checkpoint_bytes = self._unchecked_bytes + CHECKPOINT_BYTES
            self._next_checkpoint_batches = self._unchecked_batches + CHECKPOINT_BATCHES
        else:
            self._has_checkpoint()
            if self._unsynced_batches >= CHECKPOINT_BATCHES:
                self._unsynced_batches = 0
                self._storage.sync_in_background(self._log_end_offset)

    def _has_checkpoint(self) -> None:
        self._unsynced_batches += self._unchecked_batches
        self._unchecked_bytes = self._unchecked_batches = 0
        self._next_checkpoint_bytes, self._next_checkpoint_batches = CHECKPOINT_BYTES, CHECKPOINT_BATCHES

    @property
    def storage(self) -> PartitionStorage:
        """For flushing and closing."""
        return self._storage

    def refuse(self, refusal: KafkaError) -> None:
        """Nothing is read or appended any more; whoever waits for an advance finds out by trying."""
        self._refusal = refusal
        self._tell()

    def _write(
        self, batch: memoryview, header: BatchHeader, base_offset: int, leader_epoch: int, now_ms: int
    ) -> None:
        storage = self._storage
        if storage.is_failing:
            storage.repair()
        segment = self._segments[-1]
        try:
            if segment.size_bytes and self._must_roll(segment, len(batch), header, base_offset, now_ms):
                segment = self._roll(base_offset)
            if self._epochs.latest != leader_epoch:
                storage.begin_epoch(leader_epoch, start_offset=base_offset)
            if segment.first_append_ms is None:
                segment.first_append_ms = now_ms
            segment.append(batch, header, base_offset=base_offset)
        except OSError as error:
            raise storage.write_failed(error) from error
        if storage.is_failing:
            storage.write_succeeded()

    def _must_roll(
        self, segment: Segment, size_bytes: int, header: BatchHeader, base_offset: int, now_ms: int
    ) -> bool:
        if (
            segment.size_bytes + size_bytes > self._segment_limit_bytes
            or base_offset + header.last_offset_delta - segment.base_offset > MOST_RELATIVE_OFFSET
            or segment.index_bytes >= self._index_limit_bytes
        ):
            return True
        first_ms = segment.first_timestamp_ms
        if first_ms is None:
            first_ms = segment.first_timestamp()
        if first_ms >= 0:
            return header.max_timestamp - first_ms > self._roll_after_ms
        return now_ms - (segment.first_append_ms or now_ms) > self._roll_after_ms

    def _roll(self, base_offset: int) -> Segment:
        self._forget_producers()
        segment = self._storage.roll(base_offset, index_interval_bytes=self.config.index_interval_bytes)
        self._has_checkpoint()
        self._unsynced_batches = 0
        self._bases.append(base_offset)
        return segment

    def _remember_producer(self, batch: memoryview, header: BatchHeader) -> None:
        if header.attributes & CONTROL_FLAG:
            marker = read_end_txn_marker(batch)
            if marker is not None:
                self._producers.end_transaction(header, marker)
                return
        self._producers.update(header)

    def _forget_producers(self) -> None:
        self._producers.remove_expired(
            now_ms=self._clock.wall_ms(), expiration_ms=self._producer_expiration_ms
        )

    def _drop_below(self, offset: int) -> None:
        while len(self._segments) > 1 and self._segments[1].base_offset <= offset:
            segment = self._segments[0]
            self._storage.close_files(segment)
            self._removal.remove(segment.paths, delay_ms=self.config.file_delete_delay_ms)
            del self._segments[0], self._bases[0]
        if self._epochs.truncate_from_start(offset):
            self._storage.write_epochs()

    def _tell(self) -> None:
        watches = self._watches
        for watch in tuple(watches):
            if watch in watches:  # unless one that was called before has cancelled it
                watch.callback()

    def _guarded(self, work: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """Do it; a failed disk, or a damaged file, is Kafka's KAFKA_STORAGE_ERROR."""
        if self._refusal is not None:  # another log may have the name, and the files, by now
            raise self._refusal
        try:
            return work(*arguments, **named)
        except OSError as error:
            raise self._storage.failed(error) from error
