"""One partition's records on this machine: segments, producers, leader epochs.

`append` is: validate, check the producer, give offsets, write, index, update the producer, advance.
One machine has no followers, so the high watermark is the log's end.

Follows Kafka's UnifiedLog and LocalLog.
"""

from bisect import bisect_right
from collections.abc import Callable
from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast

from broker.clock import Clock
from broker.log.engine import (
    AbortedTransaction,
    ActiveProducer,
    Appended,
    EpochEndOffset,
    FileRange,
    Isolation,
    LogRead,
    Origin,
    PartitionKey,
    TimestampOffset,
)
from broker.log.files import File
from broker.log.lookup import find_max_timestamp, find_timestamp
from broker.log.segment import DamagedSegment, Segment
from broker.log.validation import validate
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.records.batch import BatchHeader, patch
from broker.settings.topic import TopicConfig

if TYPE_CHECKING:
    from broker.log.partition_storage import PartitionStorage

P = ParamSpec("P")
R = TypeVar("R")

CHECKPOINT_BYTES = 64 << 20
CHECKPOINT_BATCHES = 50_000
MOST_RELATIVE_OFFSET = 2**31 - 1  # what an index entry can hold


class Watch:
    """A callback that wants to know of every advance."""

    def __init__(self, watches: "list[Watch]", callback: Callable[[], None]) -> None:
        self._watches = watches
        self.callback = callback
        watches.append(self)

    def cancel(self) -> None:
        if self in self._watches:
            self._watches.remove(self)


