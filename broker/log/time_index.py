"""The file `<base offset>.timeindex`: from which batch on a timestamp can be found.

    (timestamp i64, relative_offset i32)*    big-endian, timestamps rising

An entry says: the greatest timestamp up to and including the batch that ends with `offset` is
`timestamp`, and it is that batch's. It can be rebuilt from the segment; after a crash it may lack
its newest entries. Whenever it is written its last entry tells the greatest timestamp so far.

Follows Kafka's TimeIndex.
"""

from array import array
from typing import NamedTuple

from broker.log.files import Files
from broker.log.index_entries import Columns, IndexCache, IndexEntries, Layout, to_big_endian

ENTRY_BYTES = 12
TIMESTAMP, OFFSET = 0, 1


class TimestampPosition(NamedTuple):
    """A batch's greatest timestamp, and the last offset of that batch."""

    timestamp_ms: int
    offset: int


def pack(columns: Columns) -> bytes:
    """Entries of twelve bytes are three words each: two of the timestamp, one of the offset."""
    timestamps, offsets = map(to_big_endian, columns)
    halves = array("I", timestamps.tobytes())
    words = array("I", bytes(len(offsets) * ENTRY_BYTES))
    words[0::3], words[1::3], words[2::3] = halves[0::2], halves[1::2], offsets
    return words.tobytes()


def unpack(data: bytes) -> Columns:
    words = array("I", data)
    halves = array("I", bytes(len(words) // 3 * 8))
    halves[0::2], halves[1::2] = words[0::3], words[1::3]
    return to_big_endian(array("q", halves.tobytes())), to_big_endian(words[2::3])


LAYOUT = Layout(ENTRY_BYTES, ("q", "I"), pack, unpack)


def greatest_in_file(files: Files, path: str) -> int | None:
    """The timestamp of the last entry; None where there is none. Raises: OSError."""
    try:
        file = files.open(path)
    except FileNotFoundError:
        return None
    try:
        end = file.size_bytes() // ENTRY_BYTES * ENTRY_BYTES
        last = file.read(position=max(end - ENTRY_BYTES, 0), size_bytes=min(end, ENTRY_BYTES))
    finally:
        file.close()
    return int.from_bytes(last[:8], "big", signed=True) if last else None


class TimeIndex:
    """The time index of the segment that begins with `base_offset`."""

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

    @property
    def last(self) -> TimestampPosition | None:
        """The greatest timestamp it knows."""
        entry = self._entries.last
        return None if entry is None else self._found(entry)

    def append(self, *, timestamp_ms: int, offset: int) -> None:
        """Only a greater timestamp makes an entry."""
        last = self._entries.last
        if last is None or timestamp_ms > last[0]:
            self._entries.append(timestamp_ms, offset - self._base_offset)

    def before(self, timestamp_ms: int) -> TimestampPosition | None:
        """The last known batch up to which every timestamp is smaller; None when none is known."""
        entry = self._entries.last_up_to(TIMESTAMP, timestamp_ms - 1)
        return None if entry is None else self._found(entry[0])

    def truncate(self, *, offset: int) -> None:
        """Forget what is said of `offset` and behind. Raises: DamagedIndex, OSError."""
        self._entries.truncate(OFFSET, offset - self._base_offset - 1)

    def write(self) -> None:
        """Bring the file up to date. Raises OSError."""
        self._entries.write()

    def _found(self, entry: tuple[int, int]) -> TimestampPosition:
        return TimestampPosition(entry[0], self._base_offset + entry[1])
