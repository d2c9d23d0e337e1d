"""Listening sockets: addresses, ports, and what happens when there are none left."""

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable

import pytest

from broker.server.listener import REST_MS, Listener, ListenError, listening_sockets
from tests.fakes.clock import VirtualClock
from tests.fakes.logger import RecordingLogger


class Door:
    """A listener on 127.0.0.1, and everybody it has let in."""

    def __init__(self, sockets: list[socket.socket] | None = None) -> None:
        self.clock, self.logger = VirtualClock(), RecordingLogger()
        self.came: list[tuple[socket.socket, tuple[str, int]]] = []
        self.listener = Listener(
            "PLAINTEXT",
            "127.0.0.1",
            sockets or listening_sockets("127.0.0.1", 0, backlog=16),
            loop=asyncio.get_running_loop(),
            clock=self.clock,
            logger=self.logger,
            accepted=lambda connected, peer, _: self.came.append((connected, peer)),
        )

    def knock(self) -> socket.socket:
        return socket.create_connection(self.listener.addresses[0])

    def close(self) -> None:
        self.listener.close()
        for connected, _ in self.came:
            connected.close()


def run(scenario: Callable[[Door], Awaitable[None]]) -> None:
    async def inside() -> None:
        door = Door()
        try:
            await scenario(door)
        finally:
            door.close()

    asyncio.run(inside())


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def test_port_0_is_any_free_port() -> None:
    async def scenario(door: Door) -> None:
        assert door.listener.port > 0
        assert door.listener.addresses == [("127.0.0.1", door.listener.port)]

    run(scenario)


def test_who_connects_is_handed_over_ready_for_use() -> None:
    async def scenario(door: Door) -> None:
        with door.knock() as client:
            await turns()
            ((connected, peer),) = door.came
            assert peer == client.getsockname()
            assert connected.getblocking() is False
            assert connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    run(scenario)


def test_while_paused_clients_wait_unaccepted() -> None:
    async def scenario(door: Door) -> None:
        door.listener.pause()
        with door.knock():
            await turns()
            assert door.came == []
            door.listener.resume()
            await turns()
            assert len(door.came) == 1

    run(scenario)


def test_a_taken_port_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ListenError) as caught:
            listening_sockets("127.0.0.1", port, backlog=1)
    assert str(caught.value) == f"cannot listen on 127.0.0.1:{port}: the port is taken by another program"


def test_an_unknown_host_is_told_in_one_line() -> None:
    with pytest.raises(ListenError, match=r"^cannot listen on no\.such\.invalid:0: "):
        listening_sockets("no.such.invalid", 0, backlog=1)


def test_all_addresses_of_a_host_share_one_port() -> None:
    sockets = listening_sockets("", 0, backlog=1)
    ports = {each.getsockname()[1] for each in sockets}
    for each in sockets:
        each.close()
    assert len(ports) == 1


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_ipv6_addresses_can_be_listened_on() -> None:
    try:
        (listening,) = listening_sockets("::1", 0, backlog=1)
    except ListenError:
        pytest.skip("no IPv6 loopback here")
    with listening:
        assert listening.family == socket.AF_INET6


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_every_address_of_ipv6_is_every_address() -> None:
    try:
        (listening,) = listening_sockets("::", 0, backlog=1)
    except ListenError:
        pytest.skip("no IPv6 here")
    with listening, socket.create_connection(("127.0.0.1", listening.getsockname()[1])) as connected:
        assert connected.getpeername()[0] == "127.0.0.1"


class Exhausted(socket.socket):
    """A listening socket of a process without free descriptors."""

    is_exhausted = True

    def accept(self) -> tuple[socket.socket, tuple[str, int]]:
        if self.is_exhausted:
            raise OSError(errno.EMFILE, "Too many open files")
        connected, peer = super().accept()
        return connected, peer


def test_without_descriptors_accepting_rests_and_goes_on() -> None:
    async def scenario() -> None:
        listening = Exhausted()
        listening.setblocking(False)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        door = Door([listening])
        with door.knock():
            await turns()
            assert door.logger.told("error") == ["cannot accept connections for now"]
            listening.is_exhausted = False
            door.clock.advance(REST_MS)
            await turns()
            assert len(door.came) == 1
        door.close()

    asyncio.run(scenario())


def test_closing_twice_is_once() -> None:
    async def scenario(door: Door) -> None:
        door.listener.close()
        door.listener.close()
        with pytest.raises(ConnectionRefusedError):
            door.knock()

    run(scenario)