class LocalPartitionLog:
    """`PartitionLog` over segments."""

    def __init__(
        self, key: PartitionKey, config: TopicConfig, storage: "PartitionStorage", clock: Clock
    ) -> None:
        self.key = key
        self.config = config
        self._storage = storage
        self._clock = clock
        self._segments = storage.segments
        self._bases = [segment.base_offset for segment in storage.segments]
        self._producers = storage.producers
        self._epochs = storage.epochs
        self._log_start_offset = storage.log_start_offset
        self._log_end_offset = storage.log_end_offset
        self._watches: list[Watch] = []
        self._unchecked_bytes = self._unchecked_batches = 0

    @property
    def log_start_offset(self) -> int:
        return self._log_start_offset

    @property
    def last_stable_offset(self) -> int:
        unstable = self._producers.first_unstable_offset
        return self._log_end_offset if unstable is None else unstable

    @property
    def high_watermark(self) -> int:
        return self._log_end_offset

    @property
    def log_end_offset(self) -> int:
        return self._log_end_offset

    @property
    def size_bytes(self) -> int:
        return sum(segment.size_bytes for segment in self._segments)

    def append(self, batch: memoryview, *, leader_epoch: int, origin: Origin = Origin.CLIENT) -> Appended:
        now_ms = self._clock.wall_ms()
        valid = validate(batch, config=self.config, now_ms=now_ms, origin=origin)
        header = valid.header
        has_producer = header.producer_id >= 0
        if has_producer:
            duplicate = self._producers.check(header, origin=origin)
            if duplicate is not None:
                return Appended(
                    duplicate.first_offset,
                    duplicate.last_offset,
                    -1,
                    self._log_start_offset,
                    is_duplicate=True,
                )
        base_offset = self._log_end_offset
        last_offset = base_offset + header.last_offset_delta
        patch(valid.batch, base_offset=base_offset, leader_epoch=leader_epoch)
        self._write(valid.batch, header, base_offset, now_ms)
        if self._epochs.latest != leader_epoch and self._epochs.assign(
            epoch=leader_epoch, start_offset=base_offset
        ):
            self._storage.write_epochs()
        if has_producer:
            self._producers.update(header._replace(base_offset=base_offset))
        self._log_end_offset = last_offset + 1
        self._count(len(valid.batch))
        if self._watches:
            self._tell()
        return Appended(base_offset, last_offset, valid.log_append_time_ms, self._log_start_offset)

    def read(
        self,
        *,
        offset: int,
        max_bytes: int,
        at_least_one_batch: bool,
        isolation: Isolation = Isolation.READ_UNCOMMITTED,
    ) -> LogRead:
        end_offset = self._log_end_offset
        if not self._log_start_offset <= offset <= end_offset:
            raise KafkaError(
                ErrorCode.OFFSET_OUT_OF_RANGE,
                f"{self.key}: offset {offset} is not in [{self._log_start_offset}, {end_offset}]",
            )
        if isolation is Isolation.READ_COMMITTED:
            end_offset = self.last_stable_offset
        chunks: list[memoryview | FileRange] = []
        if offset < end_offset and (max_bytes > 0 or at_least_one_batch):
            chunks = self._guarded(self._collect, offset, max_bytes, at_least_one_batch, end_offset)
        size_bytes = 0
        for chunk in chunks:
            size_bytes += chunk.nbytes
        aborted: list[AbortedTransaction] | None = [] if isolation is Isolation.READ_COMMITTED else None
        return LogRead(
            chunks,
            size_bytes,
            self._log_start_offset,
            self.last_stable_offset,
            self._log_end_offset,
            aborted,
            _pinned(chunks),
        )

    def offset_for_timestamp(
        self, timestamp_ms: int, *, isolation: Isolation = Isolation.READ_UNCOMMITTED
    ) -> TimestampOffset | None:
        end_offset = (
            self.last_stable_offset if isolation is Isolation.READ_COMMITTED else self._log_end_offset
        )
        found = self._guarded(find_timestamp, self._segments, timestamp_ms, self._log_start_offset)
        return found if found is not None and found.offset < end_offset else None

    def offset_of_max_timestamp(self) -> TimestampOffset | None:
        return self._guarded(find_max_timestamp, self._segments, self._log_start_offset)

    def end_offset_for_epoch(self, leader_epoch: int) -> EpochEndOffset:
        return self._epochs.end_offset_for(leader_epoch, log_end_offset=self._log_end_offset)

    def epoch_for_offset(self, offset: int) -> int:
        return self._epochs.epoch_for_offset(offset)

    def delete_records(self, *, before_offset: int) -> int:
        if before_offset == -1:
            before_offset = self._log_end_offset
        if not 0 <= before_offset <= self._log_end_offset:
            raise KafkaError(
                ErrorCode.OFFSET_OUT_OF_RANGE,
                f"{self.key}: cannot delete up to {before_offset}, the log ends at {self._log_end_offset}",
            )
        if before_offset > self._log_start_offset:
            self._log_start_offset = before_offset
            self._guarded(self._move_log_start)
            self._tell()
        return self._log_start_offset

    def active_producers(self) -> list[ActiveProducer]:
        return self._producers.active_producers()

    def on_advance(self, callback: Callable[[], None]) -> Watch:
        return Watch(self._watches, callback)

    def checkpoint(self) -> None:
        """Store what makes the next opening short."""
        self._unchecked_bytes = self._unchecked_batches = 0
        self._storage.checkpoint(self._log_end_offset)

    def close(self) -> None:
        """The log is gone, or the broker stops: whoever waits for an advance shall look again."""
        self._tell()

    def _collect(
        self, offset: int, max_bytes: int, at_least_one_batch: bool, end_offset: int
    ) -> "list[memoryview | FileRange]":
        """The chunks of whole batches; several segments are joined as long as the budget lasts."""
        chunks: list[memoryview | FileRange] = []
        number = max(bisect_right(self._bases, offset) - 1, 0)
        budget = max_bytes
        while number < len(self._segments) and (budget > 0 or not chunks):
            segment = self._segments[number]
            number += 1
            start = segment.position_of(offset)
            if start is None:
                continue
            end = segment.end_within(start, budget)
            if end == start and at_least_one_batch and not chunks:
                found = segment.find(offset)
                end = start if found is None else start + found.header.size_bytes
            if end_offset < self._log_end_offset:
                stable = segment.position_of(end_offset)
                end = end if stable is None else min(end, stable)
            if end > start:
                chunks += segment.chunks(start, end)
            if end < segment.size_bytes:
                break
            budget -= end - start
        return chunks

    def _write(self, batch: memoryview, header: BatchHeader, base_offset: int, now_ms: int) -> None:
        try:
            segment = self._segments[-1]
            if segment.size_bytes and self._must_roll(segment, len(batch), header, base_offset, now_ms):
                segment = self._roll(base_offset)
            if segment.first_append_ms is None:
                segment.first_append_ms = now_ms
            segment.append(
                batch, header, base_offset=base_offset, index_interval_bytes=self.config.index_interval_bytes
            )
        except OSError as error:
            raise self._storage.failed(self._segments[-1], base_offset, error) from error

    def _must_roll(
        self, segment: Segment, size_bytes: int, header: BatchHeader, base_offset: int, now_ms: int
    ) -> bool:
        config = self.config
        if segment.size_bytes + size_bytes > config.segment_size_bytes:
            return True
        if base_offset + header.last_offset_delta - segment.base_offset > MOST_RELATIVE_OFFSET:
            return True
        if segment.offsets.size_bytes >= config.segment_index_bytes:
            return True
        first_ms = segment.first_timestamp_ms
        waited = header.max_timestamp - first_ms if first_ms is not None and first_ms >= 0 else 0
        return waited > config.segment_ms - self._storage.jitter_ms

    def _roll(self, base_offset: int) -> Segment:
        segment = self._storage.roll(base_offset)
        self._bases.append(base_offset)
        return segment

    def _move_log_start(self) -> None:
        self._storage.keep_log_start(self._log_start_offset)
        while len(self._segments) > 1 and self._segments[1].base_offset <= self._log_start_offset:
            self._storage.drop(self._segments[0])
            del self._segments[0], self._bases[0]
        if self._epochs.truncate_from_start(self._log_start_offset):
            self._storage.write_epochs()

    def _count(self, size_bytes: int) -> None:
        self._unchecked_bytes += size_bytes
        self._unchecked_batches += 1
        if self._unchecked_bytes >= CHECKPOINT_BYTES or self._unchecked_batches >= CHECKPOINT_BATCHES:
            self.checkpoint()

    def _tell(self) -> None:
        for watch in tuple(self._watches):
            watch.callback()

    def _guarded(self, work: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """Do it; a failed disk, or a damaged file, is Kafka's KAFKA_STORAGE_ERROR."""
        try:
            return work(*arguments, **named)
        except (OSError, DamagedSegment) as error:
            raise KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, f"{self.key}: {error}") from error


def _pinned(chunks: "list[memoryview | FileRange]") -> Callable[[], None]:
    """Keep the files under `chunks` open until the returned function is called."""
    files = [cast(File, chunk.file) for chunk in chunks if isinstance(chunk, FileRange)]
    if not files:
        return _nothing_to_release
    for file in files:
        file.pin()

    def release() -> None:
        while files:
            files.pop().unpin()

    return release


def _nothing_to_release() -> None:
    """Views keep what they show alive by themselves."""
