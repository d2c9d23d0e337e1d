"""A disk that fails when a test says so, and forgets what was not synced when its power is cut.

Every call that changes something is counted; `fail_at` and `cut_power_at` name the n-th from now on.
A cut disk raises `PowerCut` whatever is asked of it, as a dead machine would, until `restart`.

What a power cut leaves (`Loss`): a file's bytes as of its last sync, and of each write since then all,
nothing or a first part, whichever order they had (a replaced file is there or empty, up to a page); of a
directory's names those of its last sync and some first ones of the changes since, whole ones. A killed
process loses nothing: it is enough to open the same files anew, after `kill` has released its locks.
"""

import errno
import os
from collections.abc import Callable
from enum import Enum
from random import Random
from typing import NamedTuple

from broker.log.files import Data, File, InUse, Lock

TOTAL_BYTES = 1 << 40
PAGE_BYTES = 1 << 12


class PowerCut(BaseException):
    """The machine is off. Nothing in the broker may catch this."""


class Loss(Enum):
    """What a power cut takes of all that was not synced."""

    EVERYTHING = "everything"
    NOTHING = "nothing"
    SOME = "some"


class _Fault(NamedTuple):
    first: int
    last: int
    number: int
    kinds: frozenset[str]


class _Change(NamedTuple):
    """Of a file's bytes: written from `position` on, or, where `data` is None, cut there.

    A crash keeps whole pages: a small file that is replaced is there or empty, while what is
    appended to others may end anywhere.
    """

    position: int
    data: bytes | None
    page_bytes: int = 1


class _Contents:
    """A file's bytes, whatever name it has."""

    def __init__(self) -> None:
        self.now = bytearray()
        self._synced = b""
        self._changes: list[_Change] = []

    def change(self, change: _Change) -> None:
        _apply(self.now, change)
        self._changes.append(change)

    def sync(self) -> None:
        self._synced = bytes(self.now)
        self._changes.clear()

    def lose(self, loss: Loss, random: Random) -> None:
        if loss is not Loss.NOTHING:
            self.now[:] = self._synced
        for change in self._changes if loss is Loss.SOME else ():
            kept = random.choice(("all", "some", "none"))
            if kept == "all":
                _apply(self.now, change)
            elif kept == "some" and change.data:
                kept_bytes = random.randrange(len(change.data) + 1) // change.page_bytes * change.page_bytes
                _apply(self.now, _Change(change.position, change.data[:kept_bytes]))
        self.sync()


def _apply(contents: bytearray, change: _Change) -> None:
    end = change.position
    if change.data is None:
        del contents[end:]
    if len(contents) < end and change.data != b"":
        contents.extend(bytes(end - len(contents)))
    if change.data is not None:
        contents[end : end + len(change.data)] = change.data


Names = dict[str, "_Contents | _Directory"]


class _Directory:
    """Names; each change of them is atomic."""

    def __init__(self) -> None:
        self.now: Names = {}
        self._synced: Names = {}
        self._changes: list[Callable[[Names], None]] = []

    def change(self, change: Callable[[Names], None]) -> None:
        change(self.now)
        self._changes.append(change)

    def sync(self) -> None:
        self._synced = dict(self.now)
        self._changes.clear()

    def lose(self, loss: Loss, random: Random) -> None:
        if loss is not Loss.NOTHING:
            self.now = dict(self._synced)
        if loss is Loss.SOME:
            for change in self._changes[: random.randrange(len(self._changes) + 1)]:
                change(self.now)
        self.sync()
        for entry in self.now.values():
            entry.lose(loss, random)


