"""Batch headers are read off the wire without any client library."""

import asyncio
import struct

import pytest

from compat.stored import HEADER, StoredBatch, stored_batches


def batch(base_offset: int, count: int, *, codec: int = 0, body: bytes = b"records") -> bytes:
    length = HEADER.size - 12 + len(body)
    fields = (base_offset, length, 0, 2, 0, codec, count - 1, 0, 0, 77, 0, base_offset, count)
    return HEADER.pack(*fields) + body


async def ask(logs: list[bytes], *, error: int = 0) -> list[StoredBatch]:
    """A server that answers each Fetch with the next of `logs`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for records in logs:
            size = struct.unpack(">i", await reader.readexactly(4))[0]
            await reader.readexactly(size)
            answer = struct.pack(">iiih1si", 1, 0, 1, 1, b"t", 1)
            answer += struct.pack(">ihqqii", 0, error, 9, 9, -1, len(records)) + records
            writer.write(struct.pack(">i", len(answer)) + answer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        return await stored_batches("127.0.0.1", port, "t")


def test_headers_are_read_to_the_end_of_the_log() -> None:
    logs = [batch(0, 3, codec=4) + batch(3, 2), batch(5, 1), b""]
    assert asyncio.run(ask(logs)) == [
        StoredBatch(0, "zstd", 3, 77, 0),
        StoredBatch(3, "none", 2, 77, 3),
        StoredBatch(5, "none", 1, 77, 5),
    ]


def test_an_error_is_told() -> None:
    with pytest.raises(ConnectionError, match="Fetch of t: error 3"):
        asyncio.run(ask([b""], error=3))
