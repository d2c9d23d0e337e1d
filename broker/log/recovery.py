"""How a partition's directory is opened: take over what is safe, check the rest, cut what is torn.

Checking starts at the newest snapshot. There only are those that may be trusted: after a new boot of
the machine `data_directory` has removed what was not safe from a power cut. So after a SIGKILL at most
64 MiB or 50,000 batches are checked, whatever the size of the log.

What the checked batches say is told to the indexes, the producers and the leader epochs again. The log
ends before the first batch that is torn, whose checksum is wrong or which does not follow the one
before; what stands behind it is removed, and so is every snapshot that tells of it.

Follows Kafka's LogLoader and LogSegment.recover.

Differences from Apache Kafka: of a log that Kafka has written the `.txnindex` files are not used: its
aborted records are given to readers of committed records, too, about which a warning is logged.
"""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from broker.log.corrupt_file import CorruptFile
from broker.log.epoch_checkpoint import EpochStart, LeaderEpochs
from broker.log.files import ASIDE, File
from broker.log.open_files import LogFiles
from broker.log.partition_storage import (
    EPOCHS,
    INDEXES,
    LOG,
    NAME_DIGITS,
    SNAPSHOT,
    PartitionStorage,
    offsets_of,
)
from broker.log.recovery_points import RecoveryPoints
from broker.log.removal import DELETED
from broker.log.segment import DamagedSegment, Segment, file_name
from broker.protocol.records.batch import HEADER_SIZE, MAGIC, BatchHeader, crc_is_valid
from broker.protocol.records.control import read_end_txn_marker

TXN_INDEX = ".txnindex"
WINDOW_BYTES = 1 << 20


class Recovered(NamedTuple):
    """What the opened log spans, and how much of it had to be checked."""

    log_start_offset: int
    log_end_offset: int
    checked_bytes: int
    checked_batches: int


