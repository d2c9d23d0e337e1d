"""A proxy that understands Kafka: it listens once for each broker that it hears of.

What it does not have to look at goes through byte for byte. An answer is matched with its request by
the order that Kafka keeps on a connection, and by the correlation id (some requests have no answer).
"""

import asyncio
import contextlib
from collections import deque
from typing import NamedTuple

from broker.protocol.errors import MalformedRequest
from tests.compat.faults.addresses import WITH_ADDRESSES, Address, places_in
from tests.compat.faults.exchange import Exchange
from tests.compat.faults.fault import Fate, Fault, Instead
from tests.compat.faults.frames import Frames, framed

HOST = "127.0.0.1"
CHUNK_BYTES = 1 << 18


class HangUp(Exception):
    """This connection ends here."""


class Awaited(NamedTuple):
    """A request that was passed on, and what its answer is replaced with, if it is."""

    exchange: Exchange
    instead: Instead | None = None
    is_repetition: bool = False


class Proxy:
    """Before one cluster, with one fault. `times_planted` and `problems` are for the tests to look at."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.times_planted = 0
        self.problems: list[str] = []
        """Where the proxy itself failed: what looks like the fault's effect must not be that."""
        self._fronts: dict[Address, Address] = {}
        self._servers: list[asyncio.Server] = []
        self._connections: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def front_of(self, broker: Address) -> Address:
        """Where the proxy listens for this broker, from the first question on."""
        if broker not in self._fronts:
            server = await asyncio.start_server(lambda *streams: self._accept(broker, *streams), HOST, 0)
            # Another task may have been as quick: its listener is as good.
            self._servers.append(server)
            self._fronts.setdefault(broker, Address(HOST, server.sockets[0].getsockname()[1]))
        return self._fronts[broker]

    async def close(self) -> None:
        self._is_closed = True
        for server in self._servers:
            server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(self, broker: Address, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_closed:  # it was accepted before, and is told only now
            writer.close()
            return
        task = asyncio.get_running_loop().create_task(self._serve(broker, reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        task.add_done_callback(lambda _: writer.close())  # also when it has ended before it began

    async def _serve(
        self, broker: Address, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """One client's connection, until either side closes it."""
        try:
            behind_reader, behind_writer = await asyncio.open_connection(*broker)
        except OSError:  # the broker is being restarted
            return
        with contextlib.closing(behind_writer):  # also when it is cancelled a second time, in `finally`
            await self._pump(reader, writer, behind_reader, behind_writer)

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        behind_reader: asyncio.StreamReader,
        behind_writer: asyncio.StreamWriter,
    ) -> None:
        connection = Connection(self)
        pumps = [
            asyncio.create_task(connection.pass_requests(reader, behind_writer)),
            asyncio.create_task(connection.pass_answers(behind_reader, writer)),
        ]
        try:
            done, _ = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in done:
                self._look_at(pump.exception())
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    def _look_at(self, error: BaseException | None) -> None:
        if error is not None and not isinstance(error, HangUp | ConnectionError):
            self.problems.append(repr(error))


class Connection:
    """The requests and answers of one client's connection."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._fault = proxy.fault
        self._awaited: deque[Awaited] = deque()

    async def pass_requests(self, reader: asyncio.StreamReader, broker: asyncio.StreamWriter) -> None:
        frames = Frames()
        while data := await reader.read(CHUNK_BYTES):
            for frame in frames.receive(data):
                for each in self.requests_for(frame):
                    broker.write(framed(each))
            await broker.drain()

    def requests_for(self, frame: bytes) -> list[bytes]:
        """What the broker is asked in place of this request. Raises: HangUp."""
        try:
            exchange = Exchange(frame)
        except MalformedRequest:  # the broker closes the connection
            return [frame]
        fate: Fate | Instead = Fate.AS_IT_WAS
        if exchange.key in self._fault.keys and exchange.is_known:
            fate = self._fault.on_request(exchange)
        self._count(fate)
        if isinstance(fate, Instead):
            if fate.answer is None:
                return []
            self._awaited.append(Awaited(exchange, fate))
            return [exchange.stand_in()]
        if fate is Fate.HANG_UP:
            raise HangUp
        if fate is Fate.LOST:
            return []
        self._awaited.append(Awaited(exchange))
        if fate is Fate.TWICE:
            self._awaited.append(Awaited(exchange, is_repetition=True))
            return [frame, frame]
        return [exchange.encoded_request() if fate is Fate.CHANGED else frame]

    async def pass_answers(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        frames = Frames()
        while data := await reader.read(CHUNK_BYTES):
            for frame in frames.receive(data):
                answer = await self.answer_for(frame)
                if answer is not None:
                    client.write(framed(answer))
            with contextlib.suppress(ConnectionError):
                await client.drain()

    async def answer_for(self, frame: bytes) -> bytes | None:
        """What the client is told in place of this answer. Raises: HangUp."""
        awaited = self._awaited.popleft()
        while awaited.exchange.frame[4:8] != frame[:4]:
            awaited = self._awaited.popleft()  # it was of a kind that is not answered
        exchange = awaited.exchange
        if awaited.is_repetition:
            return None
        if awaited.instead is not None:
            return exchange.encode_answer(awaited.instead.answer)
        is_suspect = exchange.key in self._fault.keys
        if not exchange.is_known or not (is_suspect or exchange.key in WITH_ADDRESSES):
            return frame
        answer = exchange.decode_answer(frame)
        fate = self._fault.on_answer(exchange, answer) if is_suspect else Fate.AS_IT_WAS
        self._count(fate)
        if fate is Fate.HANG_UP:
            raise HangUp
        if fate is Fate.LOST:
            await asyncio.Event().wait()  # until the connection is closed
        moved = False
        if exchange.key in WITH_ADDRESSES:
            for place in places_in(exchange.key, answer):
                place.host, place.port = await self._proxy.front_of(Address(place.host, place.port))
                moved = True
        return exchange.encode_answer(answer) if moved or fate is Fate.CHANGED else frame

    def _count(self, fate: Fate | Instead) -> None:
        self._proxy.times_planted += fate is not Fate.AS_IT_WAS
