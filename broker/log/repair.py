"""Mend the files of a partition that nobody has open: what is whole stays, what is not is given up by name.

A damaged stretch of a segment is found from the last whole batch before it to the next one behind it, byte
by byte. An empty batch takes its place, with the offsets that are lost (as compaction leaves them), so that
no other record gets another offset; at the end of the log nothing takes its place. The old file stays
beside it as `<segment>.log.damaged`. Indexes of such a segment, and damaged files that an opening log makes
anew, are removed.

A crash leaves each segment as it was or mended; the next repair does the rest.
"""

from collections.abc import Iterator
from typing import NamedTuple

from broker.log.files import DiskFiles
from broker.log.inspect import segment_paths, verify_partition
from broker.protocol.records.batch import HEADER_SIZE, LENGTH_END, MAGIC, BatchHeader, crc_is_valid
from broker.protocol.records.writer import write_batch

DAMAGED = ".damaged"
INDEXES = (".index", ".timeindex")
MADE_ANEW = (*INDEXES, ".snapshot", "leader-epoch-checkpoint")
_MAGIC_AT = 16
_LARGEST_DELTA = (1 << 31) - 1


class Loss(NamedTuple):
    """Bytes of a segment that are no batches, and the offsets [first, end) that went with them.

    `end_offset` None: they were the log's last, and nobody knows how many there were.
    """

    position: int
    size_bytes: int
    first_offset: int
    end_offset: int | None


class Mended(NamedTuple):
    """A segment's bytes as they should be."""

    data: bytes
    losses: list[Loss]


def mend_segment(data: bytes, *, base_offset: int, end_offset: int | None) -> Mended:
    """`end_offset`: where the next segment begins; None for the last one."""
    parts: list[bytes | memoryview] = []
    losses: list[Loss] = []
    view = memoryview(data)
    position, offset, leader_epoch = 0, base_offset, -1
    while position < len(data):
        header = _whole_batch(view, position, offset, end_offset)
        if header is not None:
            parts.append(view[position : position + header.size_bytes])
            position, offset = position + header.size_bytes, header.next_offset
            leader_epoch = max(leader_epoch, header.partition_leader_epoch)
            continue
        found = _next_whole_batch(data, position + 1, offset, end_offset)
        following = len(data) if found is None else found
        end = end_offset if found is None else BatchHeader.parse(view[found:]).base_offset
        losses.append(Loss(position, following - position, offset, end))
        if end is not None:
            parts += _empty_batches(offset, end, leader_epoch=leader_epoch)
            offset = end
        position = following
    return Mended(b"".join(parts), losses)


def _whole_batch(view: memoryview, position: int, offset: int, end_offset: int | None) -> BatchHeader | None:
    """The header of a whole batch with offsets from `offset` on; None: there is none."""
    if len(view) - position < HEADER_SIZE or view[position + _MAGIC_AT] != MAGIC:
        return None
    header = BatchHeader.parse(view[position : position + HEADER_SIZE])
    size = header.size_bytes
    if header.batch_length < HEADER_SIZE - LENGTH_END or size > len(view) - position:
        return None
    if header.base_offset < offset or (end_offset is not None and header.next_offset > end_offset):
        return None
    if not crc_is_valid(view[position : position + size]):
        return None
    if header.base_offset > offset and _is_misplaced(header, view[position + size :]):
        return None
    return header


def _is_misplaced(header: BatchHeader, behind: memoryview) -> bool:
    """Whether a batch behind a gap has a damaged offset, which the checksum does not cover: the next one,
    whole as well, has a smaller one."""
    if len(behind) < HEADER_SIZE or behind[_MAGIC_AT] != MAGIC:
        return False
    following = BatchHeader.parse(behind[:HEADER_SIZE])
    is_whole = HEADER_SIZE <= following.size_bytes <= len(behind)
    return (
        is_whole
        and following.base_offset < header.next_offset
        and crc_is_valid(behind[: following.size_bytes])
    )


def _next_whole_batch(data: bytes, position: int, offset: int, end_offset: int | None) -> int | None:
    view = memoryview(data)
    at = data.find(bytes([MAGIC]), position + _MAGIC_AT)
    while at >= 0:
        if _whole_batch(view, at - _MAGIC_AT, offset, end_offset) is not None:
            return at - _MAGIC_AT
        at = data.find(bytes([MAGIC]), at + 1)
    return None


def _empty_batches(first: int, end: int, *, leader_epoch: int) -> Iterator[bytes]:
    """Batches without records that have the offsets [first, end)."""
    while first < end:
        last = min(end - 1, first + _LARGEST_DELTA)
        yield bytes(write_batch([], base_offset=first, last_offset=last, leader_epoch=leader_epoch))
        first = last + 1


class Repaired(NamedTuple):
    """What was done to a file: `losses` of a segment; without any, it is one that was removed."""

    path: str
    losses: list[Loss]


def repair_partition(files: DiskFiles, directory: str) -> list[Repaired]:
    """Mend what can be; nothing is written where nothing is wrong. Raises: OSError."""
    done: list[Repaired] = []
    paths = segment_paths(files, directory)
    bases = [int(path[-24:-4]) for path in paths]
    for path, base_offset, end_offset in zip(paths, bases, [*bases[1:], None], strict=True):
        data = files.read_all(path)
        mended = mend_segment(data, base_offset=base_offset, end_offset=end_offset)
        if not mended.losses:
            continue
        files.replace(path + DAMAGED, data, sync=True)
        for ending in INDEXES:
            _remove(files, f"{path[:-4]}{ending}")
        files.replace(path, mended.data, sync=True)
        done.append(Repaired(path, mended.losses))
    for problem in verify_partition(files, directory).problems:
        if problem.path.endswith(MADE_ANEW) and _remove(files, problem.path):
            done.append(Repaired(problem.path, []))
    files.sync(directory)
    return done


def _remove(files: DiskFiles, path: str) -> bool:
    """Whether it was there."""
    if not files.exists(path):
        return False
    files.remove(path)
    return True
