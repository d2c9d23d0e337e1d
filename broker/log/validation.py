"""What a batch must satisfy before it is stored, in Kafka's order and with Kafka's codes.

| found | code |
| --- | --- |
| no batch, several batches, an older format | INVALID_RECORD |
| an unknown codec | UNSUPPORTED_COMPRESSION_TYPE |
| larger than max.message.bytes, before or after recompression | MESSAGE_TOO_LARGE |
| wrong checksum, impossible length | CORRUPT_MESSAGE |
| from a client: base offset not 0, offsets that do not fit the count, a control batch, a producer id
without a sequence | INVALID_RECORD |
| transactional, where transactions are not allowed | INVALID_TXN_STATE |
| a record without key in a compacted topic | INVALID_RECORD, with the records at fault |
| a timestamp beyond the topic's limits | INVALID_TIMESTAMP |
| a claim of LogAppendTime, where the topic stamps records or one has no time | INVALID_TIMESTAMP |
| larger than segment.bytes | RECORD_LIST_TOO_LARGE |

A plain batch is judged by its header and checksum alone. Records are walked where the topic is
compacted or a timestamp in the header breaks a limit. A claim of LogAppendTime that is not refused
is taken away: the records then all have the batch's time.

Follows Kafka's ProduceRequest.validateRecords, UnifiedLog.analyzeAndValidateRecords, LogValidator.

Differences from Apache Kafka: what stands behind the header of a plain batch is not opened: records
that cannot be read or decompressed, or are not as many as the header says, are stored, timestamps
that the header does not show are not checked, and offset deltas stay as they were sent; what
decompresses to more than the largest request is refused (MESSAGE_TOO_LARGE).
"""

from typing import NamedTuple

from broker.log.engine import Origin
from broker.protocol.compression import CODECS, Codec, compress
from broker.protocol.crc32c import crc32c
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.records.batch import (
    CODEC_MASK,
    CONTROL_FLAG,
    CRC_END,
    HEADER_SIZE,
    LENGTH_END,
    MAGIC,
    NO_PRODUCER_ID,
    NO_TIMESTAMP,
    TIMESTAMP_TYPE_FLAG,
    TRANSACTIONAL_FLAG,
    BatchHeader,
    replace_header,
    stamp_log_append_time,
)
from broker.protocol.records.reader import iterate_records, read_body
from broker.settings.topic import TopicConfig

UNFOLDED_BYTES = 100 * 1024 * 1024
"""Records that must be decompressed may not be larger than this, the default limit of a request:
sent uncompressed they would have been refused there."""

_LEAST_LENGTH = 14  # of the oldest format; shorter ones are no batch of any format
_MAGIC_POSITION = 16


class ValidBatch(NamedTuple):
    """A batch that may be stored: a view of the sender's bytes, or a recompressed copy.

    `log_append_time_ms` is -1 unless the topic stamps records itself.
    """

    batch: memoryview
    header: BatchHeader
    log_append_time_ms: int


def validate(
    records: memoryview,
    *,
    config: TopicConfig,
    now_ms: int,
    origin: Origin = Origin.CLIENT,
    transactions_allowed: bool = False,
    max_unfolded_bytes: int = UNFOLDED_BYTES,
) -> ValidBatch:
    """Check the one batch in `records`, which is writable, and bring it to the form it is stored in.

    Base offset and leader epoch are the caller's to set. Raises: KafkaError, see the table above.
    """
    batch, header = single_batch(records)
    attributes = header.attributes
    is_client = origin is Origin.CLIENT
    if is_client and header.base_offset != 0:
        raise _invalid(f"The base offset is {header.base_offset}, a producer's is 0.")
    _check_bytes(batch, header, config)
    if is_client:
        _check_client_batch(header)
    if attributes & TRANSACTIONAL_FLAG and not transactions_allowed:
        raise KafkaError(ErrorCode.INVALID_TXN_STATE, "This broker does not take part in transactions.")

    stamps = config.message_timestamp_type == "LogAppendTime"
    is_compacted = "compact" in config.cleanup_policy
    if (
        is_compacted
        or header.attributes & TIMESTAMP_TYPE_FLAG
        or (not stamps and _is_late(header, config, now_ms))
    ):
        header = _check_records(batch, header, config, now_ms, max_unfolded_bytes)
    if config.compression_type != "producer":
        batch, header = _recompress(batch, header, config, max_unfolded_bytes)
    if stamps:
        header = stamp_log_append_time(batch, now_ms)
    if len(batch) > config.segment_size_bytes:
        raise KafkaError(
            ErrorCode.RECORD_LIST_TOO_LARGE,
            f"A batch of {len(batch)} bytes exceeds segment.bytes = {config.segment_size_bytes}.",
        )
    return ValidBatch(batch, header, now_ms if stamps else NO_TIMESTAMP)


