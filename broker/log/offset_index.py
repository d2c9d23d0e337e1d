"""The file `<base offset>.index`: which byte of the segment holds an offset, for one batch in many.

    (relative_offset i32, position i32)*     big-endian, both rising

`relative_offset` counts from the segment's base offset and is the *last* offset of the batch that
starts at `position`. Sparse: an entry every `index.interval.bytes`. It can be rebuilt from the
segment; after a crash it may lack its newest entries. In memory the entries are two flat arrays, and
the file is written when the log is checkpointed, not at every entry.

Follows Kafka's OffsetIndex.
"""

import sys
from array import array
from bisect import bisect_right
from itertools import pairwise
from typing import NamedTuple

ENTRY_BYTES = 8


class OffsetPosition(NamedTuple):
    offset: int
    position: int


class OffsetIndex:
    """Entries of one segment; `base_offset` is the segment's."""

    __slots__ = ("_base_offset", "_offsets", "_positions")

    def __init__(self, base_offset: int) -> None:
        self._base_offset = base_offset
        self._offsets = array("I")
        self._positions = array("I")

    def __len__(self) -> int:
        return len(self._offsets)

    @property
    def size_bytes(self) -> int:
        return len(self._offsets) * ENTRY_BYTES

    def append(self, *, offset: int, position: int) -> None:
        self._offsets.append(offset - self._base_offset)
        self._positions.append(position)

    def last(self) -> OffsetPosition | None:
        if not self._offsets:
            return None
        return OffsetPosition(self._base_offset + self._offsets[-1], self._positions[-1])

    def position_before(self, offset: int) -> int:
        """The greatest known position of a batch that ends at or before `offset`; 0 when none is known."""
        found = bisect_right(self._offsets, offset - self._base_offset)
        return self._positions[found - 1] if found else 0

    def last_position_up_to(self, position: int) -> int:
        """The greatest known start of a batch that is not behind `position`."""
        found = bisect_right(self._positions, position)
        return self._positions[found - 1] if found else 0

    def truncate(self, *, position: int) -> None:
        """Forget the batches that start at `position` or behind it."""
        keep = bisect_right(self._positions, position - 1) if position else 0
        del self._offsets[keep:]
        del self._positions[keep:]

    def to_bytes(self) -> bytes:
        both = array("I", bytes(self.size_bytes))
        both[0::2] = self._offsets
        both[1::2] = self._positions
        if sys.byteorder == "little":
            both.byteswap()
        return both.tobytes()

    @classmethod
    def from_bytes(cls, data: bytes, base_offset: int, *, size_bytes: int) -> "OffsetIndex | None":
        """The index of a segment of `size_bytes`; None when these bytes cannot be it."""
        index = cls(base_offset)
        if len(data) % ENTRY_BYTES:
            return None
        both = array("I", data)
        if sys.byteorder == "little":
            both.byteswap()
        index._offsets, index._positions = both[0::2], both[1::2]
        for entries in (index._offsets, index._positions):
            if any(later <= earlier for earlier, later in pairwise(entries)):
                return None
        if index._positions and index._positions[-1] >= size_bytes:
            return None
        return index
