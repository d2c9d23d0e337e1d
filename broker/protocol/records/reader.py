"""Read the records of a batch.

    record: length varint, attributes i8, timestamp_delta varlong, offset_delta varint,
            key_length varint (-1: null), key, value_length varint, value,
            header_count varint, (key_length varint, key, value_length varint, value)*

Integers are zigzag-encoded, seven bits to a byte, lowest first. Every length is checked against
the bytes that are there: whatever the bytes, a reader gets records or KafkaError(CORRUPT_MESSAGE).

Follows Kafka's DefaultRecord; where that computes in 32 or 64 bits and wraps, so does this.
"""

from collections.abc import Iterator

from broker.protocol.compression import decompress
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.records.batch import HEADER_SIZE, BatchHeader, TimestampType
from broker.protocol.records.record import Header, Record

_INT64_HALF, _INT64_SPAN = 1 << 63, 1 << 64
_INT32_MASK, _INT64_MASK = (1 << 32) - 1, (1 << 64) - 1
_SAFE_TIMESTAMP = 1 << 62  # from a base within it, deltas of one or two bytes stay within 64 bits
_GREATEST_BASE_OFFSET = _INT64_HALF - (1 << 32)
_NO_HEADERS: tuple[Header, ...] = ()
_new_tuple = tuple.__new__


def read_records(view: memoryview | bytes, *, max_bytes: int) -> Iterator[Record]:
    """The records of the one batch in `view`; its checksum is not looked at.

    `max_bytes` bounds what compressed records may unfold to. Keys and values are copies.
    Raises: KafkaError(CORRUPT_MESSAGE): not a readable batch; the records before the fault have
        been given. KafkaError(MESSAGE_TOO_LARGE): more than `max_bytes`.
    """
    header = BatchHeader.parse(view)
    return iterate_records(read_body(view, header, max_bytes=max_bytes), header)


def read_body(view: memoryview | bytes, header: BatchHeader, *, max_bytes: int) -> bytes:
    """The bytes of a batch's records, decompressed."""
    if not HEADER_SIZE <= header.size_bytes <= len(view):
        raise _corrupt(f"it claims {header.size_bytes} bytes, {len(view)} are there")
    if header.record_count == 0:  # compaction has taken them all
        return b""
    body = memoryview(view)[HEADER_SIZE : header.size_bytes]
    return decompress(header.codec, body, max_bytes=max_bytes)


def iterate_records(data: bytes, header: BatchHeader) -> Iterator[Record]:  # noqa: C901
    """Records from the decompressed bytes behind `header`.

    One loop without calls for integers of one or two bytes, which nearly all are: a call for
    each of the six would double the time.
    """
    _check_header(header)
    base_offset, base_timestamp = header.base_offset, header.base_timestamp
    stamped = header.timestamp_type is TimestampType.LOG_APPEND_TIME
    may_wrap = not -_SAFE_TIMESTAMP <= base_timestamp <= _SAFE_TIMESTAMP
    size, position = len(data), 0
    try:
        for _ in range(header.record_count):
            raw = data[position]
            position += 1
            if raw > 127:
                high = data[position]
                raw, position = (
                    (raw & 127 | high << 7, position + 1) if high < 128 else _go_on(data, position)
                )
            end = position + (raw >> 1)
            if raw & 1 or end > size:
                raise _corrupt(f"a record before byte {position} claims to end at {end} of {size}")
            attributes, raw = data[position], data[position + 1]
            position += 2
            if raw > 127:
                high = data[position]
                raw, position = (
                    (raw & 127 | high << 7, position + 1) if high < 128 else _go_on(data, position, 63)
                )
            timestamp = base_timestamp + ((raw >> 1) ^ -(raw & 1))
            if raw > 16383 or may_wrap:
                timestamp = (timestamp + _INT64_HALF) % _INT64_SPAN - _INT64_HALF

            raw = data[position]
            position += 1
            if raw > 127:
                high = data[position]
                raw, position = (
                    (raw & 127 | high << 7, position + 1) if high < 128 else _go_on(data, position)
                )
            offset = base_offset + ((raw >> 1) ^ -(raw & 1))

            key, value, headers = None, None, _NO_HEADERS
            raw = data[position]
            position += 1
            if raw > 127:
                raw, position = _go_on(data, position)
            if not raw & 1:
                start, position = position, position + (raw >> 1)
                key = data[start:position]

            raw = data[position]
            position += 1
            if raw > 127:
                high = data[position]
                raw, position = (
                    (raw & 127 | high << 7, position + 1) if high < 128 else _go_on(data, position)
                )
            if not raw & 1:
                start, position = position, position + (raw >> 1)
                value = data[start:position]

            if data[position]:
                headers, position = _read_headers(data, position, end)
            else:
                position += 1
            if position != end:
                raise _corrupt(f"a record that claims to end at byte {end} ends at {position}")
            if stamped:
                timestamp = header.max_timestamp
            yield _new_tuple(Record, (offset, timestamp, key, value, headers, attributes))
    except IndexError:
        raise _corrupt("a record is cut off") from None
    if position != size:
        raise _corrupt(f"{size - position} bytes are left after {header.record_count} records")


def _check_header(header: BatchHeader) -> None:
    if header.record_count < 0:
        raise _corrupt(f"it claims {header.record_count} records")
    if not 0 <= header.base_offset <= _GREATEST_BASE_OFFSET:
        raise _corrupt(f"its base offset is {header.base_offset}")


def _go_on(data: bytes, position: int, last_shift: int = 28) -> tuple[int, int]:
    """An integer whose second byte is at `position`: its raw value, and what follows it.

    `last_shift` is where the last byte may start: at bit 28 of 32, or 63 of 64.
    """
    raw, shift = data[position - 1] & 127, 7
    while (byte := data[position]) > 127:
        raw |= (byte & 127) << shift
        shift += 7
        position += 1
        if shift > last_shift:
            raise _corrupt(f"the integer before byte {position} does not end")
    raw |= byte << shift
    return raw & (_INT32_MASK if last_shift == 28 else _INT64_MASK), position + 1


def _read_integer(data: bytes, position: int) -> tuple[int, int]:
    raw = data[position]
    position += 1
    if raw > 127:
        raw, position = _go_on(data, position)
    return (raw >> 1) ^ -(raw & 1), position


def _read_headers(data: bytes, position: int, end: int) -> tuple[tuple[Header, ...], int]:
    count, position = _read_integer(data, position)
    if not 0 <= count <= end - position:
        raise _corrupt(f"{count} record headers in {end - position} bytes")
    headers: list[Header] = []
    for _ in range(count):
        size, start = _read_integer(data, position)
        position = start + size
        if size < 0 or position > end:
            raise _corrupt(f"a record header's key of {size} bytes at byte {start}")
        key = data[start:position].decode("utf-8", "surrogateescape")
        size, position = _read_integer(data, position)
        if size < 0:
            headers.append((key, None))
            continue
        headers.append((key, data[position : position + size]))
        position += size
        if position > end:
            raise _corrupt(f"a record header's value of {size} bytes reaches beyond its record")
    return tuple(headers), position


def _corrupt(reason: str) -> KafkaError:
    return KafkaError(ErrorCode.CORRUPT_MESSAGE, f"The record batch is damaged: {reason}.")
