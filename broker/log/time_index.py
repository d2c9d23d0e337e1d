"""The file `<base offset>.timeindex`: from which record on a timestamp can be found.

    (timestamp i64, relative_offset i32)*    big-endian, timestamps rising

An entry says: the greatest timestamp up to and including `offset` is `timestamp`. It can be rebuilt
from the segment; after a crash it may lack its newest entries.

Follows Kafka's TimeIndex.
"""

from array import array
from bisect import bisect_left, bisect_right
from struct import Struct
from typing import NamedTuple

ENTRY = Struct(">qI")


class TimestampPosition(NamedTuple):
    timestamp_ms: int
    offset: int


class TimeIndex:
    """Entries of one segment; `base_offset` is the segment's."""

    __slots__ = ("_base_offset", "_offsets", "_timestamps")

    def __init__(self, base_offset: int) -> None:
        self._base_offset = base_offset
        self._timestamps = array("q")
        self._offsets = array("I")

    def __len__(self) -> int:
        return len(self._offsets)

    @property
    def size_bytes(self) -> int:
        return len(self._offsets) * ENTRY.size

    def append(self, *, timestamp_ms: int, offset: int) -> None:
        """Only a greater timestamp makes an entry."""
        if not self._timestamps or timestamp_ms > self._timestamps[-1]:
            self._timestamps.append(timestamp_ms)
            self._offsets.append(offset - self._base_offset)

    def last(self) -> TimestampPosition | None:
        if not self._offsets:
            return None
        return TimestampPosition(self._timestamps[-1], self._base_offset + self._offsets[-1])

    def offset_before(self, timestamp_ms: int) -> int:
        """An offset up to which every timestamp is smaller; the segment's first when none is known."""
        found = bisect_left(self._timestamps, timestamp_ms)
        return self._base_offset + self._offsets[found - 1] if found else self._base_offset

    def truncate(self, *, offset: int) -> None:
        """Forget what is said of `offset` and behind."""
        keep = (
            bisect_right(self._offsets, offset - self._base_offset - 1) if offset > self._base_offset else 0
        )
        del self._offsets[keep:]
        del self._timestamps[keep:]

    def to_bytes(self) -> bytes:
        pairs = zip(self._timestamps, self._offsets, strict=True)
        return b"".join(ENTRY.pack(timestamp, offset) for timestamp, offset in pairs)

    @classmethod
    def from_bytes(cls, data: bytes, base_offset: int) -> "TimeIndex | None":
        """None when these bytes cannot be such an index."""
        index = cls(base_offset)
        if len(data) % ENTRY.size:
            return None
        for timestamp, offset in ENTRY.iter_unpack(data):
            if index._offsets and (timestamp <= index._timestamps[-1] or offset < index._offsets[-1]):
                return None
            index._timestamps.append(timestamp)
            index._offsets.append(offset)
        return index
