"""The file `<20 digits>.snapshot`: what a log knew of its producers at that offset.

    version i16 = 1, crc u32, entry_count i32, entries:
        producer_id i64, epoch i16, last_sequence i32, last_offset i64, offset_delta i32,
        timestamp i64, coordinator_epoch i32, current_txn_first_offset i64

The CRC32C covers what follows it. `last_offset` -1 means that no batch is remembered, only the
epoch. A snapshot is written whole; one that is damaged is deleted, and the state is made from an
older one and the batches since.

Follows Kafka's ProducerStateManager and the schema ProducerSnapshot.
"""

from collections.abc import Iterable
from struct import Struct
from typing import NamedTuple

from broker.log.corrupt_file import CorruptFile
from broker.protocol.crc32c import crc32c

VERSION = 1

_HEAD = Struct(">hIi")
_ENTRY = Struct(">qhiqiqiq")
_CRC_END = 6  # the checksum covers the file from here


class ProducerEntry(NamedTuple):
    """One producer: its epoch, last batch and open transaction; -1 where there is none."""

    producer_id: int
    producer_epoch: int
    last_sequence: int
    last_offset: int
    offset_delta: int
    timestamp_ms: int
    coordinator_epoch: int
    current_txn_first_offset: int


def write_snapshot(entries: Iterable[ProducerEntry]) -> bytes:
    """The contents of a snapshot file."""
    packed = [_ENTRY.pack(*entry) for entry in entries]
    body = b"".join((len(packed).to_bytes(4, "big"), *packed))
    return b"".join((VERSION.to_bytes(2, "big"), crc32c(body).to_bytes(4, "big"), body))


def read_snapshot(data: bytes) -> list[ProducerEntry]:
    """The producers in a snapshot file.

    Raises: CorruptFile: an unknown version, a wrong checksum, or entries that are cut off.
    """
    if len(data) < _HEAD.size:
        raise CorruptFile(f"A producer snapshot has at least {_HEAD.size} bytes, here are {len(data)}.")
    version, crc, count = _HEAD.unpack_from(data)
    if version != VERSION:
        raise CorruptFile(f"A producer snapshot of version {version}, only {VERSION} is known.")
    computed = crc32c(memoryview(data)[_CRC_END:])
    if computed != crc:
        raise CorruptFile(f"The producer snapshot's checksum is {computed:#010x}, it says {crc:#010x}.")
    end = _HEAD.size + count * _ENTRY.size
    if count < 0 or end > len(data):
        raise CorruptFile(f"The producer snapshot claims {count} producers in {len(data)} bytes.")
    return [ProducerEntry._make(entry) for entry in _ENTRY.iter_unpack(memoryview(data)[_HEAD.size : end])]
