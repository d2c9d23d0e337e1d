"""A partition's directory: what is in it, and how it grows and shrinks.

    <base offset>.log .index .timeindex    segments
    <offset>.snapshot                      producers as they were when `offset` was the log's end
    leader-epoch-checkpoint                where each leader epoch began
    partition.metadata                     the topic's id

A snapshot is also a recovery point: when it is written, everything below its offset has been given to
the operating system and the indexes on disk reach up to it. So a killed broker's logs need checking
only from their newest snapshot on; how they are opened again is `recovery`'s.

Follows Kafka's LocalLog and ProducerStateManager.
"""

from bisect import bisect_right
from contextlib import suppress

from broker.log.engine import PartitionKey
from broker.log.epoch_checkpoint import LeaderEpochs
from broker.log.files import File
from broker.log.open_files import LogFiles
from broker.log.partition_metadata import FILE_NAME
from broker.log.producer_state import ProducerState
from broker.log.recovery_points import RecoveryPoints
from broker.log.segment import Segment, file_name
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.records.batch import BatchHeader

EPOCHS = "leader-epoch-checkpoint"
SNAPSHOT = ".snapshot"
LOG = ".log"
INDEXES = (".index", ".timeindex")
NAME_DIGITS = 20
SNAPSHOTS_KEPT = 2
MOST_TOLD = 1_000
HEADERS_SOUGHT = 64


