"""The simulated network keeps the promises of `Wire`, and repeats itself for the same seed."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from broker.log.engine import FileRange
from broker.server.wire import BrokenRange, Wire
from tests.fakes.network import SimulatedClient, SimulatedNetwork


class Echo:
    """A receiver that sends back what it gets, and remembers in which pieces."""

    def __init__(self) -> None:
        self.wire: Wire
        self.buffer = memoryview(bytearray(64))
        self.pieces: list[int] = []
        self.sent_calls = 0
        self.reasons: list[Exception | None] = []

    def accept(self, wire: Wire, *, listener: str) -> None:
        self.wire = wire
        wire.start(self)

    def get_buffer(self) -> memoryview:
        return self.buffer

    def received(self, count: int) -> None:
        self.pieces.append(count)
        self.wire.send([bytes(self.buffer[:count])])

    def sent(self) -> None:
        self.sent_calls += 1

    def lost(self, reason: Exception | None) -> None:
        self.reasons.append(reason)


Scenario = Callable[[SimulatedNetwork, Echo, SimulatedClient], Awaitable[None]]


def run(scenario: Scenario, *, seed: int = 1) -> None:
    async def inside() -> None:
        network, echo = SimulatedNetwork(seed=seed), Echo()
        await scenario(network, echo, network.connect(echo.accept))

    asyncio.run(inside())


@pytest.mark.parametrize("seed", range(5))
def test_all_bytes_arrive_in_order_in_any_pieces(seed: int) -> None:
    async def scenario(network: SimulatedNetwork, echo: Echo, client: SimulatedClient) -> None:
        data = bytes(range(256)) * 4
        client.send(data)
        await network.settle()
        assert client.received == data

    run(scenario, seed=seed)


def test_the_same_seed_gives_the_same_pieces() -> None:
    seen: list[list[int]] = []

    async def scenario(network: SimulatedNetwork, echo: Echo, client: SimulatedClient) -> None:
        client.send(bytes(1000))
        await network.settle()
        seen.append(echo.pieces)

    for seed in (7, 7, 8):
        run(scenario, seed=seed)
    assert seen[0] == seen[1] != seen[2]


def test_a_client_that_takes_no_more_leaves_bytes_unsent() -> None:
    async def scenario(network: SimulatedNetwork, echo: Echo, client: SimulatedClient) -> None:
        client.unread_limit = 10
        client.send(bytes(25))
        await network.settle()
        assert (len(client.received), echo.wire.unsent_bytes) == (10, 15)
        client.unread_limit = None
        await network.settle()
        assert (len(client.received), echo.wire.unsent_bytes) == (25, 0)
        assert echo.sent_calls > 0

    run(scenario)


def test_nothing_arrives_while_reading_is_paused() -> None:
    async def scenario(network: SimulatedNetwork, echo: Echo, client: SimulatedClient) -> None:
        echo.wire.pause_reading()
        client.send(b"x")
        await network.settle()
        assert echo.pieces == []
        echo.wire.resume_reading()
        await network.settle()
        assert echo.pieces == [1]

    run(scenario)


def test_closing_sends_what_is_left_and_aborting_does_not() -> None:
    async def scenario(network: SimulatedNetwork, echo: Echo, client: SimulatedClient) -> None:
        client.unread_limit = 0
        echo.wire.send([b"last words"])
        echo.wire.close()
        await network.settle()
        assert not client.is_closed
        client.unread_limit = None
        await network.settle()
        assert (bytes(client.received), client.is_closed, echo.reasons) == (b"last words", True, [None])

        other = Echo()
        aborted = network.connect(other.accept)
        aborted.unread_limit = 0
        other.wire.send([b"unheard"])
        other.wire.abort()
        await network.settle()
        assert (bytes(aborted.received), aborted.is_closed, other.reasons) == (b"", True, [None])

    run(scenario)


def test_a_client_leaves_after_its_bytes_and_vanishes_without_them() -> None:
    async def scenario(network: SimulatedNetwork, echo: Echo, client: SimulatedClient) -> None:
        client.send(b"bye")
        client.leave()
        await network.settle()
        assert (sum(echo.pieces), echo.reasons) == (3, [None])

        other = Echo()
        vanishing = network.connect(other.accept)
        vanishing.send(b"bye")
        vanishing.reset()
        await network.settle()
        assert other.pieces == []
        assert isinstance(other.reasons[0], ConnectionResetError)

    run(scenario)


class Shelf:
    """A file that holds ten bytes."""

    def fileno(self) -> int:
        raise AssertionError("a simulation has no descriptors")

    def read(self, *, position: int, size_bytes: int) -> bytes:
        if position + size_bytes > 10:
            raise OSError("the file is shorter")
        return b"0123456789"[position : position + size_bytes]

    def read_into(self, buffer: memoryview, *, position: int) -> None:
        buffer[:] = self.read(position=position, size_bytes=len(buffer))


def test_file_ranges_are_read_and_a_broken_one_ends_the_connection() -> None:
    async def scenario(network: SimulatedNetwork, echo: Echo, client: SimulatedClient) -> None:
        echo.wire.send([b"<", FileRange(Shelf(), 2, 3), b">"])
        await network.settle()
        assert client.received == b"<234>"
        echo.wire.send([FileRange(Shelf(), 8, 3)])
        await network.settle()
        assert isinstance(echo.reasons[0], BrokenRange)

    run(scenario)
