"""One node's server: its listeners, its connections, and the limits they share."""

import socket
from asyncio import Future, get_running_loop
from itertools import count
from typing import Any

from broker.clock import Timer
from broker.handlers import APIS, Api
from broker.handlers.context import Broker
from broker.server.buffers import ReceiveBuffers
from broker.server.connection import Connection, Surroundings
from broker.server.dispatch import Dispatcher
from broker.server.limits import ConnectionQuotas, IdleWatch
from broker.server.listener import Listener, listening_sockets
from broker.server.plain_wire import PlainWire
from broker.server.wire import Wire

GRACE_MS = 300
LOOK_AGAIN_MS = 1000


class Server:
    """Serves one `Broker`; needs a running event loop.

    `buffers` may be shared by the nodes of a process. `apis` and `package` are the table of APIs
    and where its handlers are.
    """

    def __init__(
        self,
        broker: Broker,
        *,
        buffers: ReceiveBuffers | None = None,
        apis: dict[int, Api] = APIS,
        package: str = "broker.handlers",
    ) -> None:
        settings, clock = broker.settings, broker.clock
        self.broker = broker
        self._loop = get_running_loop()
        self._quotas = ConnectionQuotas(settings)
        if buffers is None:
            buffers = ReceiveBuffers(max_bytes=settings.queued_max_request_bytes, clock=clock)
        self._around = Surroundings(
            loop=self._loop,
            dispatcher=Dispatcher(broker, apis=apis, package=package),
            buffers=buffers,
            idle=IdleWatch(idle_ms=settings.connections_max_idle_ms, clock=clock),
            logger=broker.logger,
            max_request_bytes=settings.socket_request_max_bytes,
            on_lost=self._lost,
        )
        self._listeners: list[Listener] = []
        self._connections: set[Connection] = set()
        self._ids = count(1)
        self._empty: Future[None] | None = None
        self._look_again: Timer | None = None  # while it is full
        self._is_stopping = False

    @property
    def connections(self) -> frozenset[Connection]:
        """Who is connected."""
        return frozenset(self._connections)

    def listen(self, name: str, host: str, port: int) -> Listener:
        """Accept clients on this address (port 0: any free one). Raises ListenError."""
        backlog = self.broker.settings.socket_listen_backlog_size
        listener = Listener(
            name,
            host,
            listening_sockets(host, port, backlog=backlog),
            loop=self._loop,
            clock=self.broker.clock,
            logger=self.broker.logger,
            accepted=self._accepted,
        )
        self._listeners.append(listener)
        return listener

    def connect(self, wire: Wire, *, listener: str) -> None:
        """Serve a client at the other end of `wire`, or close it if there are too many."""
        host = wire.peer[0]
        if self._is_stopping or not self._quotas.admit(host):
            if not self._is_stopping:
                limit = self._quotas.limit_of(host)
                self.broker.logger.warning("client refused: too many connections", client=host, limit=limit)
            wire.start(Refused())
            wire.abort()
            return
        connection = Connection(wire, self._around, listener=listener, connection_id=next(self._ids))
        self._connections.add(connection)
        self._around.idle.watch(connection)
        wire.start(connection)
        if self._quotas.is_full:
            count = len(self._connections)
            self.broker.logger.warning("full: further clients wait until one leaves", connections=count)
            self._let_in()

    async def stop(self, *, grace_ms: int = GRACE_MS) -> None:
        """Accept no more, answer what is being processed, close; after `grace_ms` close anyway.

        A long poll is dropped, as Kafka drops it.
        """
        self._is_stopping = True
        if self._look_again is not None:
            self._look_again.cancel()
        for listener in self._listeners:
            listener.close()
        for connection in list(self._connections):
            connection.drain()
        if not self._connections:
            return
        self._empty = self._loop.create_future()
        clock = self.broker.clock
        timer = clock.call_at(clock.monotonic_ms() + grace_ms, self._abort_all)
        await self._empty
        timer.cancel()

    def _accepted(self, connected: socket.socket, peer: tuple[Any, ...], listener: Listener) -> None:
        self.connect(PlainWire(self._loop, connected, peer), listener=listener.name)

    def _abort_all(self) -> None:
        for connection in list(self._connections):
            connection.wire.abort()

    def _let_in(self) -> None:
        """Accept clients if there is room for them, or else look again: the limit may have been raised."""
        self._look_again = None
        is_full = self._quotas.is_full
        for listener in self._listeners:
            listener.pause() if is_full else listener.resume()
        if is_full:
            clock = self.broker.clock
            self._look_again = clock.call_at(clock.monotonic_ms() + LOOK_AGAIN_MS, self._let_in)

    def _lost(self, connection: Connection) -> None:
        self._connections.discard(connection)
        self._quotas.leave(connection.caller.client_host)
        if self._look_again is not None and not self._is_stopping:
            self._look_again.cancel()
            self._let_in()
        if self._empty is not None and not self._connections and not self._empty.done():
            self._empty.set_result(None)


class Refused:
    """The receiver of a connection that nobody wanted."""

    def get_buffer(self) -> memoryview:
        return memoryview(bytearray(1))

    def received(self, count: int) -> None:
        pass

    def sent(self) -> None:
        pass

    def lost(self, reason: Exception | None) -> None:
        pass