class PartitionStorage:
    """A partition directory in use. Before `recovery` has filled it it holds nothing."""

    __slots__ = (
        "_is_gone",
        "_last_failure",
        "_log_files",
        "_lost_sync",
        "_points",
        "_told",
        "directory",
        "epochs",
        "is_failing",
        "key",
        "newest_linked",
        "producers",
        "segments",
        "snapshots",
    )

    def __init__(
        self, key: PartitionKey, directory: str, log_files: LogFiles, points: RecoveryPoints
    ) -> None:
        self.key = key
        self.directory = directory
        self.producers = ProducerState()
        self.epochs = LeaderEpochs()
        self.segments: list[Segment] = []
        self.snapshots: list[int] = []  # offsets, ascending
        self.is_failing = False  # the last write failed: something may stand behind the log's end
        self.newest_linked = ""  # of the log files whose directories were synced after a flush
        self._log_files = log_files
        self._points = points
        self._is_gone = False
        self._told: set[int] = set()
        self._last_failure: str | None = None
        self._lost_sync: OSError | None = None

    def checkpoint(self, log_end_offset: int) -> None:
        """Store what makes the next opening short: indexes, and the producers as they are now.

        Raises: OSError: the older recovery point stays.
        """
        files = self._log_files.files
        self.segments[-1].write_indexes()
        files.replace(self._snapshot_path(log_end_offset), self.producers.to_snapshot())
        if log_end_offset not in self.snapshots:
            self.snapshots.append(log_end_offset)
        synced = self._points.of(self.key)
        needed_after_power_cut = [offset for offset in self.snapshots if offset <= synced][-1:]
        for offset in self.snapshots[:-SNAPSHOTS_KEPT]:
            # Behind the synced point, one that began a segment is what the next point will need.
            if offset not in needed_after_power_cut and (offset < synced or not self._begins_segment(offset)):
                files.remove(self._snapshot_path(offset))
                self.snapshots.remove(offset)

    def _begins_segment(self, offset: int) -> bool:
        return any(segment.base_offset == offset for segment in self.segments)

    def roll(self, log_end_offset: int, *, index_interval_bytes: int) -> Segment:
        """Close the active segment and begin the next at the log's end.

        Raises: OSError: the active segment stays active.
        """
        self.checkpoint(log_end_offset)
        self.sync_in_background(log_end_offset)
        segment = Segment(
            self._log_files, self.directory, log_end_offset, index_interval_bytes=index_interval_bytes
        )
        self.segments.append(segment)
        return segment

    def sync_in_background(self, log_end_offset: int) -> None:
        """Make the log safe from a power cut up to its end, where a snapshot has been stored."""
        self._points.sync_in_background(self.key, self.unsynced_paths(log_end_offset), log_end_offset)

    def unsynced_paths(self, log_end_offset: int) -> list[str]:
        """The files to sync before `log_end_offset` is the synced point; the directory last."""
        paths = [path for segment in self._unsynced_segments() for path in segment.paths]
        return [*paths, self._snapshot_path(log_end_offset), *self.linking_paths()]

    def linking_paths(self) -> list[str]:
        """What else must not be lost for the log's files to be found again; directories last."""
        epochs = [f"{self.directory}/{EPOCHS}"] if self.epochs.latest >= 0 else []
        parent = self.directory.rpartition("/")[0]
        return [f"{self.directory}/{FILE_NAME}", *epochs, self.directory, parent]

    def unsynced_bytes(self, log_end_offset: int) -> int:
        """At most so many bytes of batches are not safe from a power cut."""
        if self._points.of(self.key) >= log_end_offset:
            return 0
        return sum(segment.size_bytes for segment in self._unsynced_segments())

    def unsynced_logs(self) -> list[str]:
        """The log files to sync before all batches are safe; the newest last."""
        return [segment.log_path for segment in self._unsynced_segments()]

    @property
    def logs_in_use(self) -> set[str]:
        """The log files that are read and written; none once the log is gone."""
        return set() if self._is_gone else {segment.log_path for segment in self.segments}

    def _unsynced_segments(self) -> list[Segment]:
        first = bisect_right(self.segments, self._points.of(self.key), key=_base_offset) - 1
        return [segment for segment in self.segments[max(first, 0) :] if segment.size_bytes]

    def headers_before(self, offset: int) -> list[BatchHeader]:
        """Of the last batches that end before `offset`, as far as they are found at once."""
        headers: list[BatchHeader] = []
        for segment in reversed(self.segments):
            if segment.base_offset < offset and segment.size_bytes and len(headers) < HEADERS_SOUGHT:
                try:
                    headers = [*segment.headers_before(offset), *headers]
                except OSError as error:
                    self.warn("older batches of producers are not known", error)
                    break
        return headers

    def write_epochs(self) -> None:
        """Raises: OSError."""
        self._log_files.files.replace(f"{self.directory}/{EPOCHS}", self.epochs.to_text())

    def begin_epoch(self, epoch: int, *, start_offset: int) -> None:
        """Note, and store, that batches from `start_offset` on are of that leader epoch.

        Raises: OSError: nothing is noted then.
        """
        if not self.epochs.assign(epoch=epoch, start_offset=start_offset):
            return
        try:
            self.write_epochs()
        except OSError:
            self.epochs.truncate_from_end(start_offset)
            raise

    def drop(self, segment: Segment) -> None:
        """Remove a segment's files; readers who have them open keep them until they are done."""
        self.close_files(segment)
        for path in reversed(segment.paths):  # the log last: without it nobody would find the others
            self._log_files.files.remove(path)

    def close_files(self, segment: Segment) -> None:
        """Before they are renamed or removed."""
        for path in segment.paths:
            self._log_files.open.forget(path)
            self._log_files.indexes.forget(path)

    def unpin(self, files: list[File]) -> None:
        """They have been read. The list is empty then."""
        while files:
            self._log_files.open.unpin(files.pop())

    def let_go(self) -> None:
        """The log is gone: close the files, as far as no reader holds them."""
        self._is_gone = True
        for segment in self.segments:
            self._log_files.open.forget(segment.log_path)
            for path in segment.paths[1:]:
                self._log_files.indexes.forget(path)

    def drop_snapshots(self, *, above_offset: int) -> None:
        """Those of a log that was cut tell of batches that are gone. Raises OSError."""
        for offset in [offset for offset in self.snapshots if offset > above_offset]:
            self._log_files.files.remove(self._snapshot_path(offset))
            self.snapshots.remove(offset)

    def write_failed(self, error: OSError) -> KafkaError:
        """What to raise; what the write left is cut, at the latest before the next one."""
        self.is_failing = True
        failure = self.failed(error)
        with suppress(KafkaError):
            self.repair()
        return failure

    def sync_failed(self, error: OSError) -> KafkaError:
        """What to raise; from now on nothing is appended, since an acknowledgement could mean nothing."""
        self.is_failing, self._lost_sync = True, error
        self._points.distrust(self.key, error)
        return self.failed(error)

    @property
    def sync_failure(self) -> OSError | None:
        """What a sync of the log, also one in the background, has failed with since it was opened."""
        return self._points.failure_of(self.key)

    def repair(self) -> None:
        """Cut what a failed write left, so that the next one starts clean.

        Raises: KafkaError(KAFKA_STORAGE_ERROR): it cannot be cut; nothing is appended until it can.
        """
        if self._lost_sync is not None:
            raise self.failed(self._lost_sync)
        try:
            self.segments[-1].cut()
        except OSError as error:
            raise self.failed(error) from error

    def write_succeeded(self) -> None:
        """After `write_failed`: the disk is back."""
        self.is_failing = False
        self._last_failure = None
        self._log_files.logger.info("log writes again", partition=str(self.key))

    def failed(self, error: Exception) -> KafkaError:
        """What to raise for a failed disk or a damaged file. Told once, however often it is asked for."""
        reason = str(error)
        if reason != self._last_failure:
            self._last_failure = reason
            self._log_files.logger.error("log failed", partition=str(self.key), error=reason)
        return KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, f"{self.key}: {reason}")

    def tell(self, event: str, **fields: object) -> None:
        self._log_files.logger.info(event, partition=str(self.key), **fields)

    def warn(self, event: str, error: Exception) -> None:
        self._log_files.logger.warning(event, partition=str(self.key), error=str(error))

    def warn_once(self, base_offset: int, error: Exception) -> None:
        """Tell of a batch whose inside cannot be read, once for each batch."""
        if base_offset not in self._told and len(self._told) < MOST_TOLD:
            self._told.add(base_offset)
            self._log_files.logger.warning(
                "batch cannot be read", partition=str(self.key), base_offset=base_offset, error=str(error)
            )

    def _snapshot_path(self, offset: int) -> str:
        return f"{self.directory}/{file_name(offset, SNAPSHOT)}"


def offsets_of(names: list[str], suffix: str) -> list[int]:
    """The offsets in the names of files of one kind, ascending."""
    found = []
    for name in names:
        digits = name[: -len(suffix)]
        if name.endswith(suffix) and len(digits) == NAME_DIGITS and digits.isdecimal():
            found.append(int(digits))
    return sorted(found)


def _base_offset(segment: Segment) -> int:
    return segment.base_offset
