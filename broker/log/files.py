"""The only room that opens files: what the log needs of a disk, and the disk.

`MemoryFiles` (see `memory_files`) keeps the same promises without one, and a fake in the tests fails
or cuts the power at the n-th call. Paths are plain text; a method that names none works on an open file.
All methods raise OSError.
"""

import fcntl
import os
from contextlib import suppress
from errno import ENOTDIR
from typing import Protocol

Data = bytes | bytearray | memoryview

ASIDE = ".tmp"  # what `replace` writes is called so until it is whole


class File(Protocol):
    """An open file. It counts those who read from it, and is closed when nobody does any more."""

    def fileno(self) -> int:
        """The descriptor, for sendfile."""

    def views(self, *, position: int, size_bytes: int) -> "list[memoryview] | None":
        """The bytes themselves where they are in memory, None where they have to be sent or read."""

    def read(self, *, position: int, size_bytes: int) -> bytes:
        """Exactly that range; OSError where the file is shorter."""

    def read_into(self, buffer: memoryview, *, position: int) -> None:
        """Fill the whole buffer; OSError where the file is shorter."""

    def write(self, data: Data, *, position: int) -> None:
        """All of it, at that position. On OSError some of it may be there."""

    def truncate(self, size_bytes: int) -> None: ...

    def size_bytes(self) -> int: ...

    @property
    def is_pinned(self) -> bool:
        """Whether somebody reads from it."""

    def pin(self) -> None:
        """Keep it open, whatever `close` says, until `unpin`. A closed file cannot be pinned."""

    def unpin(self) -> None: ...

    def close(self) -> None: ...


class Lock(Protocol):
    """A held lock file."""

    def release(self) -> None: ...


class InUse(OSError):
    """Another process holds the lock."""


class Files(Protocol):
    """A file system. `replace`, `sync` and `remove…` are also called from other threads."""

    is_memory: bool
    """Whether what is removed gives memory back, instead of room on a disk."""

    def open(self, path: str, *, create: bool = False) -> File: ...

    def read_all(self, path: str) -> bytes: ...

    def replace(self, path: str, data: Data, *, sync: bool = False) -> None:
        """Put a whole file in place. After a SIGKILL there is the old one or the new one; after a power
        cut, without `sync`, it may also be empty."""

    def sync(self, path: str) -> None:
        """Return when the file's bytes, or the directory's names, would survive a power cut."""

    def list(self, directory: str) -> list[str]: ...

    def exists(self, path: str) -> bool: ...

    def is_directory(self, path: str) -> bool: ...

    def size_bytes(self, path: str) -> int: ...

    def make_directory(self, path: str) -> None:
        """With its parents; nothing happens where it is there."""

    def rename(self, old: str, new: str) -> None:
        """Give a directory, or a file that is not in memory, another name."""

    def remove(self, path: str) -> None:
        """Nothing happens where it is not there."""

    def remove_directory(self, path: str) -> None:
        """With all that is in it."""

    def space(self, path: str) -> tuple[int, int]:
        """Bytes of the volume in all, and those that can still be used."""

    def lock(self, path: str) -> Lock:
        """Raises InUse, which names the process that holds it."""


def _sync(descriptor: int) -> None:
    if hasattr(fcntl, "F_FULLFSYNC"):  # macOS, whose fsync stops at the drive's cache
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    else:
        os.fsync(descriptor)  # unlike fdatasync it is right for directories, too


class DiskFile:
    """A file on this machine's disk."""

    __slots__ = ("_descriptor", "_is_closed", "_pins")

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._pins = 0
        self._is_closed = False

    def fileno(self) -> int:
        return self._descriptor

    def views(self, *, position: int, size_bytes: int) -> list[memoryview] | None:
        return None

    def read(self, *, position: int, size_bytes: int) -> bytes:
        data = os.pread(self._descriptor, size_bytes, position)
        if len(data) == size_bytes:
            return data
        buffer = bytearray(size_bytes)
        self.read_into(memoryview(buffer), position=position)
        return bytes(buffer)

    def read_into(self, buffer: memoryview, *, position: int) -> None:
        while buffer:
            count = os.preadv(self._descriptor, [buffer], position)
            if not count:
                raise OSError(
                    f"the file ends at byte {position}, {len(buffer)} bytes before what was asked for"
                )
            buffer = buffer[count:]
            position += count

    def write(self, data: Data, *, position: int) -> None:
        written = os.pwrite(self._descriptor, data, position)
        if written != len(data):
            rest = memoryview(data)
            while written < len(data):
                written += os.pwrite(self._descriptor, rest[written:], position + written)

    def truncate(self, size_bytes: int) -> None:
        os.ftruncate(self._descriptor, size_bytes)

    def size_bytes(self) -> int:
        return os.fstat(self._descriptor).st_size

    @property
    def is_pinned(self) -> bool:
        return self._pins > 0

    def pin(self) -> None:
        assert self._pins or not self._is_closed, "the number may be another file's by now"
        self._pins += 1

    def unpin(self) -> None:
        assert self._pins, "unpinned more often than pinned"
        self._pins -= 1
        if self._is_closed and not self._pins:
            os.close(self._descriptor)

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            if not self._pins:
                os.close(self._descriptor)


class FileLock:
    """An exclusive lock on a file that names its holder."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def release(self) -> None:
        os.close(self._descriptor)


class DiskFiles:
    """This machine's file system."""

    is_memory = False

    def open(self, path: str, *, create: bool = False) -> File:
        flags = os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0)
        return DiskFile(os.open(path, flags, 0o644))

    def read_all(self, path: str) -> bytes:
        with open(path, "rb") as file:
            return file.read()

    def read(self, path: str, *, position: int, size_bytes: int) -> bytes:
        """What is there of a range of a file that may not be ours to write; fewer bytes at its end."""
        with open(path, "rb", buffering=0) as file:
            return os.pread(file.fileno(), size_bytes, position)

    def replace(self, path: str, data: Data, *, sync: bool = False) -> None:
        aside = path + ASIDE
        try:
            with open(aside, "wb") as file:
                file.write(data)
                if sync:
                    file.flush()
                    _sync(file.fileno())
            os.replace(aside, path)
        except OSError:
            self.remove(aside)
            raise

    def sync(self, path: str) -> None:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _sync(descriptor)
        finally:
            os.close(descriptor)

    def list(self, directory: str) -> list[str]:
        return os.listdir(directory)

    def exists(self, path: str) -> bool:
        return os.path.exists(path)

    def is_directory(self, path: str) -> bool:
        return os.path.isdir(path)

    def size_bytes(self, path: str) -> int:
        return os.stat(path).st_size

    def make_directory(self, path: str) -> None:
        try:
            os.makedirs(path, exist_ok=True)
        except FileExistsError as error:
            raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR), path) from error

    def rename(self, old: str, new: str) -> None:
        os.rename(old, new)

    def remove(self, path: str) -> None:
        with suppress(FileNotFoundError):
            os.unlink(path)

    def remove_directory(self, path: str) -> None:
        import shutil  # it brings all compressors along, and nobody needs it at the start

        shutil.rmtree(path)

    def space(self, path: str) -> tuple[int, int]:
        volume = os.statvfs(path)
        return volume.f_frsize * volume.f_blocks, volume.f_frsize * volume.f_bavail

    def lock(self, path: str) -> Lock:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(descriptor, 32).decode(errors="replace").strip()
            os.close(descriptor)
            raise InUse(f"{path} is held by process {holder or '?'}") from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return FileLock(descriptor)
