"""A connection over a plain socket, on the event loop's readiness callbacks.

Not an asyncio transport: that one keeps others from watching its descriptor, which sendfile needs,
and copies whatever does not leave at once. A read goes straight into the connection's buffer; a
file range goes by sendfile, behind a header that waits for it (MSG_MORE).
"""

import errno
import os
import socket
from asyncio import AbstractEventLoop
from collections import deque
from typing import TYPE_CHECKING, Any

from broker.server.wire import BrokenRange, WireReceiver

if TYPE_CHECKING:
    from broker.log.engine import FileLike, FileRange

COPIED_BYTES = 64 << 10  # read at once where the file system has no sendfile
SEPARATE_BYTES = 16 << 10  # smaller buffers are cheaper joined than sent as a vector
TURN_BYTES = 4 << 20  # sent to one client before the others have their turn
VECTOR = 64
MAPPED_IPV4 = "::ffff:"
MEMORY = (bytes, bytearray, memoryview)
MSG_MORE = getattr(socket, "MSG_MORE", 0)  # Linux only; elsewhere the header goes ahead
WITHOUT_SENDFILE = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOVERFLOW}
OF_THE_FILE = {errno.EIO, errno.EBADF, errno.EFAULT, errno.ENXIO, errno.ESTALE}


class Range:
    """What is left to be sent of a file range."""

    __slots__ = ("file", "left", "position")

    def __init__(self, file: "FileLike", position: int, left: int) -> None:
        self.file = file
        self.position = position
        self.left = left


class PlainWire:
    """One accepted socket; `Wire` says what the methods promise."""

    __slots__ = (
        "_is_closing",
        "_is_paused",
        "_is_watching_reads",
        "_is_watching_writes",
        "_loop",
        "_queue",
        "_receiver",
        "_socket",
        "local",
        "peer",
        "unsent_bytes",
    )

    _receiver: WireReceiver

    def __init__(self, loop: AbstractEventLoop, connected: socket.socket, peer: tuple[Any, ...]) -> None:
        """`peer` is its address as `accept` has told it."""
        self._loop = loop
        self._socket = connected
        self._queue: deque[memoryview | Range] | None = None
        self._is_paused = self._is_closing = False
        self._is_watching_reads = self._is_watching_writes = False
        self.unsent_bytes = 0
        self.peer = _address(peer)
        self.local = _address(connected.getsockname())

    def start(self, receiver: WireReceiver) -> None:
        self._receiver = receiver
        self.resume_reading()

    def pause_reading(self) -> None:
        self._is_paused = True  # the loop is told once something comes, which it mostly does not

    def resume_reading(self) -> None:
        self._is_paused = False
        if not self._is_watching_reads and not self._is_closing:
            self._is_watching_reads = True
            self._loop.add_reader(self._socket.fileno(), self._readable)

    def send(self, buffers: "list[bytes | bytearray | memoryview | FileRange]") -> None:
        if self._is_closing:
            return
        parts = _gathered(buffers)
        if len(parts) == 1 and not self.unsent_bytes and isinstance(parts[0], bytes):
            self._send_at_once(parts[0])
        elif parts:
            self._queue_up(parts)

    def close(self) -> None:
        if not self.unsent_bytes:
            self._end(None)
        elif not self._is_closing:
            self._is_closing = True
            self._stop_reading()

    def abort(self) -> None:
        self._end(None)

    def _readable(self) -> None:
        if self._is_paused:
            self._stop_reading()
            return
        try:
            count = self._socket.recv_into(self._receiver.get_buffer())
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._end(error)
            return
        if count:
            self._receiver.received(count)
        else:
            self._end(None)

    def _writable(self) -> None:
        self._pump()
        self._receiver.sent()

    def _send_at_once(self, data: bytes) -> None:
        try:
            count = self._socket.send(data)
        except (BlockingIOError, InterruptedError):
            count = 0
        except OSError as error:
            self._end(error)
            return
        if count < len(data):
            self._queue_up([memoryview(data)[count:]])

    def _queue_up(self, parts: "list[bytes | memoryview | Range]") -> None:
        if self._queue is None:
            self._queue = deque()
        for part in parts:
            if isinstance(part, Range):
                self.unsent_bytes += part.left
                self._queue.append(part)
            else:
                self.unsent_bytes += len(part)
                self._queue.append(memoryview(part))
        if not self._is_watching_writes:
            self._pump()

    def _pump(self) -> None:
        """Send from the queue until it is empty, the socket is full, or it is the others' turn."""
        queue = self._queue
        assert queue is not None
        turn = TURN_BYTES
        try:
            while queue and turn > 0:
                head = queue[0]
                count = self._send_range(head) if isinstance(head, Range) else self._send_vector(queue)
                self.unsent_bytes -= count
                turn -= count
                if isinstance(head, Range) and not head.left:
                    queue.popleft()
        except (BlockingIOError, InterruptedError):
            pass
        except (OSError, BrokenRange) as error:
            self._end(error)
            return
        self._watch_writes(bool(queue))
        if self._is_closing and not queue:
            self._end(None)

    def _send_vector(self, queue: deque[memoryview | Range]) -> int:
        """Send the memory at the head of the queue, as far as it goes; the number of bytes sent."""
        vector: list[memoryview] = []
        flags = 0
        for part in queue:
            if isinstance(part, Range):
                flags = MSG_MORE
                break
            if len(vector) == VECTOR:
                break
            vector.append(part)
        count = self._socket.sendmsg(vector, (), flags)
        left = count
        for part in vector:
            if left < len(part):
                queue[0] = part[left:]
                break
            left -= len(part)
            queue.popleft()
        return count

    def _send_range(self, part: Range) -> int:
        count = send_range(self._socket, part.file, part.position, min(part.left, TURN_BYTES))
        part.position += count
        part.left -= count
        return count

    def _watch_writes(self, wanted: bool) -> None:
        if wanted == self._is_watching_writes:
            return
        self._is_watching_writes = wanted
        if wanted:
            self._loop.add_writer(self._socket.fileno(), self._writable)
        else:
            self._loop.remove_writer(self._socket.fileno())

    def _stop_reading(self) -> None:
        if self._is_watching_reads:
            self._is_watching_reads = False
            self._loop.remove_reader(self._socket.fileno())

    def _end(self, reason: Exception | None) -> None:
        """Close the socket now; the connection is told from the loop, outside of its own calls."""
        if self._socket.fileno() < 0:
            return
        self._is_closing = True
        self._stop_reading()
        self._watch_writes(False)
        self._queue = None
        self._socket.close()
        self._loop.call_soon(self._receiver.lost, reason)


