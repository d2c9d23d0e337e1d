"""A bounded number of open files for any number of partitions: the one longest unused is closed first."""

from broker.log.files import File, Files

MOST_OPEN = 256


class OpenFiles:
    """Open files by path. A file that readers have pinned stays open until they are done."""

    def __init__(self, files: Files, *, most_open: int = MOST_OPEN) -> None:
        self.files = files
        self._most_open = most_open
        self._open: dict[str, File] = {}  # the longest unused first

    def get(self, path: str) -> File:
        """The file, opened if it is not; made if it is not there. Raises OSError."""
        file = self._open.pop(path, None)
        if file is None:
            file = self.files.open(path, create=True)
            while len(self._open) >= self._most_open:
                self._open.pop(next(iter(self._open))).close()
        self._open[path] = file
        return file

    def forget(self, path: str) -> None:
        """Close it, if it is open, before it is renamed or removed."""
        file = self._open.pop(path, None)
        if file is not None:
            file.close()

    def close(self) -> None:
        for path in list(self._open):
            self.forget(path)
