"""A socket behind `Wire`: order, file ranges, brakes and ends, over real sockets."""

import asyncio
import errno
import os
import socket
import tempfile
from collections.abc import Awaitable, Callable, Iterator

import pytest

from broker.log.engine import SENDFILE_BYTES, FileRange
from broker.server.plain_wire import COPIED_BYTES, PlainWire, send_range
from broker.server.wire import BrokenRange

CONTENT = bytes(range(256)) * 16_384  # 4 MiB


class Stored:
    """An open file, as a log engine has it."""

    def __init__(self, content: bytes = CONTENT) -> None:
        self._descriptor, path = tempfile.mkstemp()
        os.unlink(path)
        os.write(self._descriptor, content)

    def fileno(self) -> int:
        return self._descriptor

    def close(self) -> None:
        os.close(self._descriptor)

    def read(self, *, position: int, size_bytes: int) -> bytes:
        data = os.pread(self.fileno(), size_bytes, position)
        if len(data) != size_bytes:
            raise OSError("the file is shorter")
        return data

    def read_into(self, buffer: memoryview, *, position: int) -> None:
        buffer[:] = self.read(position=position, size_bytes=len(buffer))


class Receiver:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.buffer = memoryview(bytearray(1 << 16))
        self.data = bytearray()
        self.reasons: list[Exception | None] = []
        self.sent_calls = 0

    def get_buffer(self) -> memoryview:
        return self.buffer

    def received(self, count: int) -> None:
        self.data += self.buffer[:count]

    def sent(self) -> None:
        self.sent_calls += 1

    def lost(self, reason: Exception | None) -> None:
        self.reasons.append(reason)


class Pair:
    """A wire and the client's socket at its other end."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        with socket.create_server(("127.0.0.1", 0)) as listening:
            self.client = socket.create_connection(listening.getsockname())
            connected, peer = listening.accept()
        self.client.setblocking(False)
        connected.setblocking(False)
        self.receiver = Receiver()
        self.wire = PlainWire(self.loop, connected, peer)
        self.wire.start(self.receiver)

    async def read(self, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            piece = await self.loop.sock_recv(self.client, min(count - len(data), 1 << 20))
            if not piece:
                break
            data += piece
        return bytes(data)

    async def until(self, condition: Callable[[], object]) -> None:
        for _ in range(100_000):
            if condition():
                return
            await asyncio.sleep(0)
        raise AssertionError("it does not come about")


@pytest.fixture
def stored() -> Iterator[Stored]:
    file = Stored()
    yield file
    file.close()


def run(scenario: Callable[[Pair], Awaitable[None]]) -> None:
    async def inside() -> None:
        pair = Pair()
        try:
            await scenario(pair)
        finally:
            pair.wire.abort()
            pair.client.close()
            await asyncio.sleep(0)

    asyncio.run(inside())


def test_what_the_client_sends_goes_into_the_receivers_buffer() -> None:
    async def scenario(pair: Pair) -> None:
        pair.client.send(b"hello")
        await pair.until(lambda: pair.receiver.data == b"hello")

    run(scenario)


def test_small_buffers_leave_at_once() -> None:
    async def scenario(pair: Pair) -> None:
        pair.wire.send([b"one ", bytearray(b"two "), memoryview(b"three")])
        assert pair.wire.unsent_bytes == 0
        assert await pair.read(13) == b"one two three"

    run(scenario)


@pytest.mark.parametrize("size", [1, SENDFILE_BYTES - 1, SENDFILE_BYTES, len(CONTENT) - 7])
def test_a_file_range_arrives_between_its_neighbours(stored: Stored, size: int) -> None:
    async def scenario(pair: Pair) -> None:
        pair.wire.send([b"before", FileRange(stored, 7, size), b"after"])
        expected = b"before" + CONTENT[7 : 7 + size] + b"after"
        assert await pair.read(len(expected)) == expected

    run(scenario)


def test_everything_arrives_in_order_through_a_full_socket(stored: Stored) -> None:
    async def scenario(pair: Pair) -> None:
        expected = bytearray()
        for number in range(20):
            text = b"%d;" % number
            big = memoryview(CONTENT)[: 300_000 + number]
            pair.wire.send([text, big, FileRange(stored, number, 500_000), text])
            expected += text + big + CONTENT[number : number + 500_000] + text
        assert pair.wire.unsent_bytes > 0
        assert await pair.read(len(expected)) == expected
        await pair.until(lambda: pair.wire.unsent_bytes == 0)
        assert pair.receiver.sent_calls > 0

    run(scenario)


def test_many_pieces_of_memory_arrive_in_order() -> None:
    async def scenario(pair: Pair) -> None:
        pieces = [bytes([number]) * 17_000 for number in range(200)]
        pair.wire.send(list(pieces))
        assert await pair.read(200 * 17_000) == b"".join(pieces)

    run(scenario)


def test_a_range_that_ends_too_early_ends_the_connection() -> None:
    async def scenario(pair: Pair) -> None:
        short = Stored(bytes(SENDFILE_BYTES))
        pair.wire.send([b"header", FileRange(short, 0, 2 * SENDFILE_BYTES)])
        await pair.until(lambda: pair.receiver.reasons)
        assert isinstance(pair.receiver.reasons[0], BrokenRange)
        short.close()

    run(scenario)


@pytest.mark.parametrize(
    ("number", "reason"),
    [(errno.EIO, BrokenRange), (errno.ETIMEDOUT, OSError), (errno.EHOSTUNREACH, OSError)],
)
def test_a_network_that_fails_is_not_taken_for_the_file(
    stored: Stored, number: int, reason: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "sendfile", fail)
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(reason) as failed:
        send_range(ours, stored, 0, 10)
    assert type(failed.value) is not OSError or reason is OSError


def test_a_client_that_came_by_ipv4_has_an_address_of_ipv4() -> None:
    async def scenario() -> None:
        with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as listening:
            port = listening.getsockname()[1]
            with socket.create_connection(("127.0.0.1", port)) as client:
                connected, peer = listening.accept()
                with connected:
                    wire = PlainWire(asyncio.get_running_loop(), connected, peer)
                    assert wire.peer == client.getsockname()
                    assert wire.local == ("127.0.0.1", port)

    asyncio.run(scenario())


class Unsendable(Stored):
    """Its descriptor refuses sendfile, as a directory's does and those of some file systems do."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = os.open(".", os.O_RDONLY)
        self.reads = 0

    def fileno(self) -> int:
        return self.directory

    def read(self, *, position: int, size_bytes: int) -> bytes:
        self.reads += 1
        return os.pread(self._descriptor, size_bytes, position)

    def close(self) -> None:
        os.close(self.directory)
        super().close()


