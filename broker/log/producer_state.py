"""What a partition knows of the producers that wrote to it (KIP-98): the base of idempotence.

Of each producer id: its epoch and its last five batches, since a producer has at most five
requests in flight. A batch that repeats one of them is answered with the offsets it was given
then; one that does not follow the last is refused.

| a batch with | is |
| --- | --- |
| an unknown producer id | accepted, whatever its sequence |
| the epoch, first and last sequence of one of the last five | a duplicate |
| a lower epoch | INVALID_PRODUCER_EPOCH |
| a higher epoch and a sequence other than 0 | OUT_OF_ORDER_SEQUENCE_NUMBER |
| a sequence other than the one after the last (2^31 - 1 is followed by 0) | OUT_OF_ORDER_SEQUENCE_NUMBER |
| no transactional flag while its producer's transaction is open | INVALID_TXN_STATE |
| the flag, no open transaction, and not verified by the coordinator | INVALID_TXN_STATE |

`check` never changes what holds, `update` never refuses anything: the log writes between the two,
and at recovery the batches that are on disk are only `update`d.

Follows Kafka's ProducerStateManager, ProducerAppendInfo and ProducerStateEntry.

Differences from Apache Kafka: where a snapshot, which has each producer's last batch only, is taken
over, the batches before that are looked up in the log once something is sent again that it does not
tell of. In Kafka a follower that leads from then on still knows them; without them it would be refused
after a restart, and clients store it a second time under a new epoch.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from broker.log.engine import ActiveProducer, Origin
from broker.log.producer_snapshot import ProducerEntry, read_snapshot, write_snapshot
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.records.batch import (
    MAX_SEQUENCE,
    NO_PRODUCER_EPOCH,
    NO_PRODUCER_ID,
    NO_SEQUENCE,
    NO_TIMESTAMP,
    TRANSACTIONAL_FLAG,
    BatchHeader,
)
from broker.protocol.records.control import ControlType, EndTxnMarker

BATCHES_KEPT = 5
NO_OFFSET = -1
NO_COORDINATOR_EPOCH = -1

_new_tuple = tuple.__new__


class BatchMetadata(NamedTuple):
    """A batch that was stored: sequences and offsets are both inclusive."""

    first_sequence: int
    last_sequence: int
    first_offset: int
    last_offset: int
    timestamp_ms: int


class CompletedTransaction(NamedTuple):
    """A transaction that its marker at `last_offset` ended.

    `last_stable_offset` is what readers of committed records could see up to from then on.
    """

    producer_id: int
    first_offset: int
    last_offset: int
    is_aborted: bool
    last_stable_offset: int


class _Producer:
    __slots__ = (
        "batches",
        "coordinator_epoch",
        "epoch",
        "last_timestamp_ms",
        "next_sequence",
        "txn_first_offset",
    )

    def __init__(self) -> None:
        self.epoch = NO_PRODUCER_EPOCH
        self.batches: list[BatchMetadata] = []  # oldest first
        self.next_sequence = 0
        self.last_timestamp_ms = NO_TIMESTAMP
        self.coordinator_epoch = NO_COORDINATOR_EPOCH
        self.txn_first_offset = NO_OFFSET

    @property
    def last_sequence(self) -> int:
        return self.batches[-1].last_sequence if self.batches else NO_SEQUENCE

    def move_to(self, epoch: int) -> None:
        """A new epoch starts its sequences anew."""
        if epoch != self.epoch:
            self.epoch = epoch
            self.batches.clear()
            self.next_sequence = 0

    def remember(self, batch: BatchMetadata) -> None:
        if len(self.batches) == BATCHES_KEPT:
            del self.batches[0]
        self.batches.append(batch)
        self.next_sequence = (batch[1] + 1) & MAX_SEQUENCE


class ProducerState:
    """The producers of one partition."""

    def __init__(self) -> None:
        self._producers: dict[int, _Producer] = {}
        self._open: dict[int, int] = {}  # first offset of each open transaction, ascending -> producer id
        self._older: Callable[[], Iterable[BatchHeader]] | None = None

    def __len__(self) -> int:
        return len(self._producers)

    @property
    def first_unstable_offset(self) -> int | None:
        """Where the earliest open transaction starts; readers of committed records stop there."""
        return next(iter(self._open), None)

    def check(
        self, header: BatchHeader, *, origin: Origin = Origin.CLIENT, transaction_verified: bool = False
    ) -> BatchMetadata | None:
        """Whether a batch may be appended; if it is a duplicate, where it was stored then.

        Raises: KafkaError, see the table above; nothing is changed by a check.
        """
        producer_id = header.producer_id
        if producer_id == NO_PRODUCER_ID:
            return None
        producer = self._producers.get(producer_id)
        if producer is None:
            if header.is_transactional and not transaction_verified:
                raise _not_in_transaction(header)
            return None
        if (
            header.base_sequence == producer.next_sequence
            and header.producer_epoch == producer.epoch
            and producer.txn_first_offset == NO_OFFSET
            and not header.attributes & TRANSACTIONAL_FLAG
        ):
            return None  # the one that was expected: nearly all are
        if origin is Origin.CLIENT and (duplicate := self._duplicate(producer, header)) is not None:
            return duplicate
        if header.producer_epoch < producer.epoch:
            raise _fenced(header, producer)
        _check_transaction(producer, header, transaction_verified)
        if origin is Origin.CLIENT:
            _check_sequence(producer, header)
        if producer.txn_first_offset != NO_OFFSET and not header.is_transactional:
            raise _not_transactional(header)
        return None

    def update(self, header: BatchHeader) -> None:
        """Remember a data batch that has been stored; `header` is the stored one, with its offsets."""
        producer_id = header.producer_id
        if producer_id == NO_PRODUCER_ID:
            return
        producer = self._producers.get(producer_id)
        if producer is None:
            producer = self._producers[producer_id] = _Producer()
        if producer.epoch != header.producer_epoch:
            producer.move_to(header.producer_epoch)
        producer.remember(_metadata(header))
        producer.last_timestamp_ms = header.max_timestamp
        if header.attributes & TRANSACTIONAL_FLAG and producer.txn_first_offset == NO_OFFSET:
            producer.txn_first_offset = header.base_offset
            self._open[header.base_offset] = producer_id

    def check_marker(self, header: BatchHeader, marker: EndTxnMarker, *, transaction_version: int) -> None:
        """Whether a coordinator's marker may be appended.

        From transaction version 2 on (KIP-890) a marker's epoch is one above its transaction's;
        the same epoch again, with no transaction open, is a marker that is sent once more.

        Raises: KafkaError(INVALID_PRODUCER_EPOCH): of an epoch that is past.
            KafkaError(TRANSACTION_COORDINATOR_FENCED): from a coordinator that is past.
        """
        producer = self._producers.get(header.producer_id)
        if producer is None:
            return
        epoch = header.producer_epoch
        is_past = epoch < producer.epoch or (transaction_version >= 2 and epoch == producer.epoch)
        is_repeated = epoch == producer.epoch and (
            producer.txn_first_offset == NO_OFFSET or epoch == 2**15 - 1
        )
        if is_past and not (transaction_version >= 2 and is_repeated):
            raise _fenced(header, producer)
        if marker.coordinator_epoch < producer.coordinator_epoch:
            raise KafkaError(
                ErrorCode.TRANSACTION_COORDINATOR_FENCED,
                f"Coordinator epoch {marker.coordinator_epoch}, {producer.coordinator_epoch} has been seen.",
            )

    def end_transaction(self, header: BatchHeader, marker: EndTxnMarker) -> CompletedTransaction | None:
        """Remember a marker that has been stored; None if it ended nothing."""
        producer_id = header.producer_id
        producer = self._producers.get(producer_id)
        if producer is None:
            producer = self._producers[producer_id] = _Producer()
        producer.move_to(header.producer_epoch)
        producer.coordinator_epoch = marker.coordinator_epoch
        producer.last_timestamp_ms = marker.timestamp_ms
        first_offset = producer.txn_first_offset
        if first_offset == NO_OFFSET:
            return None
        producer.txn_first_offset = NO_OFFSET
        del self._open[first_offset]
        still_unstable = self.first_unstable_offset
        return CompletedTransaction(
            producer_id=producer_id,
            first_offset=first_offset,
            last_offset=header.base_offset,
            is_aborted=marker.control_type is ControlType.ABORT,
            last_stable_offset=header.base_offset + 1 if still_unstable is None else still_unstable,
        )

    def remove_expired(self, *, now_ms: int, expiration_ms: int) -> int:
        """Forget producers that wrote nothing for so long (`producer.id.expiration.ms`); how many."""
        expired = [
            producer_id
            for producer_id, producer in self._producers.items()
            if producer.txn_first_offset == NO_OFFSET and now_ms - producer.last_timestamp_ms >= expiration_ms
        ]
        for producer_id in expired:
            del self._producers[producer_id]
        return len(expired)

    def active_producers(self) -> list[ActiveProducer]:
        """For DescribeProducers."""
        return [
            ActiveProducer(
                producer_id=producer_id,
                producer_epoch=producer.epoch,
                last_sequence=producer.last_sequence,
                last_timestamp_ms=producer.last_timestamp_ms,
                coordinator_epoch=producer.coordinator_epoch,
                current_txn_start_offset=producer.txn_first_offset,
            )
            for producer_id, producer in self._producers.items()
        ]

    def to_snapshot(self) -> bytes:
        """The contents of a snapshot file; of each producer it keeps the last batch only."""
        return write_snapshot(_to_entry(*item) for item in self._producers.items())

    def load_snapshot(self, data: bytes, *, now_ms: int, expiration_ms: int) -> None:
        """Replace everything by what a snapshot holds, without the producers that have expired since.

        Raises: CorruptFile: nothing is changed then.
        """
        entries = read_snapshot(data)
        self.clear()
        for entry in sorted(entries, key=lambda entry: entry.current_txn_first_offset):
            is_open = entry.current_txn_first_offset >= 0
            if not is_open and now_ms - entry.timestamp_ms >= expiration_ms:
                continue
            self._producers[entry.producer_id] = _from_entry(entry)
            if is_open:
                self._open[entry.current_txn_first_offset] = entry.producer_id

    def _duplicate(self, producer: _Producer, header: BatchHeader) -> BatchMetadata | None:
        if header.producer_epoch != producer.epoch:
            return None
        found = _find(producer, header)
        return _find(producer, header) if found is None and self._recall() else found

    def look_up_older(self, older: Callable[[], Iterable[BatchHeader]]) -> None:
        """A snapshot was taken over: `older` gives batches of the log from before it, in their order. It
        is asked once, by the first `check` that needs it."""
        self._older = older if self._producers else None

    def _recall(self) -> bool:
        """Remember what the snapshot did not tell; whether there was anything to ask."""
        older, self._older = self._older, None
        if older is None:
            return False
        found: dict[int, list[BatchMetadata]] = {}
        for header in older():
            producer = self._producers.get(header.producer_id)
            if (
                producer is not None
                and producer.batches
                and header.next_offset <= producer.batches[0].first_offset
                and header.producer_epoch == producer.epoch
                and not header.is_control
            ):
                found.setdefault(header.producer_id, []).append(_metadata(header))
        for producer_id, batches in found.items():
            producer = self._producers[producer_id]
            producer.batches = [*batches, *producer.batches][-BATCHES_KEPT:]
        return True

    def clear(self) -> None:
        """Know nothing."""
        self._producers.clear()
        self._open.clear()
        self._older = None


def _metadata(header: BatchHeader) -> BatchMetadata:
    first_offset, delta, first = header.base_offset, header.last_offset_delta, header.base_sequence
    last = NO_SEQUENCE if first == NO_SEQUENCE else (first + delta) & MAX_SEQUENCE
    return _new_tuple(BatchMetadata, (first, last, first_offset, first_offset + delta, header.max_timestamp))


def _find(producer: _Producer, header: BatchHeader) -> BatchMetadata | None:
    first, last = header.base_sequence, header.last_sequence
    for batch in producer.batches:
        if batch.first_sequence == first and batch.last_sequence == last:
            return batch
    return None


def _check_transaction(producer: _Producer, header: BatchHeader, verified: bool) -> None:
    if not header.is_transactional or verified:
        return
    if producer.txn_first_offset == NO_OFFSET or producer.epoch != header.producer_epoch:
        raise _not_in_transaction(header)


def _check_sequence(producer: _Producer, header: BatchHeader) -> None:
    if producer.epoch == NO_PRODUCER_EPOCH:
        return
    expected = producer.next_sequence if header.producer_epoch == producer.epoch else 0
    if header.base_sequence != expected:
        raise KafkaError(
            ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
            f"Producer {header.producer_id}, epoch {header.producer_epoch}: "
            f"sequence {header.base_sequence} came, {expected} was expected.",
        )


def _fenced(header: BatchHeader, producer: _Producer) -> KafkaError:
    return KafkaError(
        ErrorCode.INVALID_PRODUCER_EPOCH,
        f"Producer {header.producer_id} writes with epoch {header.producer_epoch}, "
        f"{producer.epoch} has been seen.",
    )


def _not_in_transaction(header: BatchHeader) -> KafkaError:
    return KafkaError(
        ErrorCode.INVALID_TXN_STATE,
        f"Producer {header.producer_id} has no open transaction on this partition.",
    )


def _not_transactional(header: BatchHeader) -> KafkaError:
    return KafkaError(
        ErrorCode.INVALID_TXN_STATE,
        f"Producer {header.producer_id} has an open transaction, this batch is not transactional.",
    )


def _to_entry(producer_id: int, producer: _Producer) -> ProducerEntry:
    last = producer.batches[-1] if producer.batches else None
    return ProducerEntry(
        producer_id=producer_id,
        producer_epoch=producer.epoch,
        last_sequence=last.last_sequence if last else NO_SEQUENCE,
        last_offset=last.last_offset if last else NO_OFFSET,
        offset_delta=last.last_offset - last.first_offset if last else 0,
        timestamp_ms=producer.last_timestamp_ms,
        coordinator_epoch=producer.coordinator_epoch,
        current_txn_first_offset=producer.txn_first_offset,
    )


def _from_entry(entry: ProducerEntry) -> _Producer:
    producer = _Producer()
    producer.epoch = entry.producer_epoch
    producer.last_timestamp_ms = entry.timestamp_ms
    producer.coordinator_epoch = entry.coordinator_epoch
    producer.txn_first_offset = max(entry.current_txn_first_offset, NO_OFFSET)
    if entry.last_offset >= 0:
        first_sequence = (
            NO_SEQUENCE
            if entry.last_sequence == NO_SEQUENCE
            else (entry.last_sequence - entry.offset_delta) & MAX_SEQUENCE
        )
        producer.remember(
            BatchMetadata(
                first_sequence,
                entry.last_sequence,
                entry.last_offset - entry.offset_delta,
                entry.last_offset,
                entry.timestamp_ms,
            )
        )
    return producer
