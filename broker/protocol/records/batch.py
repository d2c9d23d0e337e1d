"""The header of a record batch (format v2, "magic 2"), read and patched without touching the records.

    base_offset i64   batch_length i32   partition_leader_epoch i32   magic i8   crc u32
    attributes i16    last_offset_delta i32   base_timestamp i64   max_timestamp i64
    producer_id i64   producer_epoch i16   base_sequence i32   record_count i32   records ...

`batch_length` counts what follows it. The CRC32C covers everything from `attributes` to the end,
so base offset and leader epoch can be set without a new one. Attributes: bits 0-2 codec, 3
timestamp type, 4 transactional, 5 control, 6 delete horizon (base_timestamp holds it; KIP-534).

Follows Kafka's DefaultRecordBatch.
"""

from collections.abc import Iterator
from enum import IntEnum
from struct import Struct, error
from typing import NamedTuple

from broker.protocol.compression import CODECS, Codec
from broker.protocol.crc32c import crc32c
from broker.protocol.errors import ErrorCode, KafkaError

HEADER_SIZE = 61
LENGTH_END = 12  # base_offset and batch_length, which batch_length does not count
CRC_START = 17
CRC_END = 21  # the checksum covers the batch from here
MAGIC = 2

NO_PRODUCER_ID = -1
NO_PRODUCER_EPOCH = -1
NO_SEQUENCE = -1
NO_TIMESTAMP = -1
MAX_SEQUENCE = 2**31 - 1

CODEC_MASK = 0x07
TIMESTAMP_TYPE_FLAG = 0x08
TRANSACTIONAL_FLAG = 0x10
CONTROL_FLAG = 0x20
DELETE_HORIZON_FLAG = 0x40

HEADER = Struct(">qiibIhiqqqhii")
_LENGTH_AND_CRC = Struct(">8xi5xI")
_INT64 = Struct(">q")
_INT32 = Struct(">i")
_UINT32 = Struct(">I")
_unpack_header = HEADER.unpack_from
_new_tuple = tuple.__new__


class TimestampType(IntEnum):
    """Who set the records' timestamps: the producer, or the broker when it stored them."""

    CREATE_TIME = 0
    LOG_APPEND_TIME = 1


def increment_sequence(sequence: int, increment: int) -> int:
    """Sequences run from 0 to 2^31 - 1 and start over."""
    return (sequence + increment) & MAX_SEQUENCE


class BatchHeader(NamedTuple):
    """The fixed part of a record batch."""

    base_offset: int
    batch_length: int
    partition_leader_epoch: int
    magic: int
    crc: int
    attributes: int
    last_offset_delta: int
    base_timestamp: int
    max_timestamp: int
    producer_id: int
    producer_epoch: int
    base_sequence: int
    record_count: int

    @classmethod
    def parse(cls, view: memoryview | bytes | bytearray, position: int = 0) -> "BatchHeader":
        """The header at `position`; nothing in it has been checked.

        Raises: KafkaError(CORRUPT_MESSAGE): fewer bytes than a header has.
        """
        try:
            return _new_tuple(cls, _unpack_header(view, position))
        except error:
            raise KafkaError(
                ErrorCode.CORRUPT_MESSAGE,
                f"A record batch has at least {HEADER_SIZE} bytes, here are {len(view) - position}.",
            ) from None

    @property
    def size_bytes(self) -> int:
        """Bytes of the whole batch."""
        return LENGTH_END + self.batch_length

    @property
    def last_offset(self) -> int:
        return self.base_offset + self.last_offset_delta

    @property
    def next_offset(self) -> int:
        return self.base_offset + self.last_offset_delta + 1

    @property
    def last_sequence(self) -> int:
        """Wraps from 2^31 - 1 to 0; -1 for a batch without sequences."""
        if self.base_sequence == NO_SEQUENCE:
            return NO_SEQUENCE
        return (self.base_sequence + self.last_offset_delta) & MAX_SEQUENCE

    @property
    def codec(self) -> Codec:
        """Raises: KafkaError(CORRUPT_MESSAGE): there is no codec of that number."""
        number = self.attributes & CODEC_MASK
        if number >= len(CODECS):
            raise KafkaError(ErrorCode.CORRUPT_MESSAGE, f"There is no compression codec {number}.")
        return CODECS[number]

    @property
    def timestamp_type(self) -> TimestampType:
        if self.attributes & TIMESTAMP_TYPE_FLAG:
            return TimestampType.LOG_APPEND_TIME
        return TimestampType.CREATE_TIME

    @property
    def is_transactional(self) -> bool:
        return bool(self.attributes & TRANSACTIONAL_FLAG)

    @property
    def is_control(self) -> bool:
        return bool(self.attributes & CONTROL_FLAG)

    @property
    def has_producer_id(self) -> bool:
        return self.producer_id > NO_PRODUCER_ID

    @property
    def delete_horizon_ms(self) -> int | None:
        """When tombstones and markers in this batch may go; None until the cleaner has set it."""
        return self.base_timestamp if self.attributes & DELETE_HORIZON_FLAG else None


def crc_is_valid(view: memoryview) -> bool:
    """Whether the batch at the start of `view` is complete and its checksum is right."""
    if len(view) < HEADER_SIZE:
        return False
    batch_length, crc = _LENGTH_AND_CRC.unpack_from(view)
    end: int = LENGTH_END + batch_length
    return HEADER_SIZE <= end <= len(view) and bool(crc32c(view[CRC_END:end]) == crc)


def patch(view: memoryview | bytearray, *, base_offset: int, leader_epoch: int) -> None:
    """Set what the broker sets in every batch it stores; the checksum does not cover it."""
    _INT64.pack_into(view, 0, base_offset)
    _INT32.pack_into(view, LENGTH_END, leader_epoch)


def stamp_log_append_time(view: memoryview, timestamp_ms: int) -> BatchHeader:
    """Make `timestamp_ms` the time of all records of the (complete) batch, with a new checksum."""
    header = BatchHeader.parse(view)
    return replace_header(
        view,
        header._replace(attributes=header.attributes | TIMESTAMP_TYPE_FLAG, max_timestamp=timestamp_ms),
    )


def replace_header(view: memoryview, header: BatchHeader) -> BatchHeader:
    """Write `header` over that of the (complete) batch, with a new checksum."""
    HEADER.pack_into(view, 0, *header)
    header = header._replace(crc=crc32c(view[CRC_END : header.size_bytes]))
    _UINT32.pack_into(view, CRC_START, header.crc)
    return header


def iterate_headers(view: memoryview) -> Iterator[tuple[int, BatchHeader]]:
    """Each whole batch's position in `view` and header; an incomplete last batch is left out.

    Raises: KafkaError(CORRUPT_MESSAGE): what stands there is no batch of format v2.
    """
    position, size = 0, len(view)
    while position + HEADER_SIZE <= size:
        header = BatchHeader.parse(view, position)
        if header.magic != MAGIC or header.batch_length < HEADER_SIZE - LENGTH_END:
            raise KafkaError(
                ErrorCode.CORRUPT_MESSAGE,
                f"No record batch at byte {position}: magic {header.magic}, length {header.batch_length}.",
            )
        if position + header.size_bytes > size:
            return
        yield position, header
        position += header.size_bytes
