"""A network that a test holds in its hands: what arrives when, in which pieces, and in whose turn.

    network = SimulatedNetwork(seed=1)
    client = network.connect(server.connect)
    client.send(request)
    await network.settle()          # every byte that can move has moved, in random pieces
    client.received                 # what the server answered

The same seed gives the same run.
"""

import asyncio
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from broker.server.wire import BrokenRange, WireReceiver

if TYPE_CHECKING:
    from broker.log.engine import FileRange

LARGEST_PIECE = 1 << 20
QUIET_ROUNDS = 50  # a connection may need as many turns of the loop before the next byte shows


class SimulatedClient:
    """The other end of a connection."""

    def __init__(self) -> None:
        self.received = bytearray()
        self.is_closed = False  # by the server
        self.unread_limit: int | None = None  # so much is taken and no more; None: everything
        self._to_server = bytearray()
        self._has_left = False
        self._was_reset = False

    def send(self, data: bytes) -> None:
        self._to_server += data

    def leave(self) -> None:
        """Close in good order, once everything is sent."""
        self._has_left = True

    def reset(self) -> None:
        """Vanish; what is under way is lost."""
        self._to_server.clear()
        self._was_reset = True

    @property
    def room(self) -> int:
        """How many more bytes it takes."""
        return 1 << 62 if self.unread_limit is None else self.unread_limit - len(self.received)


class SimulatedWire:
    """A server's side of a simulated connection; `Wire` says what the methods promise."""

    def __init__(
        self, client: SimulatedClient, random: Random, *, peer: tuple[str, int], local: tuple[str, int]
    ) -> None:
        self.client = client
        self.peer = peer
        self.local = local
        self.is_paused = False
        self._random = random
        self._receiver: WireReceiver | None = None
        self._unsent = bytearray()
        self._is_closing = False
        self._end_reason: Exception | None = None
        self._is_ended = self.is_told = False

    @property
    def unsent_bytes(self) -> int:
        return len(self._unsent)

    def start(self, receiver: WireReceiver) -> None:
        self._receiver = receiver

    def send(self, buffers: "list[bytes | bytearray | memoryview | FileRange]") -> None:
        if self._is_closing:
            return
        try:
            data = b"".join(_content(buffer) for buffer in buffers)
        except OSError as error:
            self._end(BrokenRange(str(error)))
            return
        had_to_wait = bool(self._unsent)
        self._unsent += data
        if not had_to_wait:
            self._transfer(len(data))

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False

    def close(self) -> None:
        self._is_closing = True
        if not self._unsent:
            self._end(None)

    def abort(self) -> None:
        self._end(None)

    def moves(self) -> list[Callable[[], None]]:
        """What can happen next."""
        if self._is_ended:
            return [] if self.is_told else [self._tell]
        if self.client._was_reset:
            return [lambda: self._end(ConnectionResetError("the client has vanished"))]
        found: list[Callable[[], None]] = []
        reads = not self.is_paused and not self._is_closing
        if reads and self.client._to_server:
            found.append(self._deliver)
        if reads and self.client._has_left and not self.client._to_server:
            found.append(lambda: self._end(None))
        if self._unsent and self.client.room > 0:
            found.append(self._drain)
        return found

    def _deliver(self) -> None:
        assert self._receiver is not None
        waiting = self.client._to_server
        buffer = self._receiver.get_buffer()
        assert len(buffer) > 0, "a connection that reads has to have room"
        count = self._piece(min(len(buffer), len(waiting)))
        buffer[:count] = waiting[:count]
        del waiting[:count]
        self._receiver.received(count)

    def _drain(self) -> None:
        assert self._receiver is not None
        self._transfer(self._piece(len(self._unsent)))
        if self._is_closing and not self._unsent:
            self._end(None)
        self._receiver.sent()

    def _transfer(self, count: int) -> None:
        count = min(count, self.client.room)
        self.client.received += self._unsent[:count]
        del self._unsent[:count]

    def _piece(self, most: int) -> int:
        """Mostly all, often a little, as networks do."""
        kind = self._random.random()
        if kind < 0.5 or most == 1:
            return min(most, LARGEST_PIECE)
        return self._random.randint(1, min(most, 8 if kind < 0.7 else most))

    def _end(self, reason: Exception | None) -> None:
        if not self._is_ended:
            self._is_ended = self._is_closing = True
            self._end_reason = reason
            self.client.is_closed = True

    def _tell(self) -> None:
        assert self._receiver is not None
        self.is_told = True
        self._receiver.lost(self._end_reason)


class SimulatedNetwork:
    """All connections of one simulation."""

    def __init__(self, *, seed: int = 0) -> None:
        self._random = Random(seed)
        self._wires: list[SimulatedWire] = []

    def connect(
        self, accept: Callable[..., None], *, host: str = "10.0.0.1", listener: str = "PLAINTEXT"
    ) -> SimulatedClient:
        """A new client; `accept` is `Server.connect`."""
        client = SimulatedClient()
        peer = (host, 50_000 + len(self._wires))
        wire = SimulatedWire(client, self._random, peer=peer, local=("10.0.0.2", 9092))
        self._wires.append(wire)
        accept(wire, listener=listener)
        return client

    def wires_of(self, client: SimulatedClient) -> list[SimulatedWire]:
        """The server's sides of a client's connections."""
        return [wire for wire in self._wires if wire.client is client]

    def forget_ended(self) -> None:
        """Drop the connections that both sides know to have ended."""
        self._wires = [wire for wire in self._wires if not wire.is_told]

    def step(self) -> bool:
        """One thing happens to one connection; False: nothing can."""
        moves = [move for wire in self._wires for move in wire.moves()]
        if moves:
            self._random.choice(moves)()
        return bool(moves)

    async def settle(self) -> None:
        """Until nothing moves any more, the event loop's callbacks included."""
        quiet = 0
        while quiet < QUIET_ROUNDS:
            quiet = 0 if self.step() else quiet + 1
            await asyncio.sleep(0)


def _content(buffer: "bytes | bytearray | memoryview | FileRange") -> bytes:
    if isinstance(buffer, (bytes, bytearray, memoryview)):
        return bytes(buffer)
    return buffer.file.read(position=buffer.position, size_bytes=buffer.nbytes)
