"""The log of an internal topic's partition: there to be asked, always empty.

`__consumer_offsets` and `__transaction_state` are how clients find coordinators; what Kafka keeps in
them is in the state store here.
"""

from collections.abc import Callable

from broker.log.engine import (
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
from broker.settings.topic import TopicConfig


class VirtualLog:
    """A `PartitionLog` without records."""

    log_start_offset = last_stable_offset = high_watermark = log_end_offset = size_bytes = 0

    def __init__(self, key: PartitionKey, config: TopicConfig) -> None:
        self.key = key
        self.config = config

    def append(self, batch: memoryview, *, leader_epoch: int, origin: Origin = Origin.CLIENT) -> Appended:
        raise KafkaError(ErrorCode.INVALID_TOPIC_EXCEPTION, f"{self.key} takes no records")

    def read(
        self,
        *,
        offset: int,
        max_bytes: int,
        at_least_one_batch: bool,
        isolation: Isolation = Isolation.READ_UNCOMMITTED,
    ) -> LogRead:
        if offset != 0:
            raise KafkaError(
                ErrorCode.OFFSET_OUT_OF_RANGE, f"{self.key} is empty, there is no offset {offset}"
            )
        return LogRead([], 0, 0, 0, 0, [] if isolation is Isolation.READ_COMMITTED else None, _nothing)

    def offset_for_timestamp(
        self, timestamp_ms: int, *, isolation: Isolation = Isolation.READ_UNCOMMITTED
    ) -> TimestampOffset | None:
        return None

    def offset_of_max_timestamp(self) -> TimestampOffset | None:
        return None

    def end_offset_for_epoch(self, leader_epoch: int) -> EpochEndOffset:
        return EpochEndOffset(-1, -1)

    def epoch_for_offset(self, offset: int) -> int:
        return -1

    def delete_records(self, *, before_offset: int) -> int:
        return 0

    def active_producers(self) -> list[ActiveProducer]:
        return []

    def on_advance(self, callback: Callable[[], None]) -> "NoSubscription":
        return NoSubscription()


class NoSubscription:
    """Nothing ever happens."""

    def cancel(self) -> None:
        """There is nothing to call off."""


def _nothing() -> None:
    """There is nothing to release."""
