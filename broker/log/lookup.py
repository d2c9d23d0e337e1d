"""Finding a record by its timestamp: indexes narrow it down, the batch itself has the last word.

A batch whose inside cannot be read is taken for what its header says: its greatest timestamp, at its
first offset, so that nobody who reads on from there misses a record. It never stops a look-up.

Follows Kafka's LogSegment.findOffsetByTimestamp and KIP-734.
"""

from collections.abc import Callable, Sequence

from broker.log.engine import TimestampOffset
from broker.log.segment import Found, Segment
from broker.log.validation import UNFOLDED_BYTES
from broker.protocol.errors import KafkaError
from broker.protocol.records.reader import read_records

Unreadable = Callable[[int, KafkaError], None]
"""Is told the base offset of a batch that could not be read, and why."""


def find_timestamp(
    segments: Sequence[Segment], timestamp_ms: int, *, start_offset: int, unreadable: Unreadable
) -> TimestampOffset | None:
    """The first record from `start_offset` on whose timestamp is at least `timestamp_ms`."""
    for segment in segments:
        if segment.greatest_timestamp.timestamp_ms < timestamp_ms:
            continue
        position = segment.position_of(start_offset)
        if position is None:
            continue
        for found in segment.scan(max(position, segment.position_before_timestamp(timestamp_ms))):
            if found.header.max_timestamp >= timestamp_ms:
                record = _first(segment, found, timestamp_ms, start_offset, unreadable)
                if record is not None:
                    return record
    return None


def find_max_timestamp(
    segments: Sequence[Segment], *, start_offset: int, unreadable: Unreadable
) -> TimestampOffset | None:
    """The first record from `start_offset` on with the greatest timestamp."""
    best: TimestampOffset | None = None
    for segment in segments:
        if segment.base_offset < start_offset:
            best = _greatest_from(segment, start_offset, unreadable)
        elif best is None or segment.greatest_timestamp.timestamp_ms > best.timestamp_ms:
            found = segment.find(segment.greatest_timestamp.offset) if segment.size_bytes else None
            record = None if found is None else _greatest(segment, found, start_offset, unreadable)
            if record is not None and (best is None or record.timestamp_ms > best.timestamp_ms):
                best = record
    return best


def _greatest_from(segment: Segment, start_offset: int, unreadable: Unreadable) -> TimestampOffset | None:
    """Where the log begins within a segment its index does not tell: the batches do."""
    position = segment.position_of(start_offset)
    best: TimestampOffset | None = None
    for found in () if position is None else segment.scan(position):
        if best is None or found.header.max_timestamp > best.timestamp_ms:
            record = _greatest(segment, found, start_offset, unreadable)
            if record is not None and (best is None or record.timestamp_ms > best.timestamp_ms):
                best = record
    return best


def _first(
    segment: Segment, found: Found, timestamp_ms: int, start_offset: int, unreadable: Unreadable
) -> TimestampOffset | None:
    epoch = found.header.partition_leader_epoch
    try:
        for record in read_records(segment.read_batch(found), max_bytes=UNFOLDED_BYTES):
            if record.timestamp_ms >= timestamp_ms and record.offset >= start_offset:
                return TimestampOffset(record.timestamp_ms, record.offset, epoch)
    except KafkaError as error:
        return _as_header_says(found, start_offset, error, unreadable)
    return None


def _greatest(
    segment: Segment, found: Found, start_offset: int, unreadable: Unreadable
) -> TimestampOffset | None:
    epoch = found.header.partition_leader_epoch
    best: TimestampOffset | None = None
    try:
        for record in read_records(segment.read_batch(found), max_bytes=UNFOLDED_BYTES):
            if record.offset >= start_offset and (best is None or record.timestamp_ms > best.timestamp_ms):
                best = TimestampOffset(record.timestamp_ms, record.offset, epoch)
    except KafkaError as error:
        return _as_header_says(found, start_offset, error, unreadable)
    return best


def _as_header_says(
    found: Found, start_offset: int, error: KafkaError, unreadable: Unreadable
) -> TimestampOffset:
    header = found.header
    unreadable(header.base_offset, error)
    offset = max(header.base_offset, start_offset)
    return TimestampOffset(header.max_timestamp, offset, header.partition_leader_epoch)
