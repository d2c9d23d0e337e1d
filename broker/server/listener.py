"""A listening socket, or one for each address of its host, and what it accepts."""

import errno
import socket
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Any

from broker.clock import Clock, Timer
from broker.logger import Logger

ACCEPTED_AT_ONCE = 64
REST_MS = 1000
ATTEMPTS = 10
EVERY_IPV6 = "::"  # and every address of IPv4, as in Java
OUT_OF_RESOURCES = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}

Accepted = Callable[[socket.socket, tuple[Any, ...], "Listener"], None]


class ListenError(Exception):
    """An address cannot be listened on; the text is one line for the user."""


class Listener:
    """One of the broker's listeners, by its Kafka name (`PLAINTEXT`, ...).

    `accepted` is given each new socket, non-blocking and tuned, and its peer's address; it says no
    more by `pause` when the node is full.
    """

    def __init__(
        self,
        name: str,
        host: str,
        sockets: list[socket.socket],
        *,
        loop: AbstractEventLoop,
        clock: Clock,
        logger: Logger,
        accepted: Accepted,
    ) -> None:
        self.name = name
        self.host = host
        self.addresses: list[tuple[str, int]] = [each.getsockname()[:2] for each in sockets]
        self.port = self.addresses[0][1]
        self._sockets = sockets
        self._loop = loop
        self._clock = clock
        self._logger = logger
        self._accepted = accepted
        self._rest: Timer | None = None
        self._is_paused = self._is_accepting = False
        self._arrange()

    def resume(self) -> None:
        """Accept who knocks."""
        self._is_paused = False
        self._arrange()

    def pause(self) -> None:
        """Let new connections wait with the operating system."""
        self._is_paused = True
        self._arrange()

    def _arrange(self) -> None:
        is_wanted = not self._is_paused and self._rest is None
        if is_wanted and not self._is_accepting:
            for each in self._sockets:
                self._loop.add_reader(each.fileno(), self._accept, each)
        elif self._is_accepting and not is_wanted:
            for each in self._sockets:
                self._loop.remove_reader(each.fileno())
        self._is_accepting = is_wanted

    def close(self) -> None:
        """Accept no more. May be called twice."""
        self.pause()
        if self._rest is not None:
            self._rest.cancel()
        for each in self._sockets:
            each.close()
        self._sockets = []

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            if not self._is_accepting:
                return
            try:
                connected, peer = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno in OUT_OF_RESOURCES:
                    self._begin_rest(error)
                return  # else it is an error of the connection that is waiting; the next call has another
            try:
                connected.setblocking(False)
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
                self._accepted(connected, peer, self)
            except OSError:
                connected.close()  # the client has gone already, which some systems say only here

    def _begin_rest(self, error: OSError) -> None:
        """There are no descriptors left: others may close some."""
        self._logger.error("cannot accept connections for now", listener=self.name, reason=str(error))
        self._rest = self._clock.call_at(self._clock.monotonic_ms() + REST_MS, self._end_rest)
        self._arrange()

    def _end_rest(self) -> None:
        self._rest = None
        self._arrange()


def listening_sockets(host: str, port: int, *, backlog: int) -> list[socket.socket]:
    """A socket for each address of `host`, all on one port; an empty host is every address.

    With port 0 the system chooses. Raises ListenError.
    """
    for _ in range(ATTEMPTS):
        try:
            return _bind_all(host, port, backlog)
        except OSError as error:
            if port or error.errno != errno.EADDRINUSE:
                raise ListenError(f"cannot listen on {host or '*'}:{port}: {_reason(error)}") from error
    raise ListenError(f"cannot listen on {host or '*'}: no port is free on all of its addresses")


def _bind_all(host: str, port: int, backlog: int) -> list[socket.socket]:
    # A name given as text would load the codec of international names: 3 ms of a start.
    name = host.encode() if host.isascii() else host
    found = socket.getaddrinfo(name or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    bound: list[socket.socket] = []
    try:
        for family, _, _, _, address in dict.fromkeys(found):
            host_address = (address[0], port, *address[2:])
            takes_ipv4 = host == EVERY_IPV6
            bound.append(_bind(socket.AddressFamily(family), host_address, backlog, takes_ipv4=takes_ipv4))
            port = bound[0].getsockname()[1]
    except OSError:
        for each in bound:
            each.close()
        raise
    return bound


def _bind(
    family: socket.AddressFamily, address: tuple[object, ...], backlog: int, *, takes_ipv4: bool
) -> socket.socket:
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setblocking(False)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not takes_ipv4)
        listening.bind(address)
        listening.listen(backlog)
    except OSError:
        listening.close()
        raise
    return listening


def _reason(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "the port is taken by another program"
    return error.strerror or str(error)
