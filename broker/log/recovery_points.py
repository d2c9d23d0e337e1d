"""The file `recovery-point-offset-checkpoint`: up to where each log is safe from a power cut.

A roll, and a clean end, have a log's files synced and then note the offset here; what is below it is
never checked again. The file's own loss only means that more is checked.

Syncing takes long and is done in the background. After a failed sync the point stays where it is for
the rest of the run: the operating system tells of a lost page only once.

Follows Kafka's LogManager.
"""

from collections.abc import Callable, Sequence
from threading import Lock

from broker.log.corrupt_file import CorruptFile
from broker.log.engine import PartitionKey
from broker.log.files import Files
from broker.log.offset_checkpoint import OffsetCheckpoint, TopicPartition
from broker.logger import Logger

NAME = "recovery-point-offset-checkpoint"


class RecoveryPoints:
    """The recovery points of one data directory. May be used from any thread."""

    def __init__(
        self,
        directory: str,
        files: Files,
        logger: Logger,
        *,
        in_background: Callable[[Callable[[], None]], None],
    ) -> None:
        """Raises: OSError."""
        self._files = files
        self._logger = logger
        self._in_background = in_background
        self._points = OffsetCheckpoint(f"{directory}/{NAME}", files, logger)
        try:
            self._points.load()
        except CorruptFile as error:
            logger.warning("recovery points are not used", error=str(error))
        self._lock = Lock()
        self._known: dict[TopicPartition, PartitionKey] = {}
        self._failed: dict[PartitionKey, OSError] = {}
        self._is_due = False

    def of(self, key: PartitionKey) -> int:
        """Everything below this offset is safe; 0 when nothing is known."""
        return self._points.get((key.topic, key.partition))

    def of_name(self, name: TopicPartition) -> int:
        """The same of a log that is known by its directory's name only."""
        return self._points.get(name)

    def lower(self, key: PartitionKey, offset: int) -> None:
        """The log was cut: what comes now behind `offset` is not what was synced there."""
        if self.of(key) > offset:
            self._points.set((key.topic, key.partition), offset)
            self._write_soon()

    def distrust(self, key: PartitionKey, error: OSError) -> None:
        """A sync of the log has failed: its point moves no more."""
        with self._lock:
            self._failed.setdefault(key, error)

    def failure_of(self, key: PartitionKey) -> OSError | None:
        """What a sync of the log has failed with."""
        return self._failed.get(key)

    def forget(self, key: PartitionKey) -> None:
        """The log is gone, or a new one has the name; a sync that is under way for it counts no more."""
        with self._lock:
            self._known.pop((key.topic, key.partition), None)
            self._failed.pop(key, None)
        if self._points.forget((key.topic, key.partition)):
            self._write_soon()

    def sync_in_background(self, key: PartitionKey, paths: Sequence[str], offset: int) -> None:
        """Sync all of `paths`, then move the log's point to `offset`."""
        self._expect(key)

        def work() -> None:
            self._sync(key, paths, offset)

        self._in_background(work)

    def sync(self, key: PartitionKey, paths: Sequence[str], offset: int) -> bool:
        """The same at once; whether it could be done."""
        self._expect(key)
        return self._sync(key, paths, offset)

    def close(self) -> None:
        """Store all points; what is still under way counts no more. Raises: OSError."""
        with self._lock:
            self._known.clear()
        self._points.close()

    def _expect(self, key: PartitionKey) -> None:
        with self._lock:
            self._known[key.topic, key.partition] = key

    def _sync(self, key: PartitionKey, paths: Sequence[str], offset: int) -> bool:
        for path in paths:
            try:
                self._files.sync(path)
            except FileNotFoundError:
                continue  # its segment was deleted meanwhile: then it needs no sync
            except OSError as error:
                self._logger.error("sync failed", partition=str(key), error=str(error))
                self.distrust(key, error)
                return False
        name = (key.topic, key.partition)
        with self._lock:
            is_current = self._known.get(name) == key and key not in self._failed
            if is_current and offset > self._points.get(name):
                self._points.set(name, offset)
        self._write_soon()
        return is_current

    def _write_soon(self) -> None:
        """Changes that come close together share one write."""
        with self._lock:
            if self._is_due:
                return
            self._is_due = True
        self._in_background(self._write)

    def _write(self) -> None:
        with self._lock:
            self._is_due = False
        self._points.write(sync=True)
