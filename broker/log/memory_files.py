"""Files that live in memory: what `--memory` keeps its log in, and nothing after the process ends.

A file is a list of pieces as they were written, never changed in place, so that views handed out to
readers stay what they were while the file grows, is cut or is removed.
"""

from bisect import bisect_right

from broker.log.files import Data, File, Lock


class MemoryFile:
    """Pieces of bytes, one behind the other."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._pieces: list[memoryview] = []
        self._size_bytes = 0

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
            piece = self._pieces[number][start : start + end - position]
            found.append(piece)
            position += len(piece)
            number += 1
        return found

    def read(self, *, position: int, size_bytes: int) -> bytes:
        return b"".join(self.views(position=position, size_bytes=size_bytes) or ())

    def read_into(self, buffer: memoryview, *, position: int) -> None:
        buffer[:] = self.read(position=position, size_bytes=len(buffer))

    def write(self, data: Data, *, position: int) -> None:
        if position > self._size_bytes:
            self._append(bytes(position - self._size_bytes))
        behind = b""
        if position < self._size_bytes:
            end = position + len(data)
            if end < self._size_bytes:
                behind = self.read(position=end, size_bytes=self._size_bytes - end)
            self.truncate(position)
        self._append(bytes(data))
        self._append(behind)

    def _append(self, data: bytes) -> None:
        if data:
            self._starts.append(self._size_bytes)
            self._pieces.append(memoryview(data))
            self._size_bytes += len(data)

    def truncate(self, size_bytes: int) -> None:
        if size_bytes > self._size_bytes:
            self._append(bytes(size_bytes - self._size_bytes))
        while self._starts and self._starts[-1] >= size_bytes:
            self._starts.pop()
            self._pieces.pop()
        if self._starts:
            self._pieces[-1] = self._pieces[-1][: size_bytes - self._starts[-1]]
        self._size_bytes = size_bytes

    def size_bytes(self) -> int:
        return self._size_bytes

    def sync(self) -> None:
        """There is nothing to lose it to."""

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

    def __init__(self) -> None:
        self._files: dict[str, MemoryFile] = {}
        self._directories: set[str] = set()

    def open(self, path: str, *, create: bool = False) -> File:
        found = self._files.get(path)
        if found is None:
            if not create:
                raise FileNotFoundError(path)
            found = self._files[path] = MemoryFile()
        return found

    def read_all(self, path: str) -> bytes:
        file = self.open(path)
        return file.read(position=0, size_bytes=file.size_bytes())

    def replace(self, path: str, data: Data, *, sync: bool = False) -> None:
        file = self._files[path] = MemoryFile()
        file.write(data, position=0)

    def list(self, directory: str) -> list[str]:
        start = directory + "/"
        names = {
            path[len(start) :].split("/")[0]
            for path in (*self._files, *self._directories)
            if path.startswith(start)
        }
        return sorted(names)

    def exists(self, path: str) -> bool:
        return path in self._files or path in self._directories

    def size_bytes(self, path: str) -> int:
        return self.open(path).size_bytes()

    def make_directory(self, path: str) -> None:
        self._directories.add(path)

    def rename(self, old: str, new: str) -> None:
        if old in self._files:
            self._files[new] = self._files.pop(old)
            return
        for path in [path for path in self._files if path.startswith(old + "/")]:
            self._files[new + path[len(old) :]] = self._files.pop(path)
        self._directories.discard(old)
        self._directories.add(new)

    def remove(self, path: str) -> None:
        self._files.pop(path, None)

    def remove_directory(self, path: str) -> None:
        self._directories.discard(path)
        for name in [name for name in self._files if name.startswith(path + "/")]:
            del self._files[name]

    def space(self, path: str) -> tuple[int, int]:
        return -1, -1

    def lock(self, path: str) -> Lock:
        return _NoLock()
