"""Look at a partition's files, read only: what is in them, and what is wrong where.

For `kawa log`, also while a broker runs. Nothing is opened for longer than a read, indexes are
read before the batches they point to, and a file that goes away meanwhile (retention) is left
out. Whatever the bytes are, the answer is a list of problems, never an exception.

| file | what is checked |
| --- | --- |
| `<20 digits>.log` | whole batches, checksums, offsets that ascend, leader epochs that do not descend |
| `<20 digits>.index` | entries ascend; each points to the start of the batch that ends with its offset |
| `<20 digits>.timeindex` | entries ascend; each has the greatest timestamp of its offset's batch |
| `<20 digits>.txnindex` | whole entries of a known version |
| `<20 digits>.snapshot`, `leader-epoch-checkpoint`, `partition.metadata` | they can be read |
"""

import re
from collections.abc import Callable, Iterator
from struct import Struct
from typing import NamedTuple, Protocol, TypeVar

from broker.log.corrupt_file import CorruptFile
from broker.log.epoch_checkpoint import read_checkpoint
from broker.log.inspect_index import OFFSET_INDEX, TIME_INDEX, IndexCheck, IndexKind
from broker.log.partition_metadata import FILE_NAME as METADATA_NAME
from broker.log.partition_metadata import read_partition_metadata
from broker.log.producer_snapshot import read_snapshot
from broker.protocol.errors import KafkaError
from broker.protocol.records.batch import HEADER_SIZE, LENGTH_END, MAGIC, BatchHeader, crc_is_valid
from broker.protocol.records.reader import read_records

T = TypeVar("T")

EPOCHS_NAME = "leader-epoch-checkpoint"
UNFOLDED_BYTES = 100 * 1024 * 1024
"""Records that unfold to more than this count as unreadable."""

_PARTITION = re.compile(r".+-\d+")
_SEGMENT_FILE = re.compile(r"(\d{20})\.(log|index|timeindex|txnindex|snapshot)")
_WINDOW_BYTES = 1024 * 1024
_ABORTED_ENTRY = Struct(">hqqqq")  # version, producer id, first, last and last stable offset


class ReadableFiles(Protocol):
    """What is needed of a file system; paths are text."""

    def list(self, directory: str) -> list[str]:
        """The names in a directory, in any order. Raises OSError."""

    def is_directory(self, path: str) -> bool: ...

    def size_bytes(self, path: str) -> int:
        """Raises OSError."""

    def read(self, path: str, *, position: int, size_bytes: int) -> bytes:
        """The bytes there, fewer at the end of the file. Raises OSError."""


class Problem(NamedTuple):
    """What is wrong, in which file and at which byte (None: with the file as a whole)."""

    path: str
    position: int | None
    message: str

    def __str__(self) -> str:
        place = self.path if self.position is None else f"{self.path}: byte {self.position}"
        return f"{place}: {self.message}"


class BatchFound(NamedTuple):
    """A complete batch in a segment; `data` is the whole of it."""

    position: int
    header: BatchHeader
    crc_is_valid: bool
    data: memoryview


class SegmentReport(NamedTuple):
    """What one segment holds; `next_offset` follows its last record, or is its base offset."""

    path: str
    base_offset: int
    next_offset: int
    size_bytes: int
    batches: int
    records: int
    problems: list[Problem]


class PartitionReport(NamedTuple):
    """What one partition holds. `problems` includes those of the segments."""

    path: str
    topic_id: bytes | None
    segments: list[SegmentReport]
    problems: list[Problem]


def find_partitions(files: ReadableFiles, path: str) -> list[str]:
    """The directory itself if it is a partition's, else the partitions in it. Raises OSError."""
    names = sorted(files.list(path))
    if METADATA_NAME in names or any(_SEGMENT_FILE.fullmatch(name) for name in names):
        return [path]
    inside = [f"{path}/{name}" for name in names if _PARTITION.fullmatch(name)]
    return sorted(filter(files.is_directory, inside), key=_by_topic_and_number)


