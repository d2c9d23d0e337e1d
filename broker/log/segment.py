"""A segment: the batches from `base_offset` on, in one file, and its two indexes.

    <20 digits of base_offset>.log         record batches, one behind the other, nothing between them
    <20 digits of base_offset>.index       see `offset_index`
    <20 digits of base_offset>.timeindex   see `time_index`

After a crash the log may end in a torn batch and the indexes may lack entries or be gone; `recovery`
cuts the one and makes the others anew. Indexes are read when they are first asked for.

Follows Kafka's LogSegment.
"""

from collections.abc import Iterator
from typing import NamedTuple

from broker.log.engine import FileRange
from broker.log.files import File
from broker.log.offset_index import OffsetIndex
from broker.log.open_files import OpenFiles
from broker.log.time_index import TimeIndex, TimestampPosition
from broker.protocol.records.batch import HEADER_SIZE, LENGTH_END, MAGIC, BatchHeader, crc_is_valid

SCAN_BYTES = 16 * 1024
NO_TIMESTAMP = -1
MOST_HINTS = 64


class DamagedSegment(Exception):
    """What stands at `position` is no record batch."""

    def __init__(self, path: str, position: int, reason: str) -> None:
        super().__init__(f"{path}: {reason} at byte {position}")
        self.position = position


class Found(NamedTuple):
    """A batch and where it starts."""

    position: int
    header: BatchHeader


def file_name(base_offset: int, suffix: str) -> str:
    return f"{base_offset:020d}{suffix}"


