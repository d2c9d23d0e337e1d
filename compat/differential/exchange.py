"""One connection to one broker: a request goes out, and what comes of it is told, whatever it is."""

import asyncio
import contextlib
import struct
from typing import Any, NamedTuple, Protocol

from broker.protocol.codec import decode, encode
from broker.protocol.errors import MalformedRequest
from broker.protocol.headers import parse_response_header, request_header
from broker.protocol.message import Message
from broker.protocol.messages import response_class
from broker.protocol.messages.api_versions import ApiVersionsRequest

PATIENCE_S = 2.5
API_VERSIONS = 18

CLOSED = "closes the connection"
UNANSWERED = "does not answer"
SILENT = "sends no answer, as asked"

Outcome = Message | str
"""The answer, or one of the words above, or why it cannot be read."""


class Ask(NamedTuple):
    """A request with real values. `cut` and `extra`: bytes taken off its end, or put there."""

    key: int
    version: int
    request: Any
    answered: bool = True
    """False: the request says that it wants no answer."""
    cut: int = 0
    extra: int = 0


class Exchange(Protocol):
    """Somebody who answers requests."""

    name: str
    port: int

    async def ask(self, ask: Ask) -> Outcome: ...


class Connection:
    """`Exchange` over a socket; connected when it is first needed, and again after it was closed."""

    def __init__(self, name: str, port: int, *, patience_s: float = PATIENCE_S) -> None:
        self.name = name
        self.port = port
        self._patience_s = patience_s
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._correlation_id = 0

    async def ask(self, ask: Ask) -> Outcome:
        try:
            async with asyncio.timeout(self._patience_s):
                return await self._ask(ask)
        except TimeoutError:
            await self.close()
            return UNANSWERED
        except (OSError, asyncio.IncompleteReadError):
            await self.close()
            return CLOSED

    async def close(self) -> None:
        streams, self._streams = self._streams, None
        if streams is not None:
            streams[1].close()
            with contextlib.suppress(OSError):
                await streams[1].wait_closed()

    async def _ask(self, ask: Ask) -> Outcome:
        body = b"".join(bytes(part) for part in encode(ask.request, ask.version))
        body = body[: len(body) - ask.cut] + bytes(ask.extra)
        asked = await self._send(ask.key, ask.version, body)
        if ask.answered:
            return self._read(ask, asked, await self._receive())
        # Only the answer to the next request shows that this one has none.
        after = await self._send(API_VERSIONS, 0, b"".join(encode(ApiVersionsRequest(), 0)))
        first = await self._receive()
        if first[:4] == after.to_bytes(4, "big"):
            return SILENT
        await self._receive()
        return self._read(ask, asked, first)

    async def _send(self, key: int, version: int, body: bytes) -> int:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
        self._correlation_id += 1
        frame = request_header(key, version, self._correlation_id, "differential") + body
        self._streams[1].write(struct.pack(">i", len(frame)) + frame)
        await self._streams[1].drain()
        return self._correlation_id

    async def _receive(self) -> bytes:
        assert self._streams is not None
        reader = self._streams[0]
        (size,) = struct.unpack(">i", await reader.readexactly(4))
        return await reader.readexactly(size)

    def _read(self, ask: Ask, asked: int, frame: bytes) -> Outcome:
        try:
            header = parse_response_header(memoryview(frame), ask.key, ask.version)
            if header.correlation_id != asked:
                return f"answers request {header.correlation_id - asked:+d}"
            answer: Message = decode(response_class(ask.key), ask.version, header.body)
        except MalformedRequest as error:
            return f"cannot be read: {error}"
        return answer
