"""A segment: the batches from `base_offset` on, in one file, and its two indexes.

    <20 digits of base_offset>.log         record batches, one behind the other, nothing between them
    <20 digits of base_offset>.index       see `offset_index`
    <20 digits of base_offset>.timeindex   see `time_index`

After a crash the log may end in a torn batch and the indexes may lack entries or be gone; `recovery`
cuts the one, and the others are made anew. Indexes are read when they are first asked for; an entry
that came from a file is compared with the batch it points to, and the index rebuilt if they differ.

Follows Kafka's LogSegment.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from broker.log.engine import SENDFILE_BYTES, FileRange
from broker.log.files import File
from broker.log.index_entries import DamagedIndex
from broker.log.offset_index import OffsetIndex, OffsetPosition
from broker.log.open_files import LogFiles
from broker.log.time_index import TimeIndex, TimestampPosition
from broker.protocol.records.batch import HEADER_SIZE, LENGTH_END, MAGIC, BatchHeader

SCAN_BYTES = 16 * 1024
NO_TIMESTAMP = -1
HIGHEST_POSITION = 2**32 - 1  # that an index can hold
MOST_RELATIVE_OFFSET = 2**31 - 1  # the same of offsets, which Kafka reads with a sign
MOST_ENTRIES_BACK = 64
MOST_HINTS = 16  # batches whose positions are remembered: those a reader is likely to ask for next


class DamagedSegment(OSError):
    """What stands at `position` is no record batch."""

    def __init__(self, path: str, position: int, reason: str) -> None:
        super().__init__(f"{path}: {reason} at byte {position}")
        self.position = position


class Found(NamedTuple):
    """A batch and where it starts."""

    position: int
    header: BatchHeader


class Indexes(NamedTuple):
    offsets: OffsetIndex
    times: TimeIndex


def file_name(base_offset: int, suffix: str) -> str:
    return f"{base_offset:020d}{suffix}"


class Segment:
    """One segment; `size_bytes` are known, what else the file may hold is not part of it."""

    __slots__ = (
        "_hints",
        "_indexes",
        "_log_files",
        "_path",
        "base_offset",
        "first_append_ms",
        "first_timestamp_ms",
        "index_bytes",
        "index_interval_bytes",
        "latest",
        "log_path",
        "size_bytes",
        "unindexed_bytes",
    )

    def __init__(
        self,
        log_files: LogFiles,
        directory: str,
        base_offset: int,
        *,
        index_interval_bytes: int,
        size_bytes: int = 0,
    ) -> None:
        self._log_files = log_files
        self._path = f"{directory}/{file_name(base_offset, '')}"
        self._hints: dict[int, int] = {}  # base offsets of batches, and where they start; newest last
        self.log_path = f"{self._path}.log"
        self.base_offset = base_offset
        self.index_interval_bytes = index_interval_bytes
        self.size_bytes = size_bytes
        self.unindexed_bytes = 0
        self.index_bytes = 0  # of the larger index, once an entry was added
        self.first_timestamp_ms: int | None = None  # of the first batch, once it was needed
        self.first_append_ms: int | None = None  # of the first append since it was opened
        self.latest = TimestampPosition(NO_TIMESTAMP, base_offset)  # the greatest, once indexes are there
        self._indexes: Indexes | None = None if size_bytes else self._make_indexes(are_on_disk=False)

    def _make_indexes(self, *, are_on_disk: bool) -> Indexes:
        cache, base_offset = self._log_files.indexes, self.base_offset
        return Indexes(
            OffsetIndex(cache, f"{self._path}.index", base_offset, is_on_disk=are_on_disk),
            TimeIndex(cache, f"{self._path}.timeindex", base_offset, is_on_disk=are_on_disk),
        )

    @property
    def paths(self) -> tuple[str, str, str]:
        return self.log_path, f"{self._path}.index", f"{self._path}.timeindex"

    @property
    def file(self) -> File:
        """The log file, from the shared open ones. Raises OSError."""
        return self._log_files.open.get(self.log_path, create=not self.size_bytes)

    @property
    def offsets(self) -> OffsetIndex:
        return (self._indexes or self._load_indexes()).offsets

    @property
    def times(self) -> TimeIndex:
        return (self._indexes or self._load_indexes()).times

    @property
    def greatest_timestamp(self) -> TimestampPosition:
        """Of all batches in the segment, the first that has it; -1 in an empty one."""
        if self._indexes is None:
            self._load_indexes()
        return self.latest

    def append(self, batch: memoryview, header: BatchHeader, *, base_offset: int) -> None:
        """Write a batch whose records are `[base_offset, base_offset + last_offset_delta]`.

        Raises: OSError: some of the batch may be in the file, behind `size_bytes`.
        """
        position = self.size_bytes
        self.file.write(batch, position=position)
        self.note(header, position, base_offset=base_offset)

    def note(self, header: BatchHeader, position: int, *, base_offset: int) -> None:
        """Take a batch that stands at `position`, the end of what was known, into account."""
        last_offset = base_offset + header.last_offset_delta
        if header.max_timestamp > self.latest[0]:
            self.latest = TimestampPosition(header.max_timestamp, last_offset)
        if not position:
            self.first_timestamp_ms = header.max_timestamp
        if self.unindexed_bytes > self.index_interval_bytes:
            offsets, times = self._indexes or self._load_indexes()
            offsets.append(offset=last_offset, position=position)
            if self.latest[0] >= 0:
                times.append(timestamp_ms=self.latest[0], offset=self.latest[1])
            self.unindexed_bytes = 0
            self.index_bytes = max(offsets.size_bytes, times.size_bytes)
        size_bytes = LENGTH_END + header.batch_length
        self.unindexed_bytes += size_bytes
        self.size_bytes = position + size_bytes
        self._remember(base_offset, position)

    def _remember(self, base_offset: int, position: int) -> None:
        hints = self._hints
        if len(hints) >= MOST_HINTS:
            del hints[next(iter(hints))]
        hints[base_offset] = position

    def first_timestamp(self) -> int:
        """The greatest timestamp of the first batch, from which time to a roll is counted. Raises OSError."""
        if self.first_timestamp_ms is None:
            self.first_timestamp_ms = next(self.scan()).header.max_timestamp
        return self.first_timestamp_ms

    def find(self, offset: int) -> Found | None:
        """The first batch that ends at or behind `offset`; None where the segment ends before it."""
        start = self._hints.get(offset)
        if start is None:
            near = self._near(lambda offsets: offsets.before(offset))
            start = 0 if near is None else near.position
        for found in self.scan(start):
            if found.header.base_offset + found.header.last_offset_delta >= offset:
                return found
        return None

    def position_of(self, offset: int) -> int | None:
        """Where the batch that `find` finds starts."""
        position = self._hints.get(offset)
        if position is not None:
            return position
        if offset <= self.base_offset:
            return 0 if self.size_bytes else None
        found = self.find(offset)
        if found is None:
            return None
        self._remember(found.header.base_offset, found.position)
        return found.position

    def end_within(self, start: int, max_bytes: int) -> int:
        """The end of the last batch that starts at `start` or later and ends within `max_bytes` of it."""
        limit = start + max_bytes
        if limit >= self.size_bytes:
            return self.size_bytes
        near = self._near(lambda offsets: offsets.up_to(limit))
        for found in self.scan(start if near is None else max(near.position, start)):
            if found.position + found.header.size_bytes > limit:
                self._remember(found.header.base_offset, found.position)
                return found.position
        return self.size_bytes

    def position_before_timestamp(self, timestamp_ms: int) -> int:
        """A batch's start before which every timestamp is smaller. Raises: DamagedSegment, OSError."""
        try:
            entry = self.times.before(timestamp_ms)
            found = None if entry is None else self.find(entry.offset)
            if entry is None or (found and found.header.max_timestamp == entry.timestamp_ms):
                return found.position if found else 0
            reason = "the time index disagrees with the log"
        except DamagedIndex as error:
            reason = str(error)
        entry = self.rebuild_indexes(reason).times.before(timestamp_ms)
        return 0 if entry is None else self.position_of(entry.offset) or 0

    def _near(self, look_up: Callable[[OffsetIndex], OffsetPosition | None]) -> OffsetPosition | None:
        """What the offset index says, when the log agrees."""
        try:
            near = look_up(self.offsets)
            if near is None or self._is_right(near):
                return near
            reason = "the offset index disagrees with the log"
        except DamagedIndex as error:
            reason = str(error)
        return look_up(self.rebuild_indexes(reason).offsets)

    def _is_right(self, entry: OffsetPosition) -> bool:
        """Whether an entry from a file agrees with the log."""
        if entry.is_checked:
            return True
        header = self._header_at(entry.position)
        return header is not None and self.base_offset <= header.base_offset <= entry.offset

    def _header_at(self, position: int) -> BatchHeader | None:
        """The header there, if it can be one. Raises OSError."""
        if position + HEADER_SIZE > self.size_bytes:
            return None
        header = BatchHeader.parse(self.file.read(position=position, size_bytes=HEADER_SIZE))
        is_batch = header.magic == MAGIC and header.batch_length >= HEADER_SIZE - LENGTH_END
        return header if is_batch and position + header.size_bytes <= self.size_bytes else None

    def may_hold(self, header: BatchHeader) -> bool:
        """Whether its offsets, which no checksum covers, can be in this segment."""
        first = header.base_offset - self.base_offset
        return first >= 0 and 0 <= header.last_offset_delta <= MOST_RELATIVE_OFFSET - first

    def scan(self, position: int = 0) -> Iterator[Found]:
        """The headers from `position` on, which is a batch's start. Raises DamagedSegment, OSError."""
        end = self.size_bytes
        piece, piece_start = b"", position
        while position < end:
            if position + HEADER_SIZE > piece_start + len(piece):
                piece = self.file.read(position=position, size_bytes=min(SCAN_BYTES, end - position))
                piece_start = position
                if len(piece) < HEADER_SIZE:
                    raise DamagedSegment(self.log_path, position, f"{len(piece)} bytes are no batch")
            header = BatchHeader.parse(piece, position - piece_start)
            if header.magic != MAGIC or header.batch_length < HEADER_SIZE - LENGTH_END:
                raise DamagedSegment(self.log_path, position, "no record batch")
            if position + header.size_bytes > end:
                raise DamagedSegment(self.log_path, position, "a batch reaches beyond the end")
            if not self.may_hold(header):
                raise DamagedSegment(self.log_path, position, f"offset {header.base_offset} cannot be")
            yield Found(position, header)
            position += header.size_bytes

    def headers_before(self, offset: int) -> list[BatchHeader]:
        """Of the last batches that end before `offset`: all behind the 64th index entry from there.

        Nothing is taken over from the index. Raises: DamagedIndex, DamagedSegment, OSError.
        """
        offsets = self._make_indexes(are_on_disk=True).offsets
        near = offsets.before(offset - 1)
        for _ in range(MOST_ENTRIES_BACK):
            if near is not None:
                near = offsets.up_to(near.position - 1)
        if near is not None and not self._is_right(near):
            raise DamagedIndex("the offset index disagrees with the log")
        headers = []
        for found in self.scan(0 if near is None else near.position):
            if found.header.next_offset > offset:
                break
            headers.append(found.header)
        return headers

    def chunks(self, start: int, end: int) -> "list[memoryview | FileRange]":
        """Bytes `[start, end)`, to be sent. The file of a range is pinned; who sends it has to unpin it.

        Raises: OSError.
        """
        file, size_bytes = self.file, end - start
        views = file.views(position=start, size_bytes=size_bytes)
        if views is not None:
            return [*views]
        if size_bytes >= SENDFILE_BYTES and self._log_files.open.pin(file):
            return [FileRange(file, start, size_bytes)]
        return [memoryview(file.read(position=start, size_bytes=size_bytes))]

    def read_batch(self, found: Found) -> bytes:
        return self.file.read(position=found.position, size_bytes=found.header.size_bytes)

    def write_indexes(self) -> None:
        """Bring the index files up to date; the time index then ends with the greatest timestamp.

        Raises: OSError.
        """
        if self._indexes is None:
            return
        offsets, times = self._indexes
        offsets.write()
        if self.latest.timestamp_ms >= 0:
            times.append(timestamp_ms=self.latest.timestamp_ms, offset=self.latest.offset)
        times.write()

    def store_indexes(self) -> None:
        """Write them if that can be done; they are right in memory, and made again when they are missed."""
        try:
            self.write_indexes()
        except OSError as error:
            self._log_files.logger.warning("index not written", segment=self.log_path, error=str(error))

    def _load_indexes(self) -> Indexes:
        """From their files, or, where these are gone or wrong, from the log."""
        try:
            indexes = self._make_indexes(are_on_disk=True)
        except DamagedIndex as error:
            return self.rebuild_indexes(str(error))
        self._indexes = indexes
        end = indexes.offsets.up_to(HIGHEST_POSITION)
        if end is not None and not self._is_right(end):
            return self.rebuild_indexes("the offset index disagrees with the log")
        last = indexes.times.last
        if last is None or not self._is_greatest(last):
            return self.rebuild_indexes("the time index disagrees with the log")
        if self._indexes is indexes:  # and was not rebuilt while that was looked at
            self.latest = last
        return self._indexes

    def _is_greatest(self, last: TimestampPosition) -> bool:
        try:
            found = self.find(last.offset)
        except DamagedSegment:
            return False
        return found is not None and found.header.max_timestamp == last.timestamp_ms

    def rebuild_indexes(self, reason: str) -> Indexes:
        """Make the indexes anew from the log's headers. Raises: DamagedSegment, OSError."""
        self._log_files.logger.info("index rebuilt", segment=self.log_path, reason=reason)
        for path in self.paths[1:]:
            self._log_files.indexes.forget(path)
        size_bytes = self.size_bytes
        self.begin_anew()
        for found in self._scan_up_to(size_bytes):
            self.note(found.header, found.position, base_offset=found.header.base_offset)
        assert self._indexes is not None
        self.store_indexes()
        return self._indexes

    def _scan_up_to(self, size_bytes: int) -> Iterator[Found]:
        """`scan`, while `note` moves the size from batch to batch; it is right again at the end."""
        self.size_bytes = size_bytes
        try:
            yield from self.scan()
        finally:
            self.size_bytes = size_bytes

    def begin_anew(self) -> None:
        """Know nothing but the name: every batch has to be told by `note`."""
        self._indexes = self._make_indexes(are_on_disk=False)
        self._hints.clear()
        self.latest = TimestampPosition(NO_TIMESTAMP, self.base_offset)
        self.size_bytes = self.unindexed_bytes = 0

    def resume_at(self, offset: int) -> int:
        """Know the batches before `offset` and nothing behind them: the offset that follows them.

        Where that cannot be had at once, or files are damaged, nothing is known, and the answer is the
        base offset. What follows has to be told by `note`, batch by batch.
        """
        try:
            next_offset = self._know_until(offset)
        except OSError:
            next_offset = None
        if next_offset is None:
            self.begin_anew()
            return self.base_offset
        return next_offset

    def _know_until(self, offset: int) -> int | None:
        """None where an index is wrong, or `offset` is not where a batch begins."""
        if offset <= self.base_offset or not self.size_bytes:
            return None
        indexes = self._indexes = self._make_indexes(are_on_disk=True)
        near = indexes.offsets.before(offset - 1)
        if near is None:
            start, next_offset = 0, self.base_offset
        elif self._is_right(near):
            start, next_offset = near.position, near.offset + 1
        else:
            return None
        indexes.offsets.truncate(position=0 if near is None else start + 1)
        indexes.times.truncate(offset=next_offset)
        self.latest = indexes.times.last or TimestampPosition(NO_TIMESTAMP, self.base_offset)
        position = start
        for found in self.scan(start):
            if found.header.base_offset >= offset:
                break
            next_offset = found.header.next_offset
            if found.header.max_timestamp > self.latest.timestamp_ms:
                self.latest = TimestampPosition(found.header.max_timestamp, next_offset - 1)
            position = found.position + found.header.size_bytes
        self._hints.clear()
        self.size_bytes, self.unindexed_bytes = position, position - start
        return next_offset if next_offset <= offset else None

    def cut(self) -> None:
        """Cut off whatever the file holds behind `size_bytes`. Raises OSError."""
        self.file.truncate(self.size_bytes)
