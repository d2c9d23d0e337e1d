"""What all partitions of a data directory share: a bounded number of open files, and a bounded cache
of indexes. Of either, what was unused for longest goes first.

Only `.log` files stay open. Index files are opened for as long as they are read or written. As many
files as may stay open may be pinned by readers beside them.
"""

import os
from typing import NamedTuple

from broker.log.files import File, Files
from broker.log.index_entries import IndexCache
from broker.logger import Logger

MOST_OPEN = 256


class OpenFiles:
    """Open files by path. A file that `get` has given may be closed by the next `get`, unless it is
    pinned: then it stays open until all who have pinned it are done."""

    def __init__(self, files: Files, *, most_open: int | None = None) -> None:
        """`most_open` None: as many as leave enough descriptors to the clients."""
        self._files = files
        self._most_open = most_open or share_of(os.sysconf("SC_OPEN_MAX"))
        self._open: dict[str, File] = {}  # the longest unused first
        self._pinned = 0  # files

    def get(self, path: str, *, create: bool = False) -> File:
        """The file, opened if it is not. Raises OSError."""
        file = self._open.pop(path, None)
        if file is None:
            file = self._files.open(path, create=create)
            while len(self._open) >= self._most_open:
                self._open.pop(next(iter(self._open))).close()
        self._open[path] = file
        return file

    def pin(self, file: File) -> bool:
        """Keep a file that `get` has just given until `unpin`; False if too many are kept already."""
        if not file.is_pinned:
            if self._pinned >= self._most_open:
                return False
            self._pinned += 1
        file.pin()
        return True

    def unpin(self, file: File) -> None:
        file.unpin()
        if not file.is_pinned:
            self._pinned -= 1

    def forget(self, path: str) -> None:
        """Close it, if it is open, before it is renamed or removed."""
        file = self._open.pop(path, None)
        if file is not None:
            file.close()

    def close(self) -> None:
        for path in list(self._open):
            self.forget(path)


def share_of(descriptors: int) -> int:
    """How many log files may stay open in a process with so many descriptors; -1: any number."""
    return MOST_OPEN if descriptors < 0 else max(min(MOST_OPEN, descriptors // 4), 1)


class LogFiles(NamedTuple):
    """The file system, and what is kept of it at hand."""

    files: Files
    open: OpenFiles
    indexes: IndexCache
    logger: Logger

    @classmethod
    def over(cls, files: Files, logger: Logger) -> "LogFiles":
        return cls(files, OpenFiles(files), IndexCache(files), logger)
