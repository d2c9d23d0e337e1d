"""The file `<base offset>.index`: which byte of the segment holds an offset, for one batch in many.

    (relative_offset i32, position i32)*     big-endian, both rising

`relative_offset` counts from the segment's base offset and is the *last* offset of the batch that
starts at `position`. Sparse: an entry every `index.interval.bytes`. It can be rebuilt from the
segment; after a crash it may lack its newest entries. Entries are written when the log is
checkpointed, not one by one.

Follows Kafka's OffsetIndex.
"""

from array import array
from typing import NamedTuple

from broker.log.index_entries import Columns, IndexCache, IndexEntries, Layout, to_big_endian

ENTRY_BYTES = 8
OFFSET, POSITION = 0, 1


class OffsetPosition(NamedTuple):
    """The batch at `position` ends with `offset`; `is_checked` unless a file is all that says so."""

    offset: int
    position: int
    is_checked: bool


def pack(columns: Columns) -> bytes:
    both = array("I", bytes(len(columns[0]) * ENTRY_BYTES))
    both[0::2], both[1::2] = columns
    return to_big_endian(both).tobytes()


def unpack(data: bytes) -> Columns:
    both = to_big_endian(array("I", data))
    return both[0::2], both[1::2]


LAYOUT = Layout(ENTRY_BYTES, ("I", "I"), pack, unpack)


class OffsetIndex:
    """The offset index of the segment that begins with `base_offset`."""

    __slots__ = ("_base_offset", "_entries")

    def __init__(self, cache: IndexCache, path: str, base_offset: int, *, is_on_disk: bool) -> None:
        """Raises: DamagedIndex, OSError: of a file that is taken over."""
        self._base_offset = base_offset
        self._entries = IndexEntries(cache, path, LAYOUT, is_on_disk=is_on_disk)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size_bytes(self) -> int:
        return self._entries.size_bytes

    def append(self, *, offset: int, position: int) -> None:
        self._entries.append(offset - self._base_offset, position)

    def before(self, offset: int) -> OffsetPosition | None:
        """The last known batch that ends at `offset` or before it."""
        relative = offset - self._base_offset
        return self._found(self._entries.last_up_to(OFFSET, relative) if relative >= 0 else None)

    def up_to(self, position: int) -> OffsetPosition | None:
        """The last known batch that starts at `position` or before it."""
        return self._found(self._entries.last_up_to(POSITION, position))

    def truncate(self, *, position: int) -> None:
        """Forget the batches that start at `position` or behind it. Raises: DamagedIndex, OSError."""
        self._entries.truncate(POSITION, position - 1)

    def write(self) -> None:
        """Bring the file up to date. Raises OSError."""
        self._entries.write()

    def _found(self, entry: tuple[tuple[int, int], bool] | None) -> OffsetPosition | None:
        if entry is None:
            return None
        (relative, position), is_from_file = entry
        return OffsetPosition(self._base_offset + relative, position, not is_from_file)
