"""Bytes in, frames out, in place.

A frame is an int32 length and as many bytes. The reader says where the next bytes are to be put and
hands out each complete frame as a view of where they are; nothing here knows a socket.

    get_buffer() -> memoryview     put bytes there ...
    received(count)                ... and say how many
    next_frame() -> memoryview     until it returns None, or until the frames have to wait
    settle() -> bool               keep what has not been handed out; False: do not read on for now

Up to 4 KiB of what is left are copied to a stash. More stays where it is, and the loop takes another
block; but a small frame, of which there may be many at once, and one that is larger than a block move
to memory of just their size. That of a large one is accounted for as it fills, so that a length alone
takes nothing from others.
A frame handed out is valid until `settle()`.
"""

import struct
from typing import Protocol

from broker.server.buffers import BLOCK_BYTES, STASH_BYTES, ReceiveBuffers, new_block

LENGTH = struct.Struct(">i")
SMALL_BYTES = 64 << 10
OTHER_PROTOCOLS = {b"\x16\x03": "TLS", b"GE": "HTTP", b"PO": "HTTP", b"HE": "HTTP", b"PU": "HTTP"}
"""By the first bytes that their clients send, which are read as a length here."""


class InvalidFrame(Exception):
    """A length that no request can have: negative, or above socket.request.max.bytes."""

    def __init__(self, size_bytes: int, max_bytes: int) -> None:
        other = OTHER_PROTOCOLS.get(LENGTH.pack(size_bytes)[:2])
        guess = f"; does the client speak {other}?" if other else ""
        super().__init__(f"frame of {size_bytes} bytes, {max_bytes} allowed{guess}")
        self.size_bytes = size_bytes


class FrameOwner(Protocol):
    """Who is told what becomes of a wait for memory."""

    def memory_granted(self) -> None:
        """Reading may go on. Called from anywhere, so nothing more than that may be done."""

    def evicted(self) -> None:
        """The memory is needed for others, who send faster: close."""


