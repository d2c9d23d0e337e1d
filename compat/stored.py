"""How a broker has stored what it was sent: batch headers, read without any client library.

A client may silently do something else than it was told (librdkafka has switched codecs off),
so a scenario about batches looks at them. Fetch version 4 is all that is needed; every field is
written out here, on purpose apart from Kawa's own codec.
"""

import asyncio
import struct
from typing import NamedTuple

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
TIMEOUT_S = 10.0
HEADER = struct.Struct(">qiibIhiqqqhii")


class StoredBatch(NamedTuple):
    """What a record batch's header says."""

    base_offset: int
    codec: str
    record_count: int
    producer_id: int
    base_sequence: int


async def stored_batches(host: str, port: int, topic: str) -> list[StoredBatch]:
    """The batches of partition 0, from the log's start. The broker must lead it."""
    async with asyncio.timeout(TIMEOUT_S):
        reader, writer = await asyncio.open_connection(host, port)
        try:
            batches: list[StoredBatch] = []
            while found := await _fetch(reader, writer, topic, _next_offset(batches)):
                batches += found
            return batches
        finally:
            writer.close()


def _next_offset(batches: list[StoredBatch]) -> int:
    return batches[-1].base_offset + batches[-1].record_count if batches else 0


async def _fetch(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, topic: str, offset: int
) -> list[StoredBatch]:
    name = topic.encode()
    header = struct.pack(">hhih", 1, 4, 1, -1)  # Fetch, version 4, correlation id 1, no client id
    body = struct.pack(">iiiib", -1, 100, 1, 64 << 20, 0)
    body += struct.pack(f">ih{len(name)}siiqi", 1, len(name), name, 1, 0, offset, 64 << 20)
    writer.write(struct.pack(">i", len(header + body)) + header + body)
    size = struct.unpack(">i", await reader.readexactly(4))[0]
    return _batches(_records(await reader.readexactly(size), name))


def _records(answer: bytes, name: bytes) -> bytes:
    """Correlation id, throttle time, one topic, one partition: what follows is its records."""
    position = 4 + 4 + 4 + 2 + len(name) + 4
    _, error, _, _, aborted = struct.unpack_from(">ihqqi", answer, position)
    if error:
        raise ConnectionError(f"Fetch of {name.decode()}: error {error}")
    position += 26 + 16 * max(0, aborted)
    length = struct.unpack_from(">i", answer, position)[0]
    return answer[position + 4 : position + 4 + max(0, length)]


def _batches(records: bytes) -> list[StoredBatch]:
    batches, position = [], 0
    while position + HEADER.size <= len(records):
        base, length, _, _, _, attributes, _, _, _, producer, _, sequence, count = HEADER.unpack_from(
            records, position
        )
        batches.append(StoredBatch(base, CODECS[attributes & 7], count, producer, sequence))
        position += 12 + length
    return batches