def single_batch(records: memoryview) -> tuple[memoryview, BatchHeader]:
    """The one batch in `records`; an incomplete second one is cut off, as Kafka does.

    Raises: KafkaError(INVALID_RECORD): none, more than one, or of an older format.
        KafkaError(CORRUPT_MESSAGE): no batch of any format.
    """
    if len(records) >= HEADER_SIZE:
        header = BatchHeader.parse(records)
        if header.magic == MAGIC and header.batch_length == len(records) - LENGTH_END:
            return records, header
    size = _next_batch_size(records)
    if size is None:
        raise _invalid(f"There is no complete record batch in {len(records)} bytes.")
    if records[_MAGIC_POSITION] != MAGIC:
        raise _invalid(f"Record format {records[_MAGIC_POSITION]} is not supported, only {MAGIC}.")
    if _next_batch_size(records[size:]) is not None:
        raise _invalid("There is more than one record batch.")
    return records[:size], BatchHeader.parse(records)


def _next_batch_size(records: memoryview) -> int | None:
    """Bytes of the batch at the start; None where it is not complete."""
    if len(records) < _MAGIC_POSITION + 1:
        return None
    length = int.from_bytes(records[8:LENGTH_END], "big", signed=True)
    magic = records[_MAGIC_POSITION]
    least = HEADER_SIZE - LENGTH_END if magic == MAGIC else _LEAST_LENGTH
    if length < least or magic > MAGIC:
        raise KafkaError(
            ErrorCode.CORRUPT_MESSAGE, f"No record batch has a length of {length} and format {magic}."
        )
    return LENGTH_END + length if LENGTH_END + length <= len(records) else None


def _check_bytes(batch: memoryview, header: BatchHeader, config: TopicConfig) -> None:
    _check_size(header, config)
    if crc32c(batch[CRC_END:]) != header.crc:
        raise KafkaError(ErrorCode.CORRUPT_MESSAGE, f"The checksum of the batch is not {header.crc:#010x}.")
    if header.attributes & CODEC_MASK >= len(CODECS):
        raise KafkaError(
            ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, f"There is no codec {header.attributes & CODEC_MASK}."
        )


def _check_size(header: BatchHeader, config: TopicConfig) -> None:
    if header.size_bytes > config.max_message_bytes:
        raise KafkaError(
            ErrorCode.MESSAGE_TOO_LARGE,
            f"A batch of {header.size_bytes} bytes exceeds max.message.bytes = {config.max_message_bytes}.",
        )


def _check_client_batch(header: BatchHeader) -> None:
    count = header.record_count
    if count <= 0 or count != header.last_offset_delta + 1:
        raise _invalid(f"{count} records do not fit a last offset delta of {header.last_offset_delta}.")
    if header.attributes & CONTROL_FLAG:
        raise _invalid("Clients may not write control batches.")
    if header.base_sequence < 0 and header.producer_id > NO_PRODUCER_ID:
        raise _invalid(f"Producer id {header.producer_id} comes with sequence {header.base_sequence}.")