class FrameReader:
    """The incoming side of one connection, and a holder of memory as `ReceiveBuffers` sees it."""

    __slots__ = (
        "_block",
        "_buffers",
        "_end",
        "_frame_bytes",
        "_is_partial",
        "_kept_start",
        "_limit",
        "_max_bytes",
        "_owner",
        "_start",
        "_stash",
        "_view",
        "held_bytes",
    )

    def __init__(self, buffers: ReceiveBuffers, max_bytes: int, owner: FrameOwner) -> None:
        self._buffers = buffers
        self._max_bytes = max_bytes
        self._owner = owner
        self._view = buffers.shared  # what frames are cut from
        self._block: memoryview | None = None  # what is kept, where that is more than a stash
        self._stash = b""
        self._start = self._end = 0  # what of the view has not been handed out
        self._kept_start = 0
        self._limit = 0  # how far the block may be filled
        self._frame_bytes = 0  # of the frame that is not complete, its length included; 0: unknown
        self._is_partial = False  # it is the client's turn
        self.held_bytes = 0

    @property
    def half_sent_bytes(self) -> int:
        if not self._is_partial:
            return 0
        return len(self._stash) if self._block is None else self._end - self._start

    def get_buffer(self) -> memoryview:
        """Where the next bytes go; it ends with the frame where the frame's end is known and far."""
        if self._block is not None:
            return self._block[self._end : self._limit]
        buffers = self._buffers
        limit = 2 * STASH_BYTES if buffers.is_exhausted else BLOCK_BYTES
        if not self._stash:
            return buffers.shared if limit == BLOCK_BYTES else buffers.shared[:limit]
        count = len(self._stash)
        buffers.shared[:count] = self._stash
        if count < self._frame_bytes < limit and self._frame_bytes > STASH_BYTES:
            limit = self._frame_bytes
        return buffers.shared[count:limit]

    def received(self, count: int) -> None:
        """`count` bytes have been put into the buffer that was handed out last."""
        if self._block is not None:
            self._end += count
        else:
            self._view = self._buffers.shared
            self._start = 0
            self._end = len(self._stash) + count

    def resume(self) -> None:
        """Go on with what was kept, without new bytes."""
        if self._block is None:
            self._buffers.shared[: len(self._stash)] = self._stash
            self.received(0)

    def next_frame(self) -> memoryview | None:
        """The next complete frame, without its length. Raises InvalidFrame."""
        start = self._start
        available = self._end - start
        self._is_partial = True
        self._frame_bytes = 0
        if available < 4:
            return None
        (size,) = LENGTH.unpack_from(self._view, start)
        if not 0 <= size <= self._max_bytes:
            raise InvalidFrame(size, self._max_bytes)
        if available < size + 4:
            self._frame_bytes = size + 4
            return None
        self._is_partial = False
        self._start = start + 4 + size
        return self._view[start + 4 : start + 4 + size]

    def settle(self) -> bool:
        """Keep what is left. False: no memory to read on with for now; the owner will be told."""
        left = self._end - self._start
        if not left:
            if self.held_bytes:
                self._drop()
                self._buffers.let_go(self)
            return True
        if not self.held_bytes or self._start != self._kept_start:
            self._buffers.hold(self)  # another frame than the one that was held before
        if left <= STASH_BYTES:
            self._stash_away()
            return True
        if self._block is not None or not self._buffers.is_exhausted:
            return self._keep_block()
        self._stash_away()  # not much: with little memory left, little is read at once
        return self._go_on_if_there_is_memory(is_there=not self._is_partial)

    def close(self) -> None:
        """Give everything back. May be called twice."""
        self._start = self._end = 0
        self._drop()
        self._buffers.let_go(self)

    def memory_granted(self) -> None:
        """The memory for one block that `settle` did not get is this reader's."""
        if self._block is None:
            stash, self._stash = self._stash, b""
            self._block = self._view = self._buffers.block()
            self._view[: len(stash)] = stash
            self._start, self._end = 0, len(stash)
            self.held_bytes = BLOCK_BYTES
            self._fit()
            self._buffers.give(len(stash))
        else:
            self.held_bytes += BLOCK_BYTES
            self._fit()
        self._owner.memory_granted()

    def evicted(self) -> None:
        self.close()
        self._owner.evicted()

    def _stash_away(self) -> None:
        stash = bytes(self._view[self._start : self._end])
        self._drop()
        self._stash = stash
        self._kept_start = 0
        self.held_bytes = len(stash)
        self._buffers.take(len(stash), self)

    def _keep_block(self) -> bool:
        buffers = self._buffers
        if self._block is None:
            self._drop()
            if self._is_partial and self._frame_bytes <= SMALL_BYTES:
                self._move_to(memoryview(bytearray(self._frame_bytes)))
                self.held_bytes = self._frame_bytes
            else:
                self._block = buffers.swap_shared()
                self.held_bytes = BLOCK_BYTES
            buffers.take(self.held_bytes, self)
        self._fit()
        if self._end < self._limit or not self._is_partial:
            return True
        if self._go_on_if_there_is_memory(is_there=not buffers.is_exhausted):
            self.held_bytes += BLOCK_BYTES
            buffers.take(BLOCK_BYTES, self)
            self._fit()
            return True
        return False

    def _go_on_if_there_is_memory(self, *, is_there: bool) -> bool:
        if not is_there:
            self._buffers.wait(self)
        return is_there

    def _fit(self) -> None:
        """See to it that the begun frame fits the block, and find how far it may be filled."""
        block = self._block
        assert block is not None
        if self._frame_bytes > len(block):
            self._move_to(new_block(self._frame_bytes))
            self._buffers.recycle(block)
        elif self._start + self._frame_bytes > len(block):
            self._move_to(block)
        self._kept_start = self._start
        self._limit = min(self._start + self._frame_bytes, max(self.held_bytes, BLOCK_BYTES))

    def _move_to(self, block: memoryview) -> None:
        """What is left goes to the front of `block`, which may be where it is."""
        left = self._end - self._start
        block[:left] = self._view[self._start : self._end]
        self._block = self._view = block
        self._start, self._end = 0, left

    def _drop(self) -> None:
        """Give back what is held, except the bytes still to be kept, which the caller sees to."""
        block, held_bytes = self._block, self.held_bytes
        self._block = None
        self._stash = b""
        self.held_bytes = 0
        if block is not None and len(block) == BLOCK_BYTES:
            self._buffers.recycle(block)
        if held_bytes:
            self._buffers.give(held_bytes)
