"""Control batches: the markers with which a transaction coordinator ends a transaction (KIP-98).

A marker is a batch of one record with the transactional and the control flag.
Key: version i16 = 0, type i16 (0 abort, 1 commit). Value: version i16 = 0, coordinator_epoch i32.
A reader takes newer versions for the one it knows, as Kafka's EndTransactionMarker does.
"""

from enum import IntEnum
from struct import Struct
from typing import NamedTuple

from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.records.reader import read_records
from broker.protocol.records.record import Record
from broker.protocol.records.writer import write_batch

_KEY = Struct(">hh")
_VALUE = Struct(">hi")
_MOST_BYTES = 64 * 1024  # a marker has some twenty


class ControlType(IntEnum):
    """What a marker does to its transaction."""

    ABORT = 0
    COMMIT = 1


class EndTxnMarker(NamedTuple):
    """The end of a producer's transaction in one partition."""

    control_type: ControlType
    coordinator_epoch: int
    offset: int
    timestamp_ms: int


def write_end_txn_marker(
    control_type: ControlType,
    *,
    coordinator_epoch: int,
    producer_id: int,
    producer_epoch: int,
    timestamp_ms: int,
    base_offset: int = 0,
    leader_epoch: int = -1,
) -> bytearray:
    """The batch that ends the transaction."""
    record = Record(
        offset=base_offset,
        timestamp_ms=timestamp_ms,
        key=_KEY.pack(0, control_type),
        value=_VALUE.pack(0, coordinator_epoch),
    )
    return write_batch(
        [record],
        base_offset=base_offset,
        producer_id=producer_id,
        producer_epoch=producer_epoch,
        is_transactional=True,
        is_control=True,
        leader_epoch=leader_epoch,
    )


def read_end_txn_marker(batch: memoryview | bytes) -> EndTxnMarker | None:
    """The marker in a control batch; None in one from which compaction took the record.

    Raises: KafkaError(CORRUPT_MESSAGE): a control batch with something else in it.
    """
    for record in read_records(batch, max_bytes=_MOST_BYTES):
        key, value = record.key or b"", record.value or b""
        if len(key) < _KEY.size or len(value) < _VALUE.size:
            raise _corrupt(f"a key of {len(key)} and a value of {len(value)} bytes")
        key_version, control_type = _KEY.unpack_from(key)
        value_version, coordinator_epoch = _VALUE.unpack_from(value)
        if control_type not in ControlType.__members__.values() or key_version < 0 or value_version < 0:
            raise _corrupt(f"type {control_type}, versions {key_version} and {value_version}")
        return EndTxnMarker(ControlType(control_type), coordinator_epoch, record.offset, record.timestamp_ms)
    return None


def _corrupt(found: str) -> KafkaError:
    return KafkaError(ErrorCode.CORRUPT_MESSAGE, f"No transaction marker: {found}.")