def _address(of_socket: "tuple[Any, ...]") -> tuple[str, int]:
    """Host and port; what came by IPv4 to a socket of IPv6 has its address of IPv4."""
    return of_socket[0].removeprefix(MAPPED_IPV4), of_socket[1]


def _gathered(
    buffers: "list[bytes | bytearray | memoryview | FileRange]",
) -> "list[bytes | memoryview | Range]":
    """The same bytes in fewer parts: neighbours that are small are joined."""
    parts: list[bytes | memoryview | Range] = []
    small: list[bytes | bytearray | memoryview] = []
    for buffer in buffers:
        if isinstance(buffer, MEMORY):
            if len(buffer) < SEPARATE_BYTES:
                small.append(buffer)
                continue
            part: memoryview | Range = memoryview(buffer)
        else:
            part = Range(buffer.file, buffer.position, buffer.nbytes)
        if small:
            parts.append(b"".join(small))
            small = []
        parts.append(part)
    if small:
        parts.append(b"".join(small))
    return parts


def send_range(to: socket.socket, file: "FileLike", position: int, count: int) -> int:
    """Send at most `count` bytes of a file; how many went. All that differs between systems is here.

    Linux and macOS both have `os.sendfile` in this form (Python reports a partial send on macOS,
    where the call itself fails with EAGAIN); where the file system has none, the bytes are read.
    Raises: BlockingIOError: the socket is full. OSError: it is gone.
    BrokenRange: the file cannot be read, or ends too early.
    """
    try:
        sent = os.sendfile(to.fileno(), file.fileno(), position, count)
    except OSError as error:
        if error.errno in OF_THE_FILE:
            raise BrokenRange(str(error)) from error
        if error.errno not in WITHOUT_SENDFILE:
            raise
        sent = to.send(_read_range(file, position, min(count, COPIED_BYTES)))
    if not sent:
        raise BrokenRange(f"the file ends before {position + count}")
    return sent


def _read_range(file: "FileLike", position: int, count: int) -> bytes:
    try:
        return file.read(position=position, size_bytes=count)
    except OSError as error:
        raise BrokenRange(str(error)) from error