class Segment:
    """One segment, open or not: files are opened when they are needed."""

    __slots__ = (
        "_hints",
        "_indexes",
        "_open_files",
        "_path",
        "base_offset",
        "first_append_ms",
        "first_timestamp_ms",
        "latest",
        "size_bytes",
        "unindexed_bytes",
    )

    def __init__(
        self, open_files: OpenFiles, directory: str, base_offset: int, *, size_bytes: int = 0
    ) -> None:
        self._open_files = open_files
        self._path = f"{directory}/{file_name(base_offset, '')}"
        self._indexes: tuple[OffsetIndex, TimeIndex] | None = (
            None if size_bytes else self._no_indexes(base_offset)
        )
        self._hints: dict[int, int] = {}  # base offsets of batches, and where they start; newest last
        self.base_offset = base_offset
        self.size_bytes = size_bytes
        self.unindexed_bytes = 0
        self.first_timestamp_ms: int | None = None  # of the first batch, once it was needed
        self.first_append_ms: int | None = None
        self.latest = TimestampPosition(NO_TIMESTAMP, base_offset)  # the greatest timestamp appended

    @staticmethod
    def _no_indexes(base_offset: int) -> tuple[OffsetIndex, TimeIndex]:
        return OffsetIndex(base_offset), TimeIndex(base_offset)

    @property
    def log_path(self) -> str:
        return f"{self._path}.log"

    @property
    def paths(self) -> tuple[str, str, str]:
        return self.log_path, f"{self._path}.index", f"{self._path}.timeindex"

    @property
    def file(self) -> File:
        return self._open_files.get(self.log_path)

    @property
    def offsets(self) -> OffsetIndex:
        return (self._indexes or self._load_indexes())[0]

    @property
    def times(self) -> TimeIndex:
        return (self._indexes or self._load_indexes())[1]

    @property
    def greatest_timestamp_ms(self) -> int:
        """Of all batches in the segment; -1 in an empty one."""
        if self._indexes is None:
            self._load_indexes()
        return self.latest.timestamp_ms

    def append(
        self, batch: memoryview, header: BatchHeader, *, base_offset: int, index_interval_bytes: int
    ) -> None:
        """Write a batch whose records are `[base_offset, base_offset + last_offset_delta]`.

        Raises: OSError: some of the batch may be in the file, behind `size_bytes`.
        """
        position = self.size_bytes
        self.file.write(batch, position=position)
        self.note(header, position, base_offset=base_offset, index_interval_bytes=index_interval_bytes)

    def note(
        self, header: BatchHeader, position: int, *, base_offset: int, index_interval_bytes: int
    ) -> None:
        """Take a batch that stands at `position`, the end of what was known, into account."""
        last_offset = base_offset + header.last_offset_delta
        if header.max_timestamp > self.latest.timestamp_ms:
            self.latest = TimestampPosition(header.max_timestamp, last_offset)
        if self.first_timestamp_ms is None:
            self.first_timestamp_ms = header.max_timestamp
        if self.unindexed_bytes > index_interval_bytes:
            self.offsets.append(offset=last_offset, position=position)
            self.times.append(timestamp_ms=self.latest.timestamp_ms, offset=self.latest.offset)
            self.unindexed_bytes = 0
        size_bytes = header.size_bytes
        self.unindexed_bytes += size_bytes
        self.size_bytes = position + size_bytes
        self._remember(base_offset, position)

    def _remember(self, base_offset: int, position: int) -> None:
        hints = self._hints
        if len(hints) >= MOST_HINTS:
            del hints[next(iter(hints))]
        hints[base_offset] = position

    def find(self, offset: int) -> Found | None:
        """The first batch that ends at or behind `offset`; None where the segment ends before it."""
        hint = self._hints.get(offset)
        start = self.offsets.position_before(offset) if hint is None else hint
        for found in self.scan(start):
            if found.header.base_offset + found.header.last_offset_delta >= offset:
                return found
        return None

    def position_of(self, offset: int) -> int | None:
        """Where the batch that `find` finds starts."""
        hint = self._hints.get(offset)
        if hint is not None:
            return hint
        found = self.find(offset)
        return None if found is None else found.position

    def end_within(self, start: int, max_bytes: int) -> int:
        """The end of the last batch that starts at `start` or later and ends within `max_bytes` of it."""
        limit = start + max_bytes
        if limit >= self.size_bytes:
            return self.size_bytes
        end = max(start, self.offsets.last_position_up_to(limit))
        for found in self.scan(end):
            if found.position + found.header.size_bytes > limit:
                self._remember(found.header.base_offset, found.position)
                return found.position
        return self.size_bytes

    def scan(self, position: int = 0) -> Iterator[Found]:
        """The headers from `position` on, which is a batch's start. Raises DamagedSegment, OSError."""
        end = self.size_bytes
        file = self.file
        piece, piece_start = b"", position
        while position < end:
            if position + HEADER_SIZE > piece_start + len(piece):
                piece = file.read(position=position, size_bytes=min(SCAN_BYTES, end - position))
                piece_start = position
                if len(piece) < HEADER_SIZE:
                    raise DamagedSegment(self.log_path, position, f"{len(piece)} bytes are no batch")
            header = BatchHeader.parse(piece, position - piece_start)
            if header.magic != MAGIC or header.batch_length < HEADER_SIZE - LENGTH_END:
                raise DamagedSegment(self.log_path, position, "no record batch")
            if position + header.size_bytes > end:
                raise DamagedSegment(self.log_path, position, "a batch reaches beyond the end")
            yield Found(position, header)
            position += header.size_bytes

    def chunks(self, start: int, end: int) -> "list[memoryview | FileRange]":
        """Bytes `[start, end)`, to be sent."""
        file = self.file
        views = file.views(position=start, size_bytes=end - start)
        return [FileRange(file, start, end - start)] if views is None else [*views]

    def read_batch(self, found: Found) -> bytes:
        return self.file.read(position=found.position, size_bytes=found.header.size_bytes)

    def truncate(self, *, position: int, offset: int) -> None:
        """Cut the log at `position`, where the batch of `offset` would start."""
        self.file.truncate(position)
        self.offsets.truncate(position=position)
        self.times.truncate(offset=offset)
        self._hints.clear()
        self.size_bytes = position

    def write_indexes(self) -> None:
        """Put the indexes on disk; the time index ends with the greatest timestamp so far."""
        if self._indexes is None:
            return
        offsets, times = self._indexes
        if self.latest.timestamp_ms >= 0:
            times.append(timestamp_ms=self.latest.timestamp_ms, offset=self.latest.offset)
        _, index_path, time_index_path = self.paths
        self._open_files.files.replace(index_path, offsets.to_bytes())
        self._open_files.files.replace(time_index_path, times.to_bytes())

    def _load_indexes(self) -> tuple[OffsetIndex, TimeIndex]:
        """From their files, or, where these are gone or damaged, from the log."""
        files = self._open_files.files
        _, index_path, time_index_path = self.paths
        try:
            offsets = OffsetIndex.from_bytes(
                files.read_all(index_path), self.base_offset, size_bytes=self.size_bytes
            )
            times = TimeIndex.from_bytes(files.read_all(time_index_path), self.base_offset)
        except FileNotFoundError:
            offsets = times = None
        if offsets is None or times is None:
            return self.rebuild_indexes()
        self._indexes = offsets, times
        self.latest = times.last() or self.latest
        return self._indexes

    def rebuild_indexes(self, index_interval_bytes: int = 4096) -> tuple[OffsetIndex, TimeIndex]:
        """Make the indexes anew from the log's headers."""
        size_bytes, self.size_bytes = self.size_bytes, self.size_bytes
        self._indexes = self._no_indexes(self.base_offset)
        self.latest, self.unindexed_bytes = TimestampPosition(NO_TIMESTAMP, self.base_offset), 0
        for position, header in self.scan():
            self.note(
                header, position, base_offset=header.base_offset, index_interval_bytes=index_interval_bytes
            )
            self.size_bytes = size_bytes
        return self._indexes

    def resume_at(self, offset: int) -> int:
        """Forget everything from `offset` on: the position where it starts, or 0 where that is not known.

        What follows has to be checked, and told by `note`, batch by batch.
        """
        size_bytes, position = self.size_bytes, 0
        if offset > self.base_offset and size_bytes:
            position = self._position_on_disk(offset)
        if not position:
            self._indexes = self._no_indexes(self.base_offset)
            self.latest = TimestampPosition(NO_TIMESTAMP, self.base_offset)
        self.size_bytes, self.unindexed_bytes = position, 0
        return position

    def _position_on_disk(self, offset: int) -> int:
        try:
            self._load_indexes()
            self.offsets.truncate(position=self.size_bytes)
            for found in self.scan(self.offsets.position_before(offset - 1)):
                if found.header.base_offset >= offset:
                    break
            else:
                return self.size_bytes
        except (DamagedSegment, OSError):
            return 0
        self.offsets.truncate(position=found.position)
        self.times.truncate(offset=offset)
        self.latest = self.times.last() or TimestampPosition(NO_TIMESTAMP, self.base_offset)
        return found.position

    def whole_batch(self, position: int, end: int) -> bytes | None:
        """The batch at `position` if all of it is there before `end` and its checksum is right."""
        if end - position < HEADER_SIZE:
            return None
        header = BatchHeader.parse(self.file.read(position=position, size_bytes=HEADER_SIZE))
        if header.magic != MAGIC or not HEADER_SIZE <= header.size_bytes <= end - position:
            return None
        data = self.file.read(position=position, size_bytes=header.size_bytes)
        return data if crc_is_valid(memoryview(data)) else None
