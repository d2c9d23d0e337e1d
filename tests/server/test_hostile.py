"""Hostile input over real sockets: Kafka's answer or a closed connection, and nobody else notices.

Each attack runs beside a well-behaved client on a connection of its own, which asks all the while.
"""

import asyncio
import gc
import random
import struct
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from broker.handlers.answer import Encoded
from broker.handlers.context import RequestContext
from broker.server.buffers import BLOCK_BYTES, ReceiveBuffers
from broker.server.server import Server
from tests.fakes.network import SimulatedNetwork
from tests.server.serving import (
    APIS,
    PACKAGE,
    ask,
    ask_wait,
    correlation_ids,
    echo,
    make_broker,
    make_server,
    numbers,
)

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
MEMORY_BYTES = 4 * BLOCK_BYTES
PATIENCE_S = 10


class Stage:
    """A server on 127.0.0.1 with little memory for requests."""

    def __init__(self) -> None:
        self.broker = make_broker(handle)
        self.buffers = ReceiveBuffers(max_bytes=MEMORY_BYTES, clock=self.broker.clock)
        self.server = Server(self.broker, buffers=self.buffers, apis=APIS, package=PACKAGE)
        self.port = self.server.listen("PLAINTEXT", "127.0.0.1", 0).port
        self.most_used_bytes = 0

    async def connect(self) -> Streams:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def behaves_well(self, streams: Streams, number: int) -> None:
        """One request and its answer."""
        reader, writer = streams
        writer.write(ask(number))
        async with asyncio.timeout(PATIENCE_S):
            size = await reader.readexactly(4)
            answer = size + await reader.readexactly(struct.unpack(">i", size)[0])
        assert numbers(answer) == [number]
        self.most_used_bytes = max(self.most_used_bytes, self.buffers.used_bytes)


def handle(request: Any, context: RequestContext) -> Any:
    """Repeats a number; Fetch gets 300 kB."""
    if context.api_key == 22:
        return echo(request, context)
    return Encoded([bytes(300_000) if context.api_key == 1 else b""])


@asynccontextmanager
async def stage() -> AsyncIterator[tuple[Stage, Streams]]:
    found = Stage()
    good = await found.connect()
    try:
        await found.behaves_well(good, 0)
        yield found, good
        await found.behaves_well(good, 1)
    finally:
        good[1].close()
        await found.server.stop(grace_ms=0)
    assert found.server.connections == frozenset()
    assert found.buffers.used_bytes == 0
    assert found.most_used_bytes <= MEMORY_BYTES


def run(scenario: Callable[[Stage, Streams], Awaitable[None]]) -> None:
    async def inside() -> None:
        async with stage() as (found, good):
            await scenario(found, good)

    asyncio.run(inside())


async def all_that_comes(reader: asyncio.StreamReader) -> bytes:
    """Until the connection closes."""
    data = bytearray()
    async with asyncio.timeout(PATIENCE_S):
        try:
            while piece := await reader.read(1 << 16):
                data += piece
        except ConnectionError:
            pass  # closed with something unread
    return bytes(data)


CLOSED_AT_ONCE = {
    "negative length": struct.pack(">i", -1),
    "most negative length": struct.pack(">i", -(1 << 31)),
    "length above socket.request.max.bytes": struct.pack(">i", 104_857_601),
    "largest length": struct.pack(">i", (1 << 31) - 1),
    "empty frame": struct.pack(">i", 0),
    "half a header": struct.pack(">i", 5) + bytes(5),
    "unknown key": struct.pack(">ihhih", 10, 999, 0, 1, -1),
    "removed key": struct.pack(">ihhih", 10, 4, 7, 1, -1),
    "negative key": struct.pack(">ihhih", 10, -1, 0, 1, -1),
    "version above the range": struct.pack(">ihhih", 10, 22, 99, 1, -1),
    "version below the range": struct.pack(">ihhih", 10, 0, 2, 1, -1),
    "client id longer than the frame": struct.pack(">ihhih", 10, 22, 4, 1, 30_000),
    "http": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "tls": bytes.fromhex("16030100c8010000c40303") + bytes(200),
}


@pytest.mark.parametrize("data", CLOSED_AT_ONCE.values(), ids=CLOSED_AT_ONCE)
def test_what_is_no_request_closes_the_connection(data: bytes) -> None:
    async def scenario(found: Stage, good: Streams) -> None:
        reader, writer = await found.connect()
        writer.write(data)
        assert await all_that_comes(reader) == b""
        writer.close()

    run(scenario)


def test_requests_before_the_impossible_one_are_answered() -> None:
    async def scenario(found: Stage, good: Streams) -> None:
        reader, writer = await found.connect()
        writer.write(ask(5) + ask(6) + struct.pack(">i", -1) + ask(7))
        assert correlation_ids(await all_that_comes(reader)) == [5, 6]
        writer.close()

    run(scenario)


