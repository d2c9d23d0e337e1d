"""The entries of an index: the older ones in its file, the newer ones in memory until `write`.

Entries are pairs of rising numbers, kept as two flat arrays. What is read back from files goes through
a cache of bounded size, so that neither long logs nor many partitions fill the memory.

Whoever uses an entry that came from a file checks it against the log, which has the last word: a damaged
file can make a search start too early, never let it miss something. `DamagedIndex` and a failed check
lead to a rebuild.
"""

import sys
from array import array
from bisect import bisect_right
from collections.abc import Callable
from typing import NamedTuple

from broker.log.files import Files

CACHE_BYTES = 32 << 20

Pair = tuple[int, int]
Columns = tuple["array[int]", "array[int]"]


class DamagedIndex(OSError):
    """An index file is not there, or cannot be what it should be."""


class Layout(NamedTuple):
    """How entries stand in a file."""

    entry_bytes: int
    types: tuple[str, str]  # of the two columns, as `array` names them
    pack: Callable[[Columns], bytes]
    unpack: Callable[[bytes], Columns]


def to_big_endian(entries: "array[int]") -> "array[int]":
    """The same numbers with the bytes of each turned where this machine needs it, and back."""
    if sys.byteorder == "little":
        entries = entries[:]
        entries.byteswap()
    return entries


class IndexCache:
    """Entries read from files."""

    def __init__(self, files: Files, *, most_bytes: int = CACHE_BYTES) -> None:
        self.files = files
        self._most_bytes = most_bytes
        self._columns: dict[str, Columns] = {}  # the longest unused first
        self._bytes = 0

    def get(self, path: str, layout: Layout) -> Columns:
        """All entries in a file. Raises OSError, DamagedIndex above all."""
        found = self._columns.pop(path, None)
        if found is None:
            found = self._read(path, layout)
            self._bytes += _size_bytes(found)
            while self._bytes > self._most_bytes and self._columns:
                self.forget(next(iter(self._columns)))
        self._columns[path] = found
        return found

    def forget(self, path: str) -> None:
        found = self._columns.pop(path, None)
        if found is not None:
            self._bytes -= _size_bytes(found)

    def _read(self, path: str, layout: Layout) -> Columns:
        try:
            data = self.files.read_all(path)
        except FileNotFoundError:
            raise DamagedIndex(f"{path} is not there") from None
        if len(data) % layout.entry_bytes:
            raise DamagedIndex(f"{path}: {len(data)} bytes are no whole entries of {layout.entry_bytes}")
        return layout.unpack(data)


def _size_bytes(columns: Columns) -> int:
    return sum(column.itemsize * len(column) for column in columns)


class IndexEntries:
    """The entries of one index file."""

    __slots__ = ("_cache", "_is_on_disk", "_layout", "_newer", "last", "path", "stored")

    def __init__(self, cache: IndexCache, path: str, layout: Layout, *, is_on_disk: bool) -> None:
        """`is_on_disk`: begin with what the file holds. Raises: OSError, DamagedIndex above all."""
        self._cache = cache
        self._layout = layout
        self._newer: Columns = (array(layout.types[0]), array(layout.types[1]))
        self._is_on_disk = is_on_disk
        self.path = path
        self.stored = 0
        self.last: Pair | None = None
        if is_on_disk:
            first, second = cache.get(path, layout)
            self.stored = len(first)
            self.last = (first[-1], second[-1]) if first else None

    def __len__(self) -> int:
        return self.stored + len(self._newer[0])

    @property
    def size_bytes(self) -> int:
        return len(self) * self._layout.entry_bytes

    def append(self, first: int, second: int) -> None:
        newer = self._newer
        newer[0].append(first)
        newer[1].append(second)
        self.last = (first, second)

    def last_up_to(self, column: int, value: int) -> tuple[Pair, bool] | None:
        """The last entry whose `column` is at most `value`, and whether it came from the file."""
        newer = self._newer
        number = bisect_right(newer[column], value)
        if number:
            return (newer[0][number - 1], newer[1][number - 1]), False
        if not self.stored:
            return None
        older = self._cache.get(self.path, self._layout)
        number = bisect_right(older[column], value, 0, min(self.stored, len(older[0])))
        return ((older[0][number - 1], older[1][number - 1]), True) if number else None

    def truncate(self, column: int, value: int) -> None:
        """Keep the entries whose `column` is at most `value`. Raises: OSError, DamagedIndex above all."""
        newer = self._newer
        number = bisect_right(newer[column], value)
        del newer[0][number:], newer[1][number:]
        if number:
            self.last = (newer[0][-1], newer[1][-1])
            return
        self.last = None
        if self.stored:
            older = self._cache.get(self.path, self._layout)
            self.stored = bisect_right(older[column], value, 0, self.stored)
            self._is_on_disk = self.stored == len(older[column])
            if self.stored:
                self.last = (older[0][self.stored - 1], older[1][self.stored - 1])

    def write(self) -> None:
        """Bring the file up to date. Raises OSError: nothing is forgotten then."""
        count = len(self._newer[0])
        if not count and self._is_on_disk:
            return
        position = self.stored * self._layout.entry_bytes
        data = self._layout.pack(self._newer)
        self._cache.forget(self.path)
        file = self._cache.files.open(self.path, create=True)
        try:
            file.write(data, position=position)
            if file.size_bytes() > position + len(data):  # of a segment of that name that was cut
                file.truncate(position + len(data))
        finally:
            file.close()
        self.stored += count
        self._is_on_disk = True
        for column in self._newer:
            del column[:]
