"""A data directory as Apache Kafka writes it, made by hand: what tests of `kawa import` read."""

from collections.abc import Sequence
from pathlib import Path

from broker.log.partition_metadata import write_partition_metadata
from broker.protocol.codec import encode
from broker.protocol.kafka_records import METADATA_RECORDS, OffsetCommitKey, OffsetCommitValue
from broker.protocol.records.record import Record
from broker.protocol.records.writer import write_batch

METADATA_ID = bytes(15) + b"\1"
OFFSETS_ID = b"o" * 16
NOW_MS = 1_700_000_000_000


def framed(record: object, version: int) -> bytes:
    kind = next(number for number, cls in METADATA_RECORDS.items() if cls is type(record))
    return bytes([1, kind, version]) + b"".join(map(bytes, encode(record, version)))


def metadata_batch(*records: object, base_offset: int = 0) -> bytes:
    values = [framed(record, 0) for record in records]
    return batch([(None, value) for value in values], base_offset=base_offset)


def commit_of(group: str, topic: str, partition: int, offset: int | None) -> tuple[bytes, bytes | None]:
    """Key and value; without an offset a tombstone."""
    key = OffsetCommitKey(group=group, topic=topic, partition=partition)
    packed = b"\0\1" + b"".join(map(bytes, encode(key, 0)))
    if offset is None:
        return packed, None
    value = OffsetCommitValue(offset=offset, leader_epoch=3, metadata="note", commit_timestamp=NOW_MS)
    return packed, b"\0\3" + b"".join(map(bytes, encode(value, 3)))


def batch(
    pairs: Sequence[tuple[bytes | None, bytes | None]],
    *,
    base_offset: int = 0,
    producer_id: int = -1,
    is_transactional: bool = False,
    leader_epoch: int = 0,
) -> bytes:
    records = [
        Record(base_offset + index, NOW_MS, key, value, ()) for index, (key, value) in enumerate(pairs)
    ]
    return bytes(
        write_batch(
            records,
            base_offset=base_offset,
            producer_id=producer_id,
            producer_epoch=0 if producer_id >= 0 else -1,
            base_sequence=0 if producer_id >= 0 else -1,
            is_transactional=is_transactional,
            leader_epoch=leader_epoch,
        )
    )


def partition(folder: Path, name: str, topic_id: bytes, *batches: bytes, start: int = 0) -> Path:
    directory = folder / name
    directory.mkdir(parents=True)
    (directory / f"{start:020}.log").write_bytes(b"".join(batches))
    (directory / "partition.metadata").write_bytes(write_partition_metadata(topic_id))
    return directory