class FaultyFile:
    """An open file. Using it after it was closed is an error, as on a real disk."""

    def __init__(self, files: "FaultyFiles", contents: _Contents) -> None:
        self._files = files
        self._contents = contents
        self._boot = files.boot
        self._pins = 0
        self._is_closing = False
        files.open_count += 1

    def fileno(self) -> int:
        raise OSError(errno.EBADF, "this file is in a test")

    def views(self, *, position: int, size_bytes: int) -> list[memoryview] | None:
        return None

    def read(self, *, position: int, size_bytes: int) -> bytes:
        self._use("read")
        data = bytes(self._contents.now[position : position + size_bytes])
        if len(data) != size_bytes:
            raise OSError(f"the file ends {size_bytes - len(data)} bytes before what was asked for")
        return data

    def read_into(self, buffer: memoryview, *, position: int) -> None:
        buffer[:] = self.read(position=position, size_bytes=len(buffer))

    def write(self, data: Data, *, position: int) -> None:
        whole = bytes(data)

        def tear() -> None:
            part = whole[: self._files.random.randrange(len(whole) + 1)]
            self._contents.change(_Change(position, part))

        self._use("write", tear)
        self._contents.change(_Change(position, whole))

    def truncate(self, size_bytes: int) -> None:
        self._use("truncate")
        self._contents.change(_Change(size_bytes, None))

    def size_bytes(self) -> int:
        self._use("size")
        return len(self._contents.now)

    @property
    def is_pinned(self) -> bool:
        return self._pins > 0

    def pin(self) -> None:
        assert self._pins or not self._is_closing, "a closed file is pinned"
        self._pins += 1

    def unpin(self) -> None:
        assert self._pins, "unpinned more often than pinned"
        self._pins -= 1
        if self._is_closing and not self._pins:
            self._files.open_count -= 1

    def close(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            if not self._pins:
                self._files.open_count -= 1

    def _use(self, kind: str, tear: Callable[[], None] | None = None) -> None:
        if self._boot != self._files.boot:
            raise PowerCut
        if self._is_closing and not self._pins:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        self._files.count(kind, tear)


class _HeldLock:
    def __init__(self, held: set[str], path: str) -> None:
        self._held = held
        self._path = path

    def release(self) -> None:
        self._held.discard(self._path)


READING = frozenset({"read", "list", "size"})
CHANGING = frozenset(
    {"open", "write", "truncate", "replace", "sync", "make_directory", "rename", "remove", "remove_directory"}
)


class FaultyFiles:
    """`Files` in memory, with all that may go wrong."""

    is_memory = False  # as if it were a disk

    def __init__(self, *, seed: int = 0) -> None:
        self.random = Random(seed)
        self.boot = 1
        self.calls = 0  # that changed something, or would have
        self.open_count = 0
        self._root = _Directory()
        self._faults: list[_Fault] = []
        self._reads = 0
        self._cut_at: int | None = None
        self._is_off = False
        self._locks: set[str] = set()

    # What a test does to it.

    def fail_at(
        self,
        call: int,
        *,
        number: int = errno.EIO,
        times: int = 1,
        kinds: frozenset[str] = CHANGING,
    ) -> None:
        """The n-th counted call from now on, and those up to `times` in all, raise OSError(number).

        `kinds` which fail; of a write, a first part may be there afterwards. With READING it is the
        n-th read from now on.
        """
        begin = (self._reads if kinds <= READING else self.calls) + call
        self._faults.append(_Fault(begin, begin + times - 1, number, kinds))

    def heal(self) -> None:
        self._faults.clear()

    def cut_power_at(self, call: int) -> None:
        """The n-th changing call from now on is the last; a write may be torn by it."""
        self._cut_at = self.calls + call

    def restart(self, loss: Loss = Loss.SOME) -> None:
        """Cut the power now, if it is not off yet, and switch on again with what was not lost."""
        self._root.sync()  # a volume's root is there
        self._root.lose(loss, self.random)
        self.boot += 1
        self._is_off, self._cut_at = False, None
        self.heal()
        self.kill()

    def kill(self) -> None:
        """The process that used the files is gone."""
        self._locks.clear()
        self.open_count = 0

    def snapshot(self, directory: str = "") -> dict[str, bytes]:
        """Every file below a directory, and what is in it."""
        found: dict[str, bytes] = {}
        entry = self._find(directory) if directory else self._root
        assert isinstance(entry, _Directory)
        for name, inner in entry.now.items():
            path = f"{directory}/{name}" if directory else name
            if isinstance(inner, _Contents):
                found[path] = bytes(inner.now)
            else:
                found.update(self.snapshot(path))
        return found

    def damage(self, path: str, data: bytes) -> None:
        """Put other bytes into a file, past all counting."""
        contents = self._contents(path)
        contents.change(_Change(0, None))
        contents.change(_Change(0, data))

    def count(self, kind: str, tear: Callable[[], None] | None = None) -> None:
        """Called by all below before it does anything. `tear` does a part of it."""
        if self._is_off:
            raise PowerCut
        if kind in CHANGING:
            self.calls += 1
            if self.calls == self._cut_at:
                if tear is not None:
                    tear()
                self._is_off = True
                raise PowerCut
        else:
            self._reads += 1
        at = self.calls if kind in CHANGING else self._reads
        for fault in self._faults:
            if kind in fault.kinds and fault.first <= at <= fault.last:
                if tear is not None:
                    tear()
                raise OSError(fault.number, os.strerror(fault.number))

    # `Files`

    def open(self, path: str, *, create: bool = False) -> File:
        directory, name = self._parent(path)
        entry = directory.now.get(name)
        if entry is None and create:
            self.count("open")
            entry = _Contents()
            directory.change(_setting(name, entry))
        return FaultyFile(self, self._contents(path))

    def read_all(self, path: str) -> bytes:
        contents = self._contents(path)
        self.count("read")
        return bytes(contents.now)

    def replace(self, path: str, data: Data, *, sync: bool = False) -> None:
        directory, name = self._parent(path)
        contents, aside = _Contents(), f"{name}.tmp"
        self.count("replace", lambda: directory.change(_setting(aside, contents)))
        contents.change(_Change(0, bytes(data), PAGE_BYTES))
        if sync:
            contents.sync()
        directory.change(_setting(name, contents))

    def sync(self, path: str) -> None:
        entry = self._find(path)
        self.count("sync")
        entry.sync()

    def list(self, directory: str) -> list[str]:
        found = self._directory(directory)
        self.count("list")
        return list(found.now)

    def exists(self, path: str) -> bool:
        try:
            self._find(path)
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True

    def is_directory(self, path: str) -> bool:
        return self.exists(path) and isinstance(self._find(path), _Directory)

    def size_bytes(self, path: str) -> int:
        contents = self._contents(path)
        self.count("size")
        return len(contents.now)

    def make_directory(self, path: str) -> None:
        if not self.exists(path):
            parent, _, _ = path.rpartition("/")
            if parent:
                self.make_directory(parent)
            directory, name = self._parent(path)
            self.count("make_directory")
            directory.change(_setting(name, _Directory()))

    def rename(self, old: str, new: str) -> None:
        entry = self._find(old)
        old_directory, old_name = self._parent(old)
        directory, name = self._parent(new)
        assert old_directory is directory, "the log renames within a directory only"
        self.count("rename")

        def change(names: Names) -> None:
            names.pop(old_name, None)
            names[name] = entry

        directory.change(change)

    def remove(self, path: str) -> None:
        try:
            directory, name = self._parent(path)
        except FileNotFoundError:
            return
        if name in directory.now:
            self.count("remove")
            directory.change(_removing(name))

    def remove_directory(self, path: str) -> None:
        for name in list(self._directory(path).now):
            inner = f"{path}/{name}"
            (self.remove_directory if self.is_directory(inner) else self.remove)(inner)
        directory, name = self._parent(path)
        self.count("remove_directory")
        directory.change(_removing(name))

    def space(self, path: str) -> tuple[int, int]:
        self._find(path)
        return TOTAL_BYTES, TOTAL_BYTES // 2

    def lock(self, path: str) -> Lock:
        self.open(path, create=True).close()
        if path in self._locks:
            raise InUse(f"{path} is held by process {os.getpid()}")
        self._locks.add(path)
        return _HeldLock(self._locks, path)

    def _find(self, path: str) -> "_Contents | _Directory":
        if self._is_off:
            raise PowerCut
        entry: _Contents | _Directory = self._root
        for name in path.strip("/").split("/"):
            if isinstance(entry, _Contents):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
            if name not in entry.now:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
            entry = entry.now[name]
        return entry

    def _parent(self, path: str) -> tuple[_Directory, str]:
        parent, _, name = path.strip("/").rpartition("/")
        return self._directory(parent) if parent else self._root, name

    def _directory(self, path: str) -> _Directory:
        entry = self._find(path)
        if isinstance(entry, _Contents):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
        return entry

    def _contents(self, path: str) -> _Contents:
        entry = self._find(path)
        if isinstance(entry, _Directory):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        return entry


def _setting(name: str, entry: "_Contents | _Directory") -> Callable[[Names], None]:
    def change(names: Names) -> None:
        names[name] = entry

    return change


def _removing(name: str) -> Callable[[Names], None]:
    def change(names: Names) -> None:
        names.pop(name, None)

    return change