def segment_paths(files: ReadableFiles, partition: str) -> list[str]:
    """The partition's log files in the order of their offsets. Raises OSError."""
    names = sorted(name for name in files.list(partition) if _SEGMENT_FILE.fullmatch(name))
    return [f"{partition}/{name}" for name in names if name.endswith(".log")]


def walk_batches(files: ReadableFiles, path: str) -> Iterator[BatchFound | Problem]:
    """Every batch of a segment; a problem where there is none, which ends the walk. Raises OSError."""
    window = _Window(files, path)
    position = 0
    while True:
        head = window.read(position, HEADER_SIZE)
        if not head:
            return
        if len(head) < HEADER_SIZE:
            yield Problem(path, position, f"{len(head)} bytes are left, a batch's header has {HEADER_SIZE}")
            return
        header = BatchHeader.parse(head)
        if header.magic != MAGIC or header.batch_length < HEADER_SIZE - LENGTH_END:
            found = f"magic {header.magic}, length {header.batch_length}"
            yield Problem(path, position, f"no record batch stands here ({found})")
            return
        left = window.size_bytes - position
        data = window.read(position, header.size_bytes) if header.size_bytes <= left else memoryview(b"")
        if len(data) < header.size_bytes:
            yield Problem(
                path, position, f"a batch of {header.size_bytes} bytes is cut off, {left} are there"
            )
            return
        yield BatchFound(position, header, crc_is_valid(data), data)
        position += header.size_bytes


def verify_partition(files: ReadableFiles, partition: str, *, records: bool = False) -> PartitionReport:
    """Check every file of a partition; with `records`, also that every record can be read."""
    problems: list[Problem] = []
    segments: list[SegmentReport] = []
    topic_id: bytes | None = None
    try:
        names = sorted(files.list(partition))
    except OSError as error:
        return PartitionReport(partition, None, [], [Problem(partition, None, _words(error))])
    for name in names:
        path = f"{partition}/{name}"
        if name == METADATA_NAME:
            topic_id = _check_file(files, path, read_partition_metadata, problems)
        elif name == EPOCHS_NAME:
            _check_file(files, path, read_checkpoint, problems)
        elif name.endswith(".snapshot") and _SEGMENT_FILE.fullmatch(name):
            _check_file(files, path, read_snapshot, problems)
        elif name.endswith("index") and _SEGMENT_FILE.fullmatch(name) and f"{name[:20]}.log" not in names:
            problems.append(Problem(path, None, "an index without its segment"))
    follows = _Order()
    for path in (f"{partition}/{name}" for name in names if name.endswith(".log")):
        if _SEGMENT_FILE.fullmatch(path.rpartition("/")[2]):
            report = _verify_segment(files, path, follows, records=records)
            if report is not None:
                segments.append(report)
                problems.extend(report.problems)
    return PartitionReport(partition, topic_id, segments, problems)


def _verify_segment(
    files: ReadableFiles, path: str, follows: "_Order", *, records: bool
) -> SegmentReport | None:
    """None if the segment has been deleted meanwhile."""
    base_offset = int(path[-24:-4])
    problems: list[Problem] = []
    batches = record_count = size_bytes = 0
    next_offset = base_offset
    try:
        checks = [
            _index_check(files, f"{path[:-4]}.index", OFFSET_INDEX, problems),
            _index_check(files, f"{path[:-4]}.timeindex", TIME_INDEX, problems),
        ]
        _check_file(files, f"{path[:-4]}.txnindex", _read_aborted, problems)
        if base_offset < follows.next_offset:
            problems.append(
                Problem(path, None, f"it overlaps the segment before, up to {follows.next_offset}")
            )
        follows.next_offset = max(follows.next_offset, base_offset)
        for found in walk_batches(files, path):
            if isinstance(found, Problem):
                problems.append(found)
                break
            wrong = _faults(found, follows, records=records)
            problems += [Problem(path, found.position, message) for message in wrong]
            size_bytes = found.position + found.header.size_bytes
            if not found.crc_is_valid:
                for check in checks:
                    check.pass_over()
                continue
            for check in checks:
                check.see(found.position, found.header)
            batches += 1
            record_count += found.header.record_count
            next_offset = follows.next_offset
        else:
            for check in checks:
                check.end()
        problems += [Problem(check.path, *wrong) for check in checks for wrong in check.wrong]
    except FileNotFoundError:
        return None
    except OSError as error:
        problems.append(Problem(path, None, _words(error)))
    return SegmentReport(path, base_offset, next_offset, size_bytes, batches, record_count, problems)


