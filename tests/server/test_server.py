"""One node's server over real sockets: limits, and a stop that does not keep anybody waiting."""

import asyncio
import struct
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from broker.clock import Clock
from broker.handlers.context import RequestContext
from broker.server.listener import ListenError
from broker.server.server import LOOK_AGAIN_MS, Server
from tests.fakes.clock import VirtualClock
from tests.fakes.network import SimulatedNetwork
from tests.server.serving import ask, ask_task, ask_wait, created, echo, make_server, numbers

Scenario = Callable[[Server, int], Awaitable[None]]


def waiting(request: Any, context: RequestContext) -> Any:
    """Echo InitProducerId; all else waits for ever."""
    return echo(request, context) if context.api_key == 22 else asyncio.get_running_loop().create_future()


def run(scenario: Scenario, *, clock: Clock | None = None, **values: str) -> None:
    named = {name.replace("_", "."): text for name, text in values.items()}

    async def inside() -> None:
        server = make_server(waiting, values=named, clock=clock)
        port = server.listen("PLAINTEXT", "127.0.0.1", 0).port
        try:
            await scenario(server, port)
        finally:
            await server.stop(grace_ms=0)

    asyncio.run(inside())


async def ask_over(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
    writer.write(ask(number))
    async with asyncio.timeout(5):
        size = await reader.readexactly(4)
        assert numbers(size + await reader.readexactly(struct.unpack(">i", size)[0])) == [number]


def test_a_client_is_served() -> None:
    async def scenario(server: Server, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await ask_over(reader, writer, 42)
        assert len(server.connections) == 1
        writer.close()

    run(scenario)


def test_many_idle_clients_are_served_all_the_same() -> None:
    async def scenario(server: Server, port: int) -> None:
        clients = [await asyncio.open_connection("127.0.0.1", port) for _ in range(300)]
        for number in (0, 150, 299):
            await ask_over(*clients[number], number)
        for _, writer in clients:
            writer.close()

    run(scenario)


def test_at_max_connections_a_further_client_waits_until_one_leaves() -> None:
    async def scenario(server: Server, port: int) -> None:
        first = await asyncio.open_connection("127.0.0.1", port)
        await ask_over(*first, 1)
        second = await asyncio.open_connection("127.0.0.1", port)  # by the system, not by the server
        second[1].write(ask(2))
        await ask_over(*first, 3)
        assert len(server.connections) == 1
        first[1].close()
        async with asyncio.timeout(5):
            await second[0].readexactly(4)
        second[1].close()

    run(scenario, max_connections="1")


def test_when_the_limit_is_raised_while_it_is_full_those_who_wait_come_in() -> None:
    async def scenario(server: Server, port: int) -> None:
        first = await asyncio.open_connection("127.0.0.1", port)
        await ask_over(*first, 1)
        second = await asyncio.open_connection("127.0.0.1", port)
        clock = server.broker.clock
        assert isinstance(clock, VirtualClock)
        clock.advance(2 * LOOK_AGAIN_MS)
        assert len(server.connections) == 1
        server.broker.settings.set_dynamic(default={"max.connections": "2"}, broker={})
        clock.advance(LOOK_AGAIN_MS)
        await ask_over(*second, 2)
        first[1].close()
        second[1].close()

    run(scenario, clock=VirtualClock(), max_connections="1")


def test_above_an_addresss_limit_a_client_is_closed_and_told_of() -> None:
    async def scenario(server: Server, port: int) -> None:
        first = await asyncio.open_connection("127.0.0.1", port)
        second = await asyncio.open_connection("127.0.0.1", port)
        assert await second[0].read() == b""
        await ask_over(*first, 1)
        told = server.broker.logger.told("warning")  # type: ignore[attr-defined]
        assert told == ["client refused: too many connections"]
        for _, writer in (first, second):
            writer.close()

    run(scenario, max_connections_per_ip="1")


def test_stopping_closes_idle_and_polling_clients_at_once() -> None:
    async def scenario(server: Server, port: int) -> None:
        idle = await asyncio.open_connection("127.0.0.1", port)
        polling = await asyncio.open_connection("127.0.0.1", port)
        polling[1].write(ask_wait(1))
        await ask_over(*idle, 1)
        async with asyncio.timeout(5):
            await server.stop(grace_ms=60_000)
            assert await idle[0].read() == b""
            assert await polling[0].read() == b""
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        for _, writer in (idle, polling):
            writer.close()

    run(scenario)


def test_stopping_does_not_wait_longer_than_its_grace() -> None:
    async def scenario(server: Server, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(ask(1) + ask_task(2))
        await reader.readexactly(4)
        async with asyncio.timeout(5):
            await server.stop(grace_ms=10)
            await reader.read()
        writer.close()

    run(scenario)


def test_nobody_is_let_in_while_it_stops() -> None:
    async def inside() -> None:
        server, network = make_server(waiting), SimulatedNetwork()
        await server.stop()
        client = network.connect(server.connect)
        await network.settle()
        assert client.is_closed

    asyncio.run(inside())


def test_a_server_may_have_several_listeners() -> None:
    async def scenario(server: Server, port: int) -> None:
        inside = server.listen("INSIDE", "127.0.0.1", 0)
        assert inside.port != port
        reader, writer = await asyncio.open_connection("127.0.0.1", inside.port)
        await ask_over(reader, writer, 5)
        (connection,) = server.connections
        assert connection.caller.listener == "INSIDE"
        writer.close()

    run(scenario)


def test_a_taken_port_is_refused_and_nothing_listens() -> None:
    async def scenario(server: Server, port: int) -> None:
        with pytest.raises(ListenError):
            server.listen("SECOND", "127.0.0.1", port)

    run(scenario)


def test_a_task_answers_through_the_whole_server() -> None:
    async def inside() -> None:
        server = make_server(lambda request, context: created())
        network = SimulatedNetwork()
        client = network.connect(server.connect)
        client.send(ask_task(9))
        await network.settle()
        assert client.received[4:8] == b"\0\0\0\x09"

    asyncio.run(inside())
