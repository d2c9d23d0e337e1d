"""Which bytes a read gets, over several segments, and that it lets go of their files."""

import pytest

from broker.log.engine import SENDFILE_BYTES, FileRange
from broker.log.partition_log import LocalPartitionLog
from broker.log.reading import Chunks, collect, number_of, release_of
from tests.fakes.files import FaultyFiles
from tests.log.harness import append, batch, engine

LARGE = SENDFILE_BYTES + 1_000
"""More than is read instead of lent."""


def log_of(files: FaultyFiles, *, count: int) -> LocalPartitionLog:
    """Each batch, large enough for its file to be lent, in a segment of its own."""
    made = engine(files, internal_segment_bytes=LARGE + 1_000)
    for _ in range(count):
        append(made.partition, batch(value_bytes=LARGE))
    log = made.partition
    assert isinstance(log, LocalPartitionLog)
    return log


def read(log: LocalPartitionLog, first: int, *, max_bytes: int = 1 << 30, end: int | None = None) -> Chunks:
    return collect(
        log.storage.segments,
        first,
        log.storage.unpin,
        offset=first,
        max_bytes=max_bytes,
        at_least_one_batch=False,
        end_offset=end,
    )


@pytest.mark.parametrize(("offset", "number"), [(0, 0), (3, 0), (9, 0), (10, 1), (19, 1), (20, 2), (99, 2)])
def test_the_segment_is_found_by_the_base_offsets(offset: int, number: int) -> None:
    assert number_of([3, 10, 20], offset) == number


def test_segments_are_joined_as_long_as_the_budget_lasts() -> None:
    log = log_of(FaultyFiles(), count=4)
    one = log.size_bytes // 4
    assert [
        len(read(log, 1)),
        len(read(log, 1, max_bytes=2 * one)),
        len(read(log, 1, max_bytes=one - 1)),
    ] == [
        3,
        2,
        0,
    ]
    assert len(read(log, 1, end=2)) == 1


def test_files_are_pinned_until_the_release() -> None:
    log = log_of(FaultyFiles(), count=2)
    chunks = read(log, 0)
    files = [chunk.file for chunk in chunks if isinstance(chunk, FileRange)]
    assert [file.is_pinned for file in files] == [True, True]  # type: ignore[attr-defined]
    release_of(chunks, log.storage.unpin)()
    assert [file.is_pinned for file in files] == [False, False]  # type: ignore[attr-defined]


def test_a_read_that_fails_half_way_pins_nothing() -> None:
    files = FaultyFiles()
    log = log_of(files, count=3)
    held = log.storage.segments[0].file
    log.storage.close_files(log.storage.segments[1])
    files.remove(log.storage.segments[1].log_path)
    with pytest.raises(FileNotFoundError):
        read(log, 0)
    assert not held.is_pinned