def _index_check(files: ReadableFiles, path: str, kind: IndexKind, problems: list[Problem]) -> IndexCheck:
    data = _check_file(files, path, bytes, problems) or b""
    return IndexCheck(kind, path, data, base_offset=int(path.rpartition("/")[2][:20]))


class _Order:
    """What the next batch must follow, from one segment to the next."""

    def __init__(self) -> None:
        self.next_offset = 0
        self.leader_epoch = -1


def _faults(found: BatchFound, follows: _Order, *, records: bool) -> list[str]:
    """What is wrong with a batch; a damaged one is not what the next must follow."""
    header = found.header
    if not found.crc_is_valid:
        return [f"the checksum is wrong (offsets {header.base_offset} to {header.last_offset})"]
    wrong: list[str] = []
    if header.base_offset < follows.next_offset:
        wrong.append(f"its base offset is {header.base_offset}, {follows.next_offset} or more was expected")
    if not 0 <= header.record_count <= header.last_offset_delta + 1:
        wrong.append(f"{header.record_count} records in {header.last_offset_delta + 1} offsets")
    if header.partition_leader_epoch < follows.leader_epoch:
        wrong.append(f"leader epoch {header.partition_leader_epoch} follows {follows.leader_epoch}")
    if records:
        wrong.extend(_unreadable(found))
    follows.next_offset = max(follows.next_offset, header.next_offset)
    follows.leader_epoch = max(follows.leader_epoch, header.partition_leader_epoch)
    return wrong


def _unreadable(found: BatchFound) -> Iterator[str]:
    last = found.header.base_offset - 1
    try:
        for record in read_records(found.data, max_bytes=UNFOLDED_BYTES):
            if not last < record.offset <= found.header.last_offset:
                yield f"a record has offset {record.offset}"
            last = record.offset
    except KafkaError as error:
        yield error.message


def _read_aborted(data: bytes) -> None:
    if len(data) % _ABORTED_ENTRY.size:
        raise CorruptFile(f"{len(data)} bytes are no whole entries of {_ABORTED_ENTRY.size}")
    for version, producer_id, first, last, _ in _ABORTED_ENTRY.iter_unpack(data):
        if version != 0 or producer_id < 0 or not 0 <= first <= last:
            raise CorruptFile(f"version {version}, producer {producer_id}, offsets {first} to {last}")


def _check_file(
    files: ReadableFiles, path: str, parse: Callable[[bytes], T], problems: list[Problem]
) -> T | None:
    """What a small file holds; None where it is not there, or wrong, which is then told."""
    try:
        return parse(files.read(path, position=0, size_bytes=files.size_bytes(path)))
    except FileNotFoundError:
        return None
    except OSError as error:
        problems.append(Problem(path, None, _words(error)))
    except CorruptFile as error:
        problems.append(Problem(path, None, str(error)))
    return None


class _Window:
    """A file read from the start to the end in large pieces; it may grow meanwhile."""

    def __init__(self, files: ReadableFiles, path: str) -> None:
        self._files = files
        self._path = path
        self._start = 0
        self._data = memoryview(b"")
        self.size_bytes = files.size_bytes(path)

    def read(self, position: int, size_bytes: int) -> memoryview:
        """The bytes there, fewer where the file ends."""
        end = position + size_bytes
        if end > self._start + len(self._data):
            if end > self.size_bytes:
                self.size_bytes = self._files.size_bytes(self._path)
            wanted = min(max(size_bytes, _WINDOW_BYTES), self.size_bytes - position)
            self._data = memoryview(self._files.read(self._path, position=position, size_bytes=wanted))
            self._start = position
        return self._data[position - self._start : end - self._start]


def _words(error: OSError) -> str:
    return error.strerror or str(error)


def _by_topic_and_number(path: str) -> tuple[str, int]:
    topic, _, number = path.rpartition("-")
    return topic, int(number)
