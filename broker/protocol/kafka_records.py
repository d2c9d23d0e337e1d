"""What Apache Kafka keeps in `__cluster_metadata` and `__consumer_offsets`, as far as Kawa takes it over.

    metadata, value:  frame version varint = 1, type varint, version varint, the record
    offsets, key:     version i16 (which is the type), the record; value: version i16, the record

Fields that nobody here asks for stand in the declarations, since what follows them could not be found.
"""

from __future__ import annotations

from typing import TypeVar

from broker.protocol.codec import decode
from broker.protocol.errors import MalformedRequest
from broker.protocol.message import Int8, Int16, Int32, Int64, String, Uuid, field, stored
from broker.protocol.uuids import ZERO_UUID
from broker.protocol.varints import longer_varint

T = TypeVar("T")

FRAME_VERSION = 1
OFFSET_COMMIT_KEYS = (0, 1)
"""Both have the same fields."""


@stored(versions="0", flexible="0+")
class TopicRecord:
    name: String
    topic_id: Uuid


@stored(versions="0-2", flexible="0+")
class PartitionRecord:
    partition_id: Int32
    topic_id: Uuid
    replicas: list[Int32]
    isr: list[Int32]
    removing_replicas: list[Int32]
    adding_replicas: list[Int32]
    leader: Int32
    leader_recovery_state: Int8 = field("0+", tag=0, default=0)
    leader_epoch: Int32
    partition_epoch: Int32
    directories: list[Uuid] = field("1+", default=[])


@stored(versions="0", flexible="0+")
class ConfigRecord:
    """`value` None: it is not set any more."""

    resource_type: Int8
    resource_name: String
    name: String
    value: String | None


@stored(versions="0-2", flexible="0+")
class PartitionChangeRecord:
    """`leader` -2: it has not changed; otherwise the leader epoch rises by one."""

    partition_id: Int32
    topic_id: Uuid
    isr: list[Int32] | None = field("0+", tag=0, default=None)
    leader: Int32 = field("0+", tag=1, default=-2)


@stored(versions="0", flexible="0+")
class RemoveTopicRecord:
    topic_id: Uuid


@stored(versions="0", flexible="0+")
class ProducerIdsRecord:
    broker_id: Int32
    broker_epoch: Int64
    next_producer_id: Int64


@stored(versions="0", flexible="0+")
class BeginTransactionRecord:
    """What follows counts when its end comes."""

    name: String | None = field("0+", tag=0, nullable="0+", default=None)


@stored(versions="0", flexible="0+")
class EndTransactionRecord:
    """What stands since the beginning counts."""


@stored(versions="0", flexible="0+")
class AbortTransactionRecord:
    """What stands since the beginning does not count."""

    reason: String | None = field("0+", tag=0, nullable="0+", default=None)


@stored(versions="0", flexible="none")
class OffsetCommitKey:
    group: String
    topic: String
    partition: Int32


@stored(versions="0-4", flexible="4+")
class OffsetCommitValue:
    offset: Int64
    leader_epoch: Int32 = field("3+", default=-1)
    metadata: String
    commit_timestamp: Int64
    expire_timestamp: Int64 = field("1", default=-1)
    topic_id: Uuid = field("4+", tag=0, default=ZERO_UUID)


METADATA_RECORDS: dict[int, type] = {
    2: TopicRecord,
    3: PartitionRecord,
    4: ConfigRecord,
    5: PartitionChangeRecord,
    9: RemoveTopicRecord,
    15: ProducerIdsRecord,
    23: BeginTransactionRecord,
    24: EndTransactionRecord,
    25: AbortTransactionRecord,
}
"""By their types."""


def read_metadata_record(value: bytes) -> object | None:
    """The record; None: of a type that Kawa does not take over.

    Raises: MalformedRequest: no such record, or a version that Kafka 4.3 has not got.
    """
    try:
        frame_version, position = _varint(value, 0)
        kind, position = _varint(value, position)
        version, position = _varint(value, position)
    except (IndexError, ValueError) as error:
        raise MalformedRequest(f"metadata record: {error}") from error
    if frame_version != FRAME_VERSION:
        raise MalformedRequest(f"metadata record: frame version {frame_version}, wanted {FRAME_VERSION}")
    cls = METADATA_RECORDS.get(kind)
    return None if cls is None else _decode(cls, version, value, position)


def read_offset_key(key: bytes) -> OffsetCommitKey | None:
    """None: the key of something else than a committed offset. Raises: MalformedRequest."""
    if _int16(key) not in OFFSET_COMMIT_KEYS:
        return None
    return _decode(OffsetCommitKey, 0, key, 2)


def read_offset_value(value: bytes) -> OffsetCommitValue:
    """Raises: MalformedRequest."""
    return _decode(OffsetCommitValue, _int16(value), value, 2)


def _decode(cls: type[T], version: int, data: bytes, position: int) -> T:
    lowest, highest = cls.VERSIONS  # type: ignore[attr-defined]
    if not lowest <= version <= highest:
        raise MalformedRequest(f"{cls.__name__} of version {version}, known are {lowest} to {highest}")
    return decode(cls, version, memoryview(data)[position:])


def _int16(data: bytes) -> Int16:
    if len(data) < 2:
        raise MalformedRequest(f"a record of {len(data)} bytes has no version")
    return int.from_bytes(data[:2], "big", signed=True)


def _varint(data: bytes, position: int) -> tuple[int, int]:
    first = data[position]
    return (first, position + 1) if first < 128 else longer_varint(data, position + 1, first)