def _is_late(header: BatchHeader, config: TopicConfig, now_ms: int) -> bool:
    """Whether a timestamp that the header shows is beyond the limits, on either side."""
    earliest = now_ms - config.message_timestamp_before_max_ms
    latest = now_ms + config.message_timestamp_after_max_ms
    first, greatest = header.base_timestamp, header.max_timestamp
    return (greatest != NO_TIMESTAMP and not earliest <= greatest <= latest) or (
        first != NO_TIMESTAMP and not earliest <= first <= latest
    )


def _check_records(
    batch: memoryview, header: BatchHeader, config: TopicConfig, now_ms: int, max_unfolded_bytes: int
) -> BatchHeader:
    """Judge record by record; afterwards the header tells the true greatest timestamp."""
    wants_keys = "compact" in config.cleanup_policy
    stamps = config.message_timestamp_type == "LogAppendTime"
    claims_stamp = bool(header.attributes & TIMESTAMP_TYPE_FLAG)
    earliest = now_ms - config.message_timestamp_before_max_ms
    latest = now_ms + config.message_timestamp_after_max_ms
    code = ErrorCode.INVALID_RECORD
    errors: list[tuple[int, str]] = []
    greatest = NO_TIMESTAMP
    try:
        body = read_body(batch, header, max_bytes=max_unfolded_bytes)
        for index, record in enumerate(iterate_records(body, header)):
            timestamp = record.timestamp_ms
            greatest = max(greatest, timestamp)
            if wants_keys and record.key is None:
                errors.append((index, "A compacted topic takes no record without a key."))
            elif claims_stamp and (stamps or timestamp == NO_TIMESTAMP):
                code = ErrorCode.INVALID_TIMESTAMP
                errors.append((index, "A producer may not claim LogAppendTime."))
            elif not stamps and timestamp != NO_TIMESTAMP and not earliest <= timestamp <= latest:
                code = ErrorCode.INVALID_TIMESTAMP
                errors.append((index, f"Timestamp {timestamp} is not within [{earliest}, {latest}]."))
    except KafkaError as error:
        if error.code is ErrorCode.CORRUPT_MESSAGE:  # the checksum is right: sending it again will not help
            raise _invalid(error.message) from error
        raise
    if errors:
        raise KafkaError(
            code, f"{len(errors)} of {header.record_count} records are refused.", record_errors=tuple(errors)
        )
    attributes = header.attributes & ~TIMESTAMP_TYPE_FLAG
    if greatest == header.max_timestamp and attributes == header.attributes:
        return header
    return replace_header(batch, header._replace(max_timestamp=greatest, attributes=attributes))


def _recompress(
    batch: memoryview, header: BatchHeader, config: TopicConfig, max_unfolded_bytes: int
) -> tuple[memoryview, BatchHeader]:
    """Bring the records to the topic's codec; they stay what they were, byte for byte."""
    target = target_codec(config)
    source = header.codec
    if source is target or (source is Codec.NONE and header.is_control):
        return batch, header
    try:
        body = read_body(batch, header, max_bytes=max_unfolded_bytes)
    except KafkaError as error:
        if error.code is ErrorCode.CORRUPT_MESSAGE:
            raise _invalid(error.message) from error
        raise
    body = compress(target, body, _level(target, config))
    recompressed = memoryview(bytearray(HEADER_SIZE + len(body)))
    recompressed[HEADER_SIZE:] = body
    header = replace_header(
        recompressed,
        header._replace(
            batch_length=len(recompressed) - LENGTH_END,
            attributes=header.attributes & ~CODEC_MASK | target,
        ),
    )
    _check_size(header, config)
    return recompressed, header


def target_codec(config: TopicConfig) -> Codec:
    """The codec of a topic whose compression.type is not "producer"."""
    name = config.compression_type
    return Codec.NONE if name == "uncompressed" else Codec[name.upper()]


def _level(codec: Codec, config: TopicConfig) -> int | None:
    if codec is Codec.GZIP:
        return config.compression_gzip_level
    if codec is Codec.LZ4:
        return config.compression_lz4_level
    if codec is Codec.ZSTD:
        return config.compression_zstd_level
    return None


def _invalid(message: str) -> KafkaError:
    return KafkaError(ErrorCode.INVALID_RECORD, message)