def test_an_unknown_version_of_api_versions_is_answered_and_the_connection_stays() -> None:
    async def scenario(found: Stage, good: Streams) -> None:
        reader, writer = await found.connect()
        writer.write(struct.pack(">ihhih", 14, 18, 77, 3, -1) + b"junk")
        (size,) = struct.unpack(">i", await reader.readexactly(4))
        correlation_id, error = struct.unpack_from(">ih", await reader.readexactly(size))
        assert (correlation_id, error) == (3, 35)
        await found.behaves_well((reader, writer), 8)
        writer.close()

    run(scenario)


@pytest.mark.parametrize("seed", range(10))
def test_random_bytes_harm_nobody(seed: int) -> None:
    async def scenario(found: Stage, good: Streams) -> None:
        chance = random.Random(seed)
        for _ in range(30):
            reader, writer = await found.connect()
            body = chance.randbytes(chance.randrange(1, 3000))
            if chance.random() < 0.5:  # a frame whose length is right and whose content is not
                body = struct.pack(">hhi", chance.choice(list(APIS)), chance.randrange(6), 1) + body
                body = struct.pack(">i", len(body)) + body
            writer.write(body)
            writer.write_eof()
            await all_that_comes(reader)
            writer.close()
            await found.behaves_well(good, 2)
        assert "request failed" not in found.broker.logger.told("error")  # type: ignore[attr-defined]

    run(scenario)


def test_truncated_requests_are_forgotten_with_their_connection() -> None:
    async def scenario(found: Stage, good: Streams) -> None:
        whole = ask(9, padding=500)
        for length in range(1, len(whole), 13):
            reader, writer = await found.connect()
            writer.write(whole[:length])
            writer.write_eof()
            assert await all_that_comes(reader) == b""
            writer.close()
        await found.behaves_well(good, 2)

    run(scenario)


def test_half_sent_requests_that_are_held_open_make_room_for_others() -> None:
    """They take all the memory there is; a large request still gets through, and small ones at once."""

    async def scenario(found: Stage, good: Streams) -> None:
        half = struct.pack(">i", 1_000_000) + bytes(500_000)
        hostile = [await found.connect() for _ in range(6)]
        for _, writer in hostile:
            writer.write(half)
        for number in range(50):
            await found.behaves_well(good, number)
        assert found.buffers.is_exhausted
        reader, writer = good
        large = ask(77, padding=30_000)
        writer.write(large)
        async with asyncio.timeout(PATIENCE_S):
            (size,) = struct.unpack(">i", await reader.readexactly(4))
            await reader.readexactly(size)
        told = found.broker.logger.told("warning")  # type: ignore[attr-defined]
        assert "half-sent request dropped for want of memory" in told
        for _, writer in hostile:
            writer.close()

    run(scenario)


def test_lengths_without_content_take_no_memory() -> None:
    async def scenario(found: Stage, good: Streams) -> None:
        hostile = [await found.connect() for _ in range(100)]
        for _, writer in hostile:
            writer.write(struct.pack(">i", 100_000_000) + b"x")
        await found.behaves_well(good, 2)
        assert found.buffers.used_bytes <= 100 * 5
        for _, writer in hostile:
            writer.close()

    run(scenario)


def test_a_client_that_reads_nothing_is_not_answered_without_end() -> None:
    async def scenario(found: Stage, good: Streams) -> None:
        _, writer = await found.connect()
        requests = b"".join(ask_wait(number) for number in range(500))
        writer.write(requests)
        for number in range(200):
            await found.behaves_well(good, number)
        waiting = [connection.wire.unsent_bytes for connection in found.server.connections]
        assert max(waiting) < 2 << 20
        writer.transport.abort()

    run(scenario)


@pytest.mark.parametrize("seed", range(15))
def test_on_a_simulated_network_a_good_client_notices_nothing_of_bad_ones(seed: int) -> None:
    async def inside() -> None:
        chance = random.Random(seed)
        server, network = make_server(handle), SimulatedNetwork(seed=seed)
        good = network.connect(server.connect)
        for number in range(20):
            bad = network.connect(server.connect)
            bad.unread_limit = chance.choice([0, 100, None])
            bad.send(chance.choice([b"", ask(1), ask_wait(1) * 9]) + chance.randbytes(chance.randrange(5000)))
            end = chance.choice(["leave", "reset", "stay"])
            if end != "stay":
                getattr(bad, end)()
            good.send(ask(number, padding=chance.randrange(6000)))
        await network.settle()
        assert numbers(good.received) == list(range(20))

    asyncio.run(inside())


def test_memory_stays_flat_under_a_stream_of_bad_clients() -> None:
    async def inside() -> int:
        server, network = make_server(handle), SimulatedNetwork()
        server.broker.logger.events = Forgetful()  # type: ignore[attr-defined]
        for data in CLOSED_AT_ONCE.values():
            bad = network.connect(server.connect)
            bad.send(ask(1, padding=5000) + data)
            bad.leave()
            await network.settle()
            network.forget_ended()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        asyncio.run(inside())
        before = asyncio.run(inside())
        after = [asyncio.run(inside()) for _ in range(5)]
    finally:
        tracemalloc.stop()
    assert max(after) - before < 20_000


class Forgetful(list[Any]):
    """Keeps no events."""

    def append(self, event: Any) -> None:
        pass
