"""A log in a list, which answers at once or, like an engine far away, when the test says so."""

from asyncio import Future, get_running_loop
from collections import deque
from collections.abc import Callable
from typing import Any

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
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.records.batch import BatchHeader, patch
from broker.settings.broker import BrokerSettings
from broker.settings.topic import TopicConfig

KEY = PartitionKey("orders", bytes(15) + b"\x07", 0)


class FakeSubscription:
    def __init__(self, callbacks: "dict[FakeSubscription, Callable[[], None]]") -> None:
        self._callbacks = callbacks

    def cancel(self) -> None:
        self._callbacks.pop(self, None)


class FakePartitionLog:
    """`PartitionLog` that checks nothing. `loans` counts the reads that have not been released."""

    def __init__(self, key: PartitionKey = KEY, config: dict[str, str] | None = None) -> None:
        self.key = key
        self.config = TopicConfig.effective(config or {}, BrokerSettings())
        self.batches: list[bytes] = []
        self.log_start_offset = 0
        self.log_end_offset = 0
        self.first_unstable_offset: int | None = None
        self.aborted: list[AbortedTransaction] = []
        self.epochs: dict[int, EpochEndOffset] = {}
        self.producers: list[ActiveProducer] = []
        self.greatest_timestamp: TimestampOffset | None = None
        self.timestamps: dict[int, TimestampOffset] = {}
        self.refuses: KafkaError | None = None
        self.is_far_away = False
        self.loans = 0
        self.reads: list[tuple[int, int, bool]] = []  # offset, max_bytes, at_least_one_batch
        self.leader_epochs: list[int] = []  # of what was appended
        self.subscriptions: dict[FakeSubscription, Callable[[], None]] = {}
        self._later: deque[tuple[Future[Any], Any]] = deque()

    @property
    def high_watermark(self) -> int:
        return self.log_end_offset

    @property
    def last_stable_offset(self) -> int:
        return self.log_end_offset if self.first_unstable_offset is None else self.first_unstable_offset

    @property
    def size_bytes(self) -> int:
        return sum(len(batch) for batch in self.batches)

    def append(self, batch: memoryview, *, leader_epoch: int, origin: Origin = Origin.CLIENT) -> Any:
        if self.refuses is not None and not self.is_far_away:
            raise self.refuses
        header = BatchHeader.parse(batch)
        base_offset = self.log_end_offset
        patch(batch, base_offset=base_offset, leader_epoch=leader_epoch)
        self.leader_epochs.append(leader_epoch)
        self.batches.append(bytes(batch))
        last_offset = base_offset + header.last_offset_delta
        self.log_end_offset = last_offset + 1
        if not self.is_far_away:
            self.tell()
        return self._now_or_later(Appended(base_offset, last_offset, -1, self.log_start_offset))

    def read(
        self,
        *,
        offset: int,
        max_bytes: int,
        at_least_one_batch: bool,
        isolation: Isolation = Isolation.READ_UNCOMMITTED,
    ) -> Any:
        if self.refuses is not None and not self.is_far_away:
            raise self.refuses
        self.reads.append((offset, max_bytes, at_least_one_batch))
        is_committed = isolation is Isolation.READ_COMMITTED
        end_offset = self.last_stable_offset if is_committed else self.high_watermark
        chunks: list[Any] = []
        size_bytes = 0
        for batch in self.batches:
            header = BatchHeader.parse(batch)
            if header.last_offset < offset or header.base_offset >= end_offset:
                continue
            fits = size_bytes + len(batch) <= max_bytes
            if not fits and not (at_least_one_batch and not chunks):
                break
            chunks.append(memoryview(batch))
            size_bytes += len(batch)
        self.loans += 1
        aborted = self.aborted if is_committed else None
        return self._now_or_later(
            LogRead(
                chunks,
                size_bytes,
                self.log_start_offset,
                self.last_stable_offset,
                self.high_watermark,
                aborted,
                self._release,
            )
        )

    def offset_for_timestamp(
        self, timestamp_ms: int, *, isolation: Isolation = Isolation.READ_UNCOMMITTED
    ) -> Any:
        return self._now_or_later(self.timestamps.get(timestamp_ms))

    def offset_of_max_timestamp(self) -> Any:
        return self._now_or_later(self.greatest_timestamp)

    def end_offset_for_epoch(self, leader_epoch: int) -> EpochEndOffset:
        return self.epochs.get(leader_epoch, EpochEndOffset(-1, -1))

    def epoch_for_offset(self, offset: int) -> int:
        found = -1
        for epoch, end in sorted(self.epochs.items(), reverse=True):
            if offset < end.end_offset or end.end_offset == self.log_end_offset:
                found = epoch
        return found

    def delete_records(self, *, before_offset: int) -> int:
        before_offset = self.high_watermark if before_offset == -1 else before_offset
        if before_offset > self.high_watermark:
            raise KafkaError(ErrorCode.OFFSET_OUT_OF_RANGE, "beyond the high watermark")
        self.log_start_offset = max(self.log_start_offset, before_offset)
        self.tell()
        return self.log_start_offset

    def active_producers(self) -> list[ActiveProducer]:
        return self.producers

    def on_advance(self, callback: Callable[[], None]) -> FakeSubscription:
        subscription = FakeSubscription(self.subscriptions)
        self.subscriptions[subscription] = callback
        return subscription

    def tell(self) -> None:
        for callback in tuple(self.subscriptions.values()):
            callback()

    def answer(self) -> None:
        """Answer the call that has waited longest."""
        future, result = self._later.popleft()
        if future.done():
            return
        if self.refuses is not None:
            future.set_exception(self.refuses)
        else:
            future.set_result(result)

    def _now_or_later(self, result: Any) -> Any:
        if not self.is_far_away:
            return result
        future = get_running_loop().create_future()
        self._later.append((future, result))
        return future

    def _release(self) -> None:
        self.loans -= 1
