"""Finding a record by its timestamp: indexes narrow it down, the batch itself has the last word.

A batch whose inside cannot be read is taken for what its header says: its greatest timestamp, at its
last offset. It never stops a look-up.

Follows Kafka's LogSegment.findOffsetByTimestamp and KIP-734.
"""

from collections.abc import Sequence

from broker.log.engine import TimestampOffset
from broker.log.segment import Found, Segment
from broker.log.validation import UNFOLDED_BYTES
from broker.protocol.errors import KafkaError
from broker.protocol.records.reader import read_records


def find_timestamp(
    segments: Sequence[Segment], timestamp_ms: int, start_offset: int
) -> TimestampOffset | None:
    """The first record from `start_offset` on whose timestamp is at least `timestamp_ms`."""
    for segment in segments:
        if segment.greatest_timestamp_ms < timestamp_ms:
            continue
        first = max(segment.times.offset_before(timestamp_ms), start_offset)
        position = segment.position_of(first)
        if position is None:
            continue
        for found in segment.scan(position):
            if found.header.max_timestamp < timestamp_ms:
                continue
            record = first_record(segment, found, timestamp_ms, start_offset)
            if record is not None:
                return record
    return None


def find_max_timestamp(segments: Sequence[Segment], start_offset: int) -> TimestampOffset | None:
    """The first record with the greatest timestamp."""
    best: tuple[Segment, Found] | None = None
    for segment in segments:
        if best is not None and segment.greatest_timestamp_ms <= best[1].header.max_timestamp:
            continue
        for found in segment.scan(segment.position_of(max(start_offset, segment.base_offset)) or 0):
            if best is None or found.header.max_timestamp > best[1].header.max_timestamp:
                best = segment, found
    if best is None:
        return None
    segment, found = best
    return first_record(segment, found, found.header.max_timestamp, start_offset)


def first_record(
    segment: Segment, found: Found, timestamp_ms: int, start_offset: int
) -> TimestampOffset | None:
    header = found.header
    epoch = header.partition_leader_epoch
    try:
        for record in read_records(segment.read_batch(found), max_bytes=UNFOLDED_BYTES):
            if record.timestamp_ms >= timestamp_ms and record.offset >= start_offset:
                return TimestampOffset(record.timestamp_ms, record.offset, epoch)
    except KafkaError:
        return TimestampOffset(header.max_timestamp, header.last_offset, epoch)
    return None
