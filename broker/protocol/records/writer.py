"""Write a record batch: for tools, transaction markers, recompression and compaction.

Follows Kafka's MemoryRecordsBuilder: the base timestamp is the first record's, the greatest one
stands in the header.
"""

from collections.abc import Iterable

from broker.protocol.compression import Codec, compress
from broker.protocol.crc32c import crc32c
from broker.protocol.records.batch import (
    CONTROL_FLAG,
    CRC_END,
    CRC_START,
    DELETE_HORIZON_FLAG,
    HEADER,
    HEADER_SIZE,
    LENGTH_END,
    MAGIC,
    NO_PRODUCER_EPOCH,
    NO_PRODUCER_ID,
    NO_SEQUENCE,
    NO_TIMESTAMP,
    TIMESTAMP_TYPE_FLAG,
    TRANSACTIONAL_FLAG,
    TimestampType,
)
from broker.protocol.records.record import Header, Record

_ONE_BYTE = tuple(bytes([raw]) for raw in range(128))
_NULL = _ONE_BYTE[1]


def write_batch(
    records: Iterable[Record],
    *,
    base_offset: int = 0,
    last_offset: int | None = None,
    codec: Codec = Codec.NONE,
    level: int | None = None,
    timestamp_type: TimestampType = TimestampType.CREATE_TIME,
    log_append_time_ms: int = NO_TIMESTAMP,
    producer_id: int = NO_PRODUCER_ID,
    producer_epoch: int = NO_PRODUCER_EPOCH,
    base_sequence: int = NO_SEQUENCE,
    is_transactional: bool = False,
    is_control: bool = False,
    delete_horizon_ms: int | None = None,
    leader_epoch: int = -1,
) -> bytearray:
    """The bytes of one batch, checksum included; `Record.offset` counts from the log's start.

    `last_offset` is for a batch from which compaction took its last records (it keeps the range
    it had), `log_append_time_ms` goes with LOG_APPEND_TIME, `delete_horizon_ms` is the cleaner's.
    """
    kept = list(records)
    if last_offset is None:
        last_offset = kept[-1].offset if kept else base_offset - 1
    base_timestamp = kept[0].timestamp_ms if kept else NO_TIMESTAMP
    max_timestamp = max((record.timestamp_ms for record in kept), default=NO_TIMESTAMP)
    attributes = int(codec)
    if timestamp_type is TimestampType.LOG_APPEND_TIME:
        attributes |= TIMESTAMP_TYPE_FLAG
        max_timestamp = log_append_time_ms
    if is_transactional:
        attributes |= TRANSACTIONAL_FLAG
    if is_control:
        attributes |= CONTROL_FLAG
    if delete_horizon_ms is not None:
        attributes |= DELETE_HORIZON_FLAG
        base_timestamp = delete_horizon_ms

    body = encode_records(kept, base_offset=base_offset, base_timestamp=base_timestamp)
    if codec is not Codec.NONE:
        body = compress(codec, body, level)
    batch = bytearray(HEADER_SIZE + len(body))
    batch[HEADER_SIZE:] = body
    HEADER.pack_into(
        batch,
        0,
        base_offset,
        len(batch) - LENGTH_END,
        leader_epoch,
        MAGIC,
        0,
        attributes,
        last_offset - base_offset,
        base_timestamp,
        max_timestamp,
        producer_id,
        producer_epoch,
        base_sequence,
        len(kept),
    )
    batch[CRC_START:CRC_END] = crc32c(memoryview(batch)[CRC_END:]).to_bytes(4, "big")
    return batch


def encode_records(records: Iterable[Record], *, base_offset: int, base_timestamp: int) -> bytes:
    """The records as they stand in a batch, uncompressed."""
    parts: list[bytes] = []
    for offset, timestamp, key, value, headers, attributes in records:
        body = b"".join(
            (
                _ONE_BYTE[attributes] if attributes < 128 else bytes([attributes]),
                encode_integer(timestamp - base_timestamp),
                encode_integer(offset - base_offset),
                _NULL if key is None else encode_integer(len(key)) + key,
                _NULL if value is None else encode_integer(len(value)) + value,
                _encode_headers(headers) if headers else _ONE_BYTE[0],
            )
        )
        parts.append(encode_integer(len(body)))
        parts.append(body)
    return b"".join(parts)


def encode_integer(value: int) -> bytes:
    """Zigzag, seven bits to a byte, lowest first."""
    raw = value << 1 if value >= 0 else ~(value << 1)
    if raw < 128:
        return _ONE_BYTE[raw]
    if raw < 16384:
        return bytes((raw & 127 | 128, raw >> 7))
    encoded = bytearray()
    while raw > 127:
        encoded.append(raw & 127 | 128)
        raw >>= 7
    encoded.append(raw)
    return bytes(encoded)


def _encode_headers(headers: tuple[Header, ...]) -> bytes:
    parts = [encode_integer(len(headers))]
    for name, value in headers:
        key = name.encode("utf-8", "surrogateescape")
        parts += (encode_integer(len(key)), key)
        parts += (_NULL,) if value is None else (encode_integer(len(value)), value)
    return b"".join(parts)