def test_a_file_without_sendfile_is_read() -> None:
    async def scenario(pair: Pair) -> None:
        file = Unsendable()
        pair.wire.send([FileRange(file, 5, 3 * COPIED_BYTES)])
        assert await pair.read(3 * COPIED_BYTES) == CONTENT[5 : 5 + 3 * COPIED_BYTES]
        assert file.reads >= 3
        file.close()

    run(scenario)


def test_paused_reading_leaves_the_bytes_with_the_operating_system() -> None:
    async def scenario(pair: Pair) -> None:
        pair.wire.pause_reading()
        pair.client.send(b"later")
        for _ in range(10):
            await asyncio.sleep(0)
        assert pair.receiver.data == b""
        pair.wire.resume_reading()
        await pair.until(lambda: pair.receiver.data == b"later")

    run(scenario)


def test_closing_sends_what_is_left() -> None:
    async def scenario(pair: Pair) -> None:
        pair.wire.send([memoryview(CONTENT), memoryview(CONTENT)])
        pair.wire.close()
        pair.wire.send([b"too late"])
        assert pair.receiver.reasons == []
        assert await pair.read(3 * len(CONTENT)) == CONTENT + CONTENT
        await pair.until(lambda: pair.receiver.reasons == [None])

    run(scenario)


def test_aborting_tells_the_receiver_once_and_from_the_loop() -> None:
    async def scenario(pair: Pair) -> None:
        pair.wire.abort()
        pair.wire.close()
        pair.wire.abort()
        assert pair.receiver.reasons == []
        await asyncio.sleep(0)
        assert pair.receiver.reasons == [None]

    run(scenario)


def test_a_client_that_leaves_ends_the_connection_without_a_reason() -> None:
    async def scenario(pair: Pair) -> None:
        pair.client.close()
        await pair.until(lambda: pair.receiver.reasons == [None])

    run(scenario)


def test_a_client_that_vanishes_ends_the_connection_with_a_reason(stored: Stored) -> None:
    async def scenario(pair: Pair) -> None:
        for _ in range(10):
            pair.wire.send([FileRange(stored, 0, len(CONTENT))])
        pair.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        pair.client.close()
        await pair.until(lambda: pair.receiver.reasons)
        assert isinstance(pair.receiver.reasons[0], ConnectionError)

    run(scenario)


def test_a_full_socket_is_said_so(stored: Stored) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        sent = [send_range(ours, stored, 0, 1000)]
        assert sent == [1000]
        with pytest.raises(BlockingIOError):
            sent.extend(send_range(ours, stored, 0, len(CONTENT)) for _ in range(1000))
