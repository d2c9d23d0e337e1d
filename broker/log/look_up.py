"""Look-ups and sizes in the files of partitions, without opening them as logs; also while a broker runs."""

from typing import NamedTuple

from broker.log.inspect import UNFOLDED_BYTES, BatchFound, ReadableFiles, segment_paths, walk_batches
from broker.protocol.records.batch import NO_TIMESTAMP
from broker.protocol.records.reader import read_records
from broker.protocol.records.record import Record

DAY_MS = 86_400_000


class Place(NamedTuple):
    """Where a record stands: its segment, and the first byte of its batch there."""

    path: str
    position: int
    record: Record


def find_offset(files: ReadableFiles, partition: str, offset: int) -> Place | None:
    """The first record at that offset or behind it. Raises: OSError, KafkaError: it cannot be read."""
    paths = segment_paths(files, partition)
    first = max((n for n, path in enumerate(paths) if int(path[-24:-4]) <= offset), default=0)
    return _first(files, paths[first:], offset=offset, timestamp_ms=NO_TIMESTAMP)


def find_time(files: ReadableFiles, partition: str, timestamp_ms: int) -> Place | None:
    """The first record that is as late as that, or later. Raises: OSError, KafkaError: it cannot be read."""
    return _first(files, segment_paths(files, partition), offset=0, timestamp_ms=timestamp_ms)


def _first(files: ReadableFiles, paths: list[str], *, offset: int, timestamp_ms: int) -> Place | None:
    for path in paths:
        for found in walk_batches(files, path):
            if not isinstance(found, BatchFound):
                break
            if found.header.last_offset < offset or found.header.max_timestamp < timestamp_ms:
                continue
            for record in read_records(found.data, max_bytes=UNFOLDED_BYTES):
                if record.offset >= offset and record.timestamp_ms >= timestamp_ms:
                    return Place(path, found.position, record)
    return None


class TopicSize(NamedTuple):
    """`bytes_per_day` None: no partition has rolled, so nobody knows."""

    topic: str
    partitions: int
    segments: int
    size_bytes: int
    bytes_per_day: int | None


def topic_sizes(files: ReadableFiles, partitions: list[str]) -> list[TopicSize]:
    """Growth is what came between the first records of the first and the last segment. Raises: OSError."""
    found: dict[str, list[TopicSize]] = {}
    for partition in partitions:
        topic = partition.rpartition("/")[2].rpartition("-")[0]
        paths = segment_paths(files, partition)
        sizes = [files.size_bytes(path) for path in paths]
        growth = _growth(files, paths, sizes)
        found.setdefault(topic, []).append(TopicSize(topic, 1, len(paths), sum(sizes), growth))
    return [_together(topic, parts) for topic, parts in found.items()]


def _growth(files: ReadableFiles, paths: list[str], sizes: list[int]) -> int | None:
    if len(paths) < 2:
        return None
    first, last = _first_timestamp(files, paths[0]), _first_timestamp(files, paths[-1])
    if first is None or last is None or last <= first:
        return None
    return sum(sizes[:-1]) * DAY_MS // (last - first)


def _first_timestamp(files: ReadableFiles, path: str) -> int | None:
    found = next(walk_batches(files, path), None)
    if not isinstance(found, BatchFound) or found.header.max_timestamp == NO_TIMESTAMP:
        return None
    return found.header.max_timestamp


def _together(topic: str, parts: list[TopicSize]) -> TopicSize:
    growths = [part.bytes_per_day for part in parts if part.bytes_per_day is not None]
    return TopicSize(
        topic,
        len(parts),
        sum(part.segments for part in parts),
        sum(part.size_bytes for part in parts),
        sum(growths) if growths else None,
    )
