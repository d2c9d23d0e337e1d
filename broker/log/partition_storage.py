"""A partition's directory: what is in it, how it is opened again, and how it grows and shrinks.

    <base offset>.log .index .timeindex    segments
    <offset>.snapshot                      producers as they were when `offset` was the log's end
    leader-epoch-checkpoint                where each leader epoch began
    partition.metadata                     the topic's id

A snapshot is also the recovery point: when it is written, everything below its offset has been given to
the operating system and the indexes on disk reach up to it. After a SIGKILL only what follows the newest
snapshot is checked; after a power cut everything that follows the last synced segment.

Follows Kafka's LogLoader and ProducerStateManager.
"""

from collections.abc import Callable

from broker.log.corrupt_file import CorruptFile
from broker.log.engine import PartitionKey
from broker.log.epoch_checkpoint import LeaderEpochs
from broker.log.open_files import OpenFiles
from broker.log.producer_state import ProducerState
from broker.log.segment import Segment, file_name
from broker.logger import Logger
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.records.batch import BatchHeader
from broker.protocol.records.control import read_end_txn_marker

EPOCHS = "leader-epoch-checkpoint"
SNAPSHOT = ".snapshot"
LOG = ".log"
SNAPSHOTS_KEPT = 2


class PartitionStorage:
    """An opened partition directory."""

    def __init__(
        self,
        key: PartitionKey,
        directory: str,
        open_files: OpenFiles,
        *,
        log_start_offset: int,
        trusted_offset: int | None,
        now_ms: int,
        producer_expiration_ms: int,
        on_rolled: Callable[[Segment, int], None],
        on_log_start: Callable[[int], None],
        logger: Logger,
    ) -> None:
        self.key = key
        self.directory = directory
        self.producers = ProducerState()
        self.epochs = LeaderEpochs()
        self.jitter_ms = 0
        self._open_files = open_files
        self._files = open_files.files
        self._on_rolled = on_rolled
        self.keep_log_start = on_log_start
        self._logger = logger
        self._now_ms = now_ms
        self._was_cut = False
        self._producer_expiration_ms = producer_expiration_ms
        names = sorted(self._files.list(directory))
        bases = [int(name[: -len(LOG)]) for name in names if name.endswith(LOG)] or [log_start_offset]
        self._snapshots = [int(name[: -len(SNAPSHOT)]) for name in names if name.endswith(SNAPSHOT)]
        self.segments = [self._segment(base) for base in bases]
        self.log_start_offset = max(log_start_offset, self.segments[0].base_offset)
        self.log_end_offset = self._recover(trusted_offset)

    def _segment(self, base_offset: int) -> Segment:
        path = f"{self.directory}/{file_name(base_offset, LOG)}"
        size_bytes = self._files.size_bytes(path) if self._files.exists(path) else 0
        return Segment(self._open_files, self.directory, base_offset, size_bytes=size_bytes)

    def _recover(self, trusted_offset: int | None) -> int:
        """Check what follows the recovery point, cut what is torn; the log's end."""
        self._read_epochs()
        point = self._load_snapshot(trusted_offset)
        end, checked = self._check_segments(point)
        while end < point:  # what the snapshot stands for is gone: begin before it
            self.producers.clear()
            point = self._load_snapshot(end)
            end, checked = self._check_segments(point)
        if checked or self._was_cut:
            self._logger.info(
                "log recovered", partition=str(self.key), batches_checked=checked, log_end_offset=end
            )
        if self.epochs.truncate_from_end(end):
            self.write_epochs()
        return end

    def _check_segments(self, point: int) -> tuple[int, int]:
        """Check the segments that reach beyond `point`; the log's end and how many batches were checked."""
        end = checked = 0
        for number, segment in enumerate(self.segments):
            following = self.segments[number + 1 :]
            if following and following[0].base_offset <= point:
                continue
            end, count, is_whole = self._check(segment, point)
            checked += count
            if not is_whole:
                for lost in following:
                    self.drop(lost)
                del self.segments[number + 1 :]
                break
        return end, checked

    def _read_epochs(self) -> None:
        path = f"{self.directory}/{EPOCHS}"
        if self._files.exists(path):
            try:
                self.epochs = LeaderEpochs.from_text(self._files.read_all(path))
            except CorruptFile as error:
                self._logger.warning("leader epochs are made anew", partition=str(self.key), error=str(error))

    def _load_snapshot(self, trusted_offset: int | None) -> int:
        """Take over the newest usable snapshot; its offset, where checking begins."""
        for offset in sorted(self._snapshots, reverse=True):
            if trusted_offset is not None and offset > trusted_offset:
                continue  # what it stands for was not yet safe from a power cut
            try:
                data = self._files.read_all(f"{self.directory}/{file_name(offset, SNAPSHOT)}")
                self.producers.load_snapshot(
                    data, now_ms=self._now_ms, expiration_ms=self._producer_expiration_ms
                )
            except (CorruptFile, FileNotFoundError) as error:
                self._logger.warning("snapshot is not used", partition=str(self.key), error=str(error))
                continue
            return offset
        return self.segments[0].base_offset

    def _check(self, segment: Segment, point: int) -> tuple[int, int, bool]:
        """Check the batches from offset `point` on: the end offset, how many, whether all were whole."""
        size_bytes = segment.size_bytes
        position = segment.resume_at(point)
        end, count = (max(point, segment.base_offset) if position else segment.base_offset), 0
        while position < size_bytes:
            batch = segment.whole_batch(position, size_bytes)
            if batch is None or (header := BatchHeader.parse(batch)).base_offset < end:
                self._cut(segment, position=position, offset=end, size_bytes=size_bytes)
                return end, count, False
            segment.note(header, position, base_offset=header.base_offset, index_interval_bytes=4096)
            if header.base_offset >= point:
                self._replay(header, batch)
                count += 1
            end = header.next_offset
            position += header.size_bytes
        return end, count, True

    def _replay(self, header: BatchHeader, batch: bytes) -> None:
        """What the batch did to producers and epochs when it was appended."""
        if header.is_control:
            marker = read_end_txn_marker(batch)
            if marker is not None:
                self.producers.end_transaction(header, marker)
        elif header.has_producer_id:
            self.producers.update(header)
        self.epochs.assign(epoch=header.partition_leader_epoch, start_offset=header.base_offset)

    def _cut(self, segment: Segment, *, position: int, offset: int, size_bytes: int) -> None:
        self._was_cut = True
        segment.truncate(position=position, offset=offset)
        self._logger.warning(
            "torn tail cut", partition=str(self.key), log_end_offset=offset, bytes_lost=size_bytes - position
        )

    def checkpoint(self, log_end_offset: int) -> None:
        """Store what makes the next opening short: indexes, and the producers as they are now."""
        self.segments[-1].write_indexes()
        path = f"{self.directory}/{file_name(log_end_offset, SNAPSHOT)}"
        self._files.replace(path, self.producers.to_snapshot())
        if log_end_offset not in self._snapshots:
            self._snapshots.append(log_end_offset)
        while len(self._snapshots) > SNAPSHOTS_KEPT:
            self._files.remove(f"{self.directory}/{file_name(self._snapshots.pop(0), SNAPSHOT)}")

    def roll(self, log_end_offset: int) -> Segment:
        """Close the active segment and begin the next at the log's end."""
        closed = self.segments[-1]
        self.checkpoint(log_end_offset)
        self._on_rolled(closed, log_end_offset)
        self.segments.append(Segment(self._open_files, self.directory, log_end_offset))
        return self.segments[-1]

    def write_epochs(self) -> None:
        self._files.replace(f"{self.directory}/{EPOCHS}", self.epochs.to_text())

    def drop(self, segment: Segment) -> None:
        """Remove a segment's files; readers who have them open keep them until they are done."""
        for path in segment.paths:
            self._open_files.forget(path)
            self._files.remove(path)

    def failed(self, segment: Segment, log_end_offset: int, error: OSError) -> KafkaError:
        """A write has failed: cut what is behind the known end, so that the next one starts clean."""
        try:
            segment.file.truncate(segment.size_bytes)
        except OSError:
            self._logger.error("cannot cut a failed write", partition=str(self.key), error=str(error))
        self._logger.error("write failed", partition=str(self.key), error=str(error))
        return KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, f"{self.key}: {error}")
