"""The file `recovery-point-offset-checkpoint`: up to where each log is safe from a power cut.

A roll, and a clean end, have a log's files synced and then note the offset here; what is below it is
never checked again. The file's own loss only means that more is checked.

Syncing takes long and is done by another thread, which is why everything here holds a lock. After a
failed sync the point stays where it is for the rest of the run: the operating system tells of a lost
page only once.

Follows Kafka's OffsetCheckpointFile and LogManager.
"""

from collections.abc import Callable, Sequence
from threading import Lock

from broker.log.engine import PartitionKey
from broker.log.files import Files
from broker.log.offset_checkpoint import TopicPartition, read_offsets, write_offsets
from broker.logger import Logger

NAME = "recovery-point-offset-checkpoint"


class RecoveryPoints:
    """The recovery points of one data directory."""

    def __init__(
        self,
        directory: str,
        files: Files,
        logger: Logger,
        *,
        in_background: Callable[[Callable[[], None]], None],
    ) -> None:
        """Raises: CorruptFile, OSError."""
        self._path = f"{directory}/{NAME}"
        self._files = files
        self._logger = logger
        self._in_background = in_background
        self._lock = Lock()
        self._points = read_offsets(files.read_all(self._path)) if files.exists(self._path) else {}
        self._known: dict[TopicPartition, PartitionKey] = {}
        self._under_way = 0
        self._failed: set[PartitionKey] = set()
        self._is_closed = False

    def of(self, key: PartitionKey) -> int:
        """Everything below this offset is safe; 0 when nothing is known."""
        return self.of_name((key.topic, key.partition))

    def of_name(self, name: TopicPartition) -> int:
        """The same of a log that is known by its directory's name only."""
        return self._points.get(name, 0)

    def lower(self, key: PartitionKey, offset: int) -> None:
        """The log was cut: what comes now behind `offset` is not what was synced there."""
        with self._lock:
            name = (key.topic, key.partition)
            if self._points.get(name, 0) > offset:
                self._points[name] = offset
                self._write()

    def forget(self, key: PartitionKey) -> None:
        """The log is gone, or a new one has the name; a sync that is under way for it counts no more."""
        with self._lock:
            name = (key.topic, key.partition)
            self._known.pop(name, None)
            self._failed.discard(key)
            if self._points.pop(name, None) is None:
                return
            self._under_way += 1
        self._in_background(self._finish)

    def sync_in_background(self, key: PartitionKey, paths: Sequence[str], offset: int) -> None:
        """Sync all of `paths`, then move the log's point to `offset`."""
        with self._lock:
            self._known[key.topic, key.partition] = key
            self._under_way += 1

        def work() -> None:
            if self._sync(key, paths):
                with self._lock:
                    self._note(key, offset)
            self._finish()

        self._in_background(work)

    def _finish(self) -> None:
        """Store the points, once for all that was under way at the same time."""
        with self._lock:
            self._under_way -= 1
            if not self._under_way and not self._is_closed:
                self._write()

    def sync(self, key: PartitionKey, paths: Sequence[str], offset: int) -> bool:
        """The same at once; the file is written by `close`."""
        with self._lock:
            self._known[key.topic, key.partition] = key
        is_synced = self._sync(key, paths)
        with self._lock:
            return is_synced and self._note(key, offset)

    def close(self) -> None:
        """Store all points. What is still under way then counts no more. Raises OSError."""
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                if self._points:
                    self._files.replace(self._path, write_offsets(self._points), sync=True)

    def _sync(self, key: PartitionKey, paths: Sequence[str]) -> bool:
        for path in paths:
            try:
                self._files.sync(path)
            except FileNotFoundError:
                continue  # its segment was deleted meanwhile: then it needs no sync
            except OSError as error:
                self._logger.error("sync failed", partition=str(key), error=str(error))
                with self._lock:
                    self._failed.add(key)
                return False
        return True

    def _note(self, key: PartitionKey, offset: int) -> bool:
        name = (key.topic, key.partition)
        if self._is_closed or self._known.get(name) != key or key in self._failed:
            return False
        self._points[name] = max(self._points.get(name, 0), offset)
        return True

    def _write(self) -> None:
        try:
            self._files.replace(self._path, write_offsets(self._points), sync=True)
        except OSError as error:
            self._logger.warning("recovery points not stored", error=str(error))