class Recovery:
    """Opens one partition directory, once."""

    def __init__(
        self,
        storage: PartitionStorage,
        log_files: LogFiles,
        points: RecoveryPoints,
        *,
        is_compacted: bool,
        index_interval_bytes: int,
        now_ms: int,
        producer_expiration_ms: int,
    ) -> None:
        """`is_compacted`: offsets may be missing between segments."""
        self._storage = storage
        self._log_files = log_files
        self._files = log_files.files
        self._points = points
        self._is_compacted = is_compacted
        self._index_interval_bytes = index_interval_bytes
        self._now_ms = now_ms
        self._producer_expiration_ms = producer_expiration_ms
        self._checked_bytes = 0
        self._checked_batches = 0
        self._lost_bytes = 0

    def run(self, log_start_offset: int) -> Recovered:
        """Fill the storage. Raises: OSError."""
        storage = self._storage
        names = sorted(self._files.list(storage.directory))
        storage.snapshots = offsets_of(names, SNAPSHOT)
        storage.segments = [
            self._segment(base_offset) for base_offset in offsets_of(names, LOG) or [log_start_offset]
        ]
        self._remove_orphans(names)
        self._warn_of_aborted(names)
        known = self._read_epochs() if EPOCHS in names else ()
        end = self._check()
        if end < log_start_offset:
            end = self._begin_at(log_start_offset)
        first_offset = max(log_start_offset, storage.segments[0].base_offset)
        if end > first_offset and (not known or known[0].start_offset > first_offset):
            self._find_epochs()
        storage.epochs.truncate_from_end(end)
        if storage.epochs.starts != known:
            storage.write_epochs()
        self._drop_deleted(log_start_offset)
        if self._checked_batches or self._lost_bytes:
            self._tell(end)
        start = max(log_start_offset, storage.segments[0].base_offset)
        return Recovered(start, end, self._checked_bytes, self._checked_batches)

    def _segment(self, base_offset: int) -> Segment:
        directory = self._storage.directory
        try:
            size_bytes = self._files.size_bytes(f"{directory}/{file_name(base_offset, LOG)}")
        except FileNotFoundError:
            size_bytes = 0
        return Segment(
            self._log_files,
            directory,
            base_offset,
            index_interval_bytes=self._index_interval_bytes,
            size_bytes=size_bytes,
        )

    def _remove_orphans(self, names: list[str]) -> None:
        """What was being written or removed when the broker ended, and indexes of segments that are gone,
        or empty."""
        segments = self._storage.segments
        logs = {file_name(segment.base_offset, "") for segment in segments if segment.size_bytes}
        for name in names:
            if name.endswith((ASIDE, DELETED)) or (name.endswith(INDEXES) and name[:NAME_DIGITS] not in logs):
                self._files.remove(f"{self._storage.directory}/{name}")

    def _warn_of_aborted(self, names: list[str]) -> None:
        directory = self._storage.directory
        aborted = [
            name
            for name in names
            if name.endswith(TXN_INDEX) and self._files.size_bytes(f"{directory}/{name}")
        ]
        if aborted:
            self._log_files.logger.warning(
                "aborted transactions are read as if they were committed",
                partition=str(self._storage.key),
                files=aborted,
            )

    def _read_epochs(self) -> tuple[EpochStart, ...]:
        storage = self._storage
        try:
            data = self._files.read_all(f"{storage.directory}/{EPOCHS}")
            if not data.endswith(b"\n"):
                raise CorruptFile("The leader epoch checkpoint is cut off.")
            storage.epochs = LeaderEpochs.from_text(data)
        except CorruptFile as error:
            storage.warn("leader epochs are made anew", error)
        return storage.epochs.starts

    def _check(self) -> int:
        """Check what follows the newest snapshot; the log's end."""
        storage = self._storage
        point = self._load_snapshot()
        end = self._check_from(point)
        while end < point:  # what the snapshot tells of is gone: go back to one before that
            storage.drop_snapshots(above_offset=end)
            point = self._load_snapshot()
            end = self._check_from(point)
        storage.drop_snapshots(above_offset=end)
        self._points.lower(storage.key, end)
        return end

    def _load_snapshot(self) -> int:
        """Take over the newest usable snapshot: where checking begins."""
        storage = self._storage
        first_offset = storage.segments[0].base_offset
        storage.producers.clear()
        for offset in reversed(storage.snapshots):
            if offset < first_offset:
                break
            try:
                data = self._files.read_all(f"{storage.directory}/{file_name(offset, SNAPSHOT)}")
                storage.producers.load_snapshot(
                    data, now_ms=self._now_ms, expiration_ms=self._producer_expiration_ms
                )
            except CorruptFile as error:
                storage.warn("snapshot is not used", error)
                continue
            storage.producers.look_up_older(partial(storage.headers_before, offset))
            return offset
        return first_offset

    def _check_from(self, point: int) -> int:
        """Check the segments that reach beyond `point`; the log's end."""
        segments = self._storage.segments
        end: int | None = None
        for number, segment in enumerate(segments):
            following = segments[number + 1 :]
            if following and following[0].base_offset <= point:
                continue
            if end is not None and not self._follows(segment, end):
                self._drop_from(number)
                return end
            end, is_whole = self._check_segment(segment, point)
            if not is_whole:
                self._drop_from(number + 1)
                return end
            if following:  # of the last one they are written with the next checkpoint
                segment.store_indexes()
        assert end is not None, "the last segment is never passed over"
        return end

    def _follows(self, segment: Segment, end: int) -> bool:
        """Whether a segment may follow offset `end`: a power cut may have taken what was between."""
        if self._is_compacted or segment.base_offset <= self._points.of(self._storage.key):
            return segment.base_offset >= end
        return segment.base_offset == end

    def _drop_from(self, number: int) -> None:
        segments = self._storage.segments
        for lost in segments[number:]:
            self._lost_bytes += lost.size_bytes
            self._storage.drop(lost)
        del segments[number:]

    def _check_segment(self, segment: Segment, point: int) -> tuple[int, bool]:
        """Check the batches from offset `point` on: the end offset, and whether all were whole."""
        file_bytes = segment.size_bytes
        end = segment.resume_at(point)
        position = segment.size_bytes
        if file_bytes:
            for header, batch in _whole_batches(segment.file, position, file_bytes):
                if header.base_offset < end or not segment.may_hold(header):
                    break
                segment.note(header, position, base_offset=header.base_offset)
                if header.base_offset >= point:
                    self._replay(header, batch)
                end = header.next_offset
                position += header.size_bytes
                self._checked_batches += 1
                self._checked_bytes += header.size_bytes
        if position < file_bytes:
            self._lost_bytes += file_bytes - position
            segment.cut()
            segment.store_indexes()
            return end, False
        return end, True

    def _replay(self, header: BatchHeader, batch: memoryview) -> None:
        """What the batch did to producers and epochs when it was appended."""
        if header.is_control:
            marker = read_end_txn_marker(batch)
            if marker is not None:
                self._storage.producers.end_transaction(header, marker)
        elif header.has_producer_id:
            self._storage.producers.update(header)
        if header.partition_leader_epoch >= 0:
            self._storage.epochs.assign(epoch=header.partition_leader_epoch, start_offset=header.base_offset)

    def _begin_at(self, log_start_offset: int) -> int:
        """Deleted records may not come back with lost ones: the log goes on, empty, where it started."""
        self._drop_from(0)
        self._storage.drop_snapshots(above_offset=-1)
        self._storage.producers.clear()
        self._storage.segments.append(self._segment(log_start_offset))
        return log_start_offset

    def _find_epochs(self) -> None:
        """Without the checkpoint the batches tell; segments of one epoch need not be walked."""
        storage = self._storage
        epochs = LeaderEpochs()
        try:
            firsts = [next(segment.scan(), None) for segment in storage.segments]
            ends = [*firsts[1:], None]
            for segment, first, following in zip(storage.segments, firsts, ends, strict=True):
                if first is None:
                    continue
                epoch = first.header.partition_leader_epoch
                is_one = following is not None and following.header.partition_leader_epoch == epoch
                for found in [first] if is_one else segment.scan():
                    epochs.assign(
                        epoch=found.header.partition_leader_epoch, start_offset=found.header.base_offset
                    )
        except DamagedSegment as error:
            storage.warn("leader epochs are not complete", error)
        storage.epochs = epochs
        storage.write_epochs()

    def _drop_deleted(self, log_start_offset: int) -> None:
        """Segments wholly below the log's start, whose removal was cut short."""
        segments = self._storage.segments
        while len(segments) > 1 and segments[1].base_offset <= log_start_offset:
            self._storage.drop(segments.pop(0))

    def _tell(self, end: int) -> None:
        logger = self._log_files.logger
        (logger.warning if self._lost_bytes else logger.info)(
            "log recovered",
            partition=str(self._storage.key),
            log_end_offset=end,
            batches_checked=self._checked_batches,
            bytes_checked=self._checked_bytes,
            bytes_cut=self._lost_bytes,
        )


def _whole_batches(file: File, position: int, end: int) -> Iterator[tuple[BatchHeader, memoryview]]:
    """The batches in `[position, end)` up to the first that is torn or whose checksum is wrong."""
    window, start = memoryview(b""), position
    while end - position >= HEADER_SIZE:
        if position + HEADER_SIZE > start + len(window):
            start = position
            window = memoryview(file.read(position=start, size_bytes=min(WINDOW_BYTES, end - start)))
        header = BatchHeader.parse(window, position - start)
        size_bytes = header.size_bytes
        if header.magic != MAGIC or not HEADER_SIZE <= size_bytes <= end - position:
            return
        if position + size_bytes > start + len(window):
            start = position
            length = min(max(WINDOW_BYTES, size_bytes), end - start)
            window = memoryview(file.read(position=start, size_bytes=length))
        batch = window[position - start : position - start + size_bytes]
        if not crc_is_valid(batch):
            return
        yield header, batch
        position += size_bytes
