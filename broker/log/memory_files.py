"""Files that live in memory: what `--memory` keeps its log in, and nothing after the process ends.

A file is a list of blocks. What a block holds up to the file's end is never changed, and no block is
ever made larger or smaller, so that views handed out to readers stay what they were while the file
grows, is cut or is removed. Blocks double in size: an idle partition costs little, a busy one few.
"""

from bisect import bisect_right

from broker.log.files import Data, File, Lock

FIRST_BLOCK_BYTES = 1 << 12
LARGEST_BLOCK_BYTES = 1 << 20


class MemoryFile:
    """A growing run of bytes."""

    __slots__ = ("_blocks", "_room", "_size_bytes", "_starts")

    def __init__(self, data: Data = b"") -> None:
        whole = memoryview(bytearray(data))
        self._starts = [0] if whole else []
        self._blocks = [whole] if whole else []
        self._size_bytes = len(whole)
        self._room = 0  # bytes of the last block that are not yet used

    def fileno(self) -> int:
        raise OSError("a file in memory has no descriptor")

    def views(self, *, position: int, size_bytes: int) -> list[memoryview] | None:
        end = position + size_bytes
        if end > self._size_bytes:
            raise OSError(f"the file ends at byte {self._size_bytes}, {end} was asked for")
        found = []
        number = bisect_right(self._starts, position) - 1
        while position < end:
            start = position - self._starts[number]
            piece = self._blocks[number][start : start + end - position]
            found.append(piece.toreadonly())
            position += len(piece)
            number += 1
        return found

    def read(self, *, position: int, size_bytes: int) -> bytes:
        return b"".join(self.views(position=position, size_bytes=size_bytes) or ())

    def read_into(self, buffer: memoryview, *, position: int) -> None:
        buffer[:] = self.read(position=position, size_bytes=len(buffer))

    def write(self, data: Data, *, position: int) -> None:
        behind = b""
        if position < self._size_bytes:
            end = position + len(data)
            if end < self._size_bytes:
                behind = self.read(position=end, size_bytes=self._size_bytes - end)
            self.truncate(position)
        elif position > self._size_bytes:
            self._append(bytes(position - self._size_bytes))
        self._append(data)
        self._append(behind)

    def _append(self, data: Data) -> None:
        rest = memoryview(data)
        while rest:
            if not self._room:
                self._add_block(len(rest))
            block = self._blocks[-1]
            count = min(self._room, len(rest))
            start = len(block) - self._room
            block[start : start + count] = rest[:count]
            rest = rest[count:]
            self._room -= count
            self._size_bytes += count

    def _add_block(self, wanted_bytes: int) -> None:
        usual = max(2 * len(self._blocks[-1]) if self._blocks else 0, FIRST_BLOCK_BYTES)
        self._room = max(min(usual, LARGEST_BLOCK_BYTES), wanted_bytes)
        self._starts.append(self._size_bytes)
        self._blocks.append(memoryview(bytearray(self._room)))

    def truncate(self, size_bytes: int) -> None:
        if size_bytes > self._size_bytes:
            self._append(bytes(size_bytes - self._size_bytes))
        elif size_bytes < self._size_bytes:
            while self._starts and self._starts[-1] >= size_bytes:
                self._starts.pop()
                self._blocks.pop()
            if self._starts:  # readers may hold what is cut off: it is not written over
                self._blocks[-1] = self._blocks[-1][: size_bytes - self._starts[-1]]
            self._size_bytes, self._room = size_bytes, 0

    def size_bytes(self) -> int:
        return self._size_bytes

    @property
    def is_pinned(self) -> bool:
        return False

    def pin(self) -> None:
        """Views keep what they show alive."""

    def unpin(self) -> None:
        """See `pin`."""

    def close(self) -> None:
        """The bytes belong to the file system, not to who has opened them."""


class _NoLock:
    def release(self) -> None:
        """Memory is shared with nobody."""


class MemoryFiles:
    """A file system in memory."""

    is_memory = True

    def __init__(self) -> None:
        self._directories: dict[str, dict[str, MemoryFile]] = {}
        self._inner: dict[str, dict[str, None]] = {}  # of each directory, the names of those in it

    def open(self, path: str, *, create: bool = False) -> File:
        directory, _, name = path.rpartition("/")
        files = self._files_in(directory)
        found = files.get(name)
        if found is None:
            if not create:
                raise FileNotFoundError(path)
            found = files[name] = MemoryFile()
        return found

    def _files_in(self, directory: str) -> dict[str, MemoryFile]:
        found = self._directories.get(directory)
        if found is None:
            raise FileNotFoundError(directory)
        return found

    def read_all(self, path: str) -> bytes:
        file = self.open(path)
        return file.read(position=0, size_bytes=file.size_bytes())

    def replace(self, path: str, data: Data, *, sync: bool = False) -> None:
        directory, _, name = path.rpartition("/")
        self._files_in(directory)[name] = MemoryFile(data)

    def sync(self, path: str) -> None:
        """There is nothing to lose it to."""

    def list(self, directory: str) -> list[str]:
        return [*self._files_in(directory), *self._inner.get(directory, ())]

    def exists(self, path: str) -> bool:
        directory, _, name = path.rpartition("/")
        return path in self._directories or name in self._directories.get(directory, ())

    def is_directory(self, path: str) -> bool:
        return path in self._directories

    def size_bytes(self, path: str) -> int:
        return self.open(path).size_bytes()

    def make_directory(self, path: str) -> None:
        while path and path not in self._directories:
            self._directories[path] = {}
            parent, _, name = path.rpartition("/")
            self._inner.setdefault(parent, {})[name] = None
            path = parent

    def rename(self, old: str, new: str) -> None:
        files = self._files_in(old)
        self.remove_directory(old)
        self.make_directory(new)
        self._directories[new] = files

    def remove(self, path: str) -> None:
        directory, _, name = path.rpartition("/")
        self._directories.get(directory, {}).pop(name, None)

    def remove_directory(self, path: str) -> None:
        self._files_in(path)
        for name in list(self._inner.get(path, ())):
            self.remove_directory(f"{path}/{name}")
        self._inner.pop(path, None)
        del self._directories[path]
        parent, _, name = path.rpartition("/")
        del self._inner[parent][name]

    def space(self, path: str) -> tuple[int, int]:
        return -1, -1

    def lock(self, path: str) -> Lock:
        return _NoLock()
