"""Memory for what is being received: one block for the whole loop, more for frames not yet complete.

A read goes into the `shared` block; where it ends in the middle of a frame the connection keeps the
block and the loop takes another. The sum of all that is kept is bounded (`queued.max.request.bytes`):
when it is used up, connections read small requests only and queue up for memory with larger ones.
Should it be held by frames that do not come to an end, the slowest of them are dropped: after a second
if somebody waits for memory, and at once if even the small beginnings do not fit any more.
"""

import mmap
from collections.abc import Iterable
from typing import Protocol

from broker.clock import Clock, Timer

BLOCK_BYTES = (2 << 20) + (1 << 14)  # two requests of max.request.size (1 MiB) and their envelopes
STASH_BYTES = 4096  # a shorter beginning of a frame is copied, and occupies no block
CHECK_MS = 1000
NO_LIMIT = 1 << 62
SPARE_BLOCKS = 4

FLAGS = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_NORESERVE", 0)


class Holder(Protocol):
    """Who keeps memory between two reads."""

    @property
    def held_bytes(self) -> int:
        """Memory that would be free without it."""

    @property
    def half_sent_bytes(self) -> int:
        """How much has come of a frame that is not complete; 0 if it waits for something else."""

    def memory_granted(self) -> None:
        """`BLOCK_BYTES` have been taken on its behalf, as it had asked."""

    def evicted(self) -> None:
        """Others need the memory: give it back at once, and close."""


class ReceiveBuffers:
    """The receive buffers of one event loop; `max_bytes` of 0 or less is no limit."""

    def __init__(self, *, max_bytes: int, clock: Clock) -> None:
        self.max_bytes = max_bytes if max_bytes > 0 else NO_LIMIT
        self.used_bytes = 0
        self.shared = new_block(BLOCK_BYTES)
        self._clock = clock
        self._spare: list[memoryview] = []
        self._holders: dict[Holder, int] = {}
        self._waiting: dict[Holder, None] = {}
        self._timer: Timer | None = None

    @property
    def is_exhausted(self) -> bool:
        return self.used_bytes + BLOCK_BYTES > self.max_bytes

    def swap_shared(self) -> memoryview:
        """The block that has just been read into is the caller's; the loop goes on with another."""
        block = self.shared
        self.shared = self.block()
        return block

    def block(self) -> memoryview:
        """`BLOCK_BYTES` of memory, for which the caller accounts."""
        return self._spare.pop() if self._spare else new_block(BLOCK_BYTES)

    def recycle(self, block: memoryview) -> None:
        """The opposite of `block`."""
        if len(self._spare) < SPARE_BLOCKS:
            self._spare.append(block)

    def take(self, count: int, holder: Holder) -> None:
        """Account for memory that `holder` keeps between two reads; beyond the bound others make room."""
        self.used_bytes += count
        if self.used_bytes > self.max_bytes:
            others = [each for each in self._holders if each is not holder]
            self._evict(others, self.used_bytes - self.max_bytes)

    def give(self, count: int) -> None:
        """The opposite of `take`; whoever waits for memory gets it, first come first served."""
        self.used_bytes -= count
        while self._waiting and not self.is_exhausted:
            holder = next(iter(self._waiting))
            del self._waiting[holder]
            self.used_bytes += BLOCK_BYTES
            holder.memory_granted()

    def hold(self, holder: Holder) -> None:
        """A frame has begun and does not end with this read."""
        self._holders[holder] = self._clock.monotonic_ms()

    def let_go(self, holder: Holder) -> None:
        """It has ended, or its connection has. It must have given its memory back."""
        self._holders.pop(holder, None)
        self._waiting.pop(holder, None)

    def wait(self, holder: Holder) -> None:
        """Call `memory_granted` when there is memory for a block."""
        self._waiting[holder] = None
        if self._timer is None:
            self._timer = self._clock.call_at(self._clock.monotonic_ms() + CHECK_MS, self._relieve)

    def _relieve(self) -> None:
        """While somebody has waited for a while, the frames that grow slowest make room.

        Who waits cannot grow, and is spared as long as others hold blocks.
        """
        self._timer = None
        if not self._waiting:
            return
        waiting = self._waiting
        others = [each for each in self._holders if each not in waiting and each.held_bytes >= BLOCK_BYTES]
        if self._evict(others, len(waiting) * BLOCK_BYTES, least_age_ms=CHECK_MS) == 0:
            self._evict(self._holders, BLOCK_BYTES, least_age_ms=CHECK_MS)
        if self._waiting:
            self._timer = self._clock.call_at(self._clock.monotonic_ms() + CHECK_MS, self._relieve)

    def _evict(self, holders: Iterable[Holder], wanted_bytes: int, *, least_age_ms: int = 0) -> int:
        """Evict the half-sent frames that grow slowest; the bytes that were freed."""
        now_ms, freed_bytes = self._clock.monotonic_ms(), 0
        rates: list[tuple[float, int, Holder]] = []
        for order, holder in enumerate(holders):
            age_ms = now_ms - self._holders[holder]
            if holder.half_sent_bytes and age_ms >= least_age_ms:
                rates.append((holder.half_sent_bytes / max(1, age_ms), order, holder))
        for _, _, holder in sorted(rates):
            if freed_bytes >= wanted_bytes:
                break
            freed_bytes += holder.held_bytes
            holder.evicted()
        return freed_bytes


def new_block(size_bytes: int) -> memoryview:
    """Memory that costs nothing until it is written to, and goes back when the view does."""
    return memoryview(mmap.mmap(-1, size_bytes, flags=FLAGS))
