"""A segment finds its batches whether its indexes are there, late, gone or wrong."""

from typing import NamedTuple

import pytest

from broker.log.engine import SENDFILE_BYTES, FileRange
from broker.log.memory_files import MemoryFiles
from broker.log.open_files import LogFiles, OpenFiles
from broker.log.segment import DamagedSegment, Segment
from broker.protocol.records.batch import BatchHeader, patch
from tests.fakes.files import FaultyFiles
from tests.fakes.logger import RecordingLogger
from tests.log.harness import NOW, batch

BASE = 100
INDEX = "d/00000000000000000100.index"
TIME_INDEX = "d/00000000000000000100.timeindex"


class Made(NamedTuple):
    """A segment of batches of three records each; `sizes` are those of the batches."""

    segment: Segment
    log_files: LogFiles
    sizes: list[int]

    def start(self, number: int) -> int:
        return sum(self.sizes[:number])

    def reopened(self) -> Segment:
        """As after a start; what was cached of the files is forgotten."""
        files = self.log_files.files
        log_files = LogFiles.over(files, self.log_files.logger)
        size_bytes = files.size_bytes(self.segment.log_path)
        return Segment(log_files, "d", BASE, index_interval_bytes=100, size_bytes=size_bytes)


def made(count: int = 40, *, files: MemoryFiles | FaultyFiles | None = None) -> Made:
    """Batch n has offsets from 100 + 3 n on, and times from NOW + n on."""
    files = files or MemoryFiles()
    files.make_directory("d")
    log_files = LogFiles.over(files, RecordingLogger())
    segment = Segment(log_files, "d", BASE, index_interval_bytes=100)
    sizes = []
    for number in range(count):
        data = batch(3, timestamps=[NOW + number] * 3, value_bytes=number % 7)
        patch(data, base_offset=BASE + 3 * number, leader_epoch=0)
        segment.append(memoryview(data), BatchHeader.parse(data), base_offset=BASE + 3 * number)
        sizes.append(len(data))
    return Made(segment, log_files, sizes)


def check_all_are_found(it: Made, segment: Segment) -> None:
    for number in range(len(it.sizes)):
        for offset in range(BASE + 3 * number, BASE + 3 * number + 3):
            assert segment.position_of(offset) == it.start(number)
        assert segment.position_before_timestamp(NOW + number) <= it.start(number)
    assert segment.position_of(BASE + 3 * len(it.sizes)) is None
    assert segment.greatest_timestamp == (NOW + len(it.sizes) - 1, BASE + 3 * len(it.sizes) - 1)


def damage(it: Made, path: str, data: bytes) -> None:
    it.log_files.files.replace(path, data)


def told(it: Made) -> list[str]:
    logger = it.log_files.logger
    assert isinstance(logger, RecordingLogger)
    return logger.told("info")


def test_every_offset_is_found() -> None:
    it = made()
    check_all_are_found(it, it.segment)


def test_every_offset_is_found_with_the_indexes_from_their_files() -> None:
    it = made()
    it.segment.write_indexes()
    check_all_are_found(it, it.reopened())
    assert told(it) == []


def test_missing_indexes_are_made_anew_and_written() -> None:
    it = made()
    it.segment.write_indexes()
    index = it.log_files.files.read_all(INDEX)
    it.log_files.files.remove(INDEX)
    check_all_are_found(it, it.reopened())
    assert told(it) == ["index rebuilt"]
    assert it.log_files.files.read_all(INDEX) == index


@pytest.mark.parametrize("path", [INDEX, TIME_INDEX])
@pytest.mark.parametrize("damaged", [b"", b"\0" * 96, b"\x7f" * 96, b"\xff" * 96, b"abc", bytes(range(96))])
def test_whatever_an_index_says_the_log_has_the_last_word(path: str, damaged: bytes) -> None:
    it = made()
    it.segment.write_indexes()
    damage(it, path, damaged)
    check_all_are_found(it, it.reopened())


def test_an_index_that_is_damaged_while_it_is_in_use_is_made_anew() -> None:
    it = made()
    it.segment.write_indexes()
    segment = it.reopened()
    check_all_are_found(it, segment)
    for path in (INDEX, TIME_INDEX):
        segment._log_files.indexes.forget(path)
        damage(it, path, b"abc")
    check_all_are_found(it, segment)


def test_an_index_that_cannot_be_written_is_right_in_memory() -> None:
    files = FaultyFiles()
    it = made(files=files)
    files.fail_at(1, times=100)
    check_all_are_found(it, it.reopened())


def test_the_end_within_a_budget_is_that_of_the_last_batch_that_fits() -> None:
    it = made()
    it.segment.write_indexes()
    for segment in (it.segment, it.reopened()):
        for first in (0, 1, 7, 39):
            start = it.start(first)
            for budget in range(0, 1200, 37):
                fitting = [size for size in map(it.start, range(first, 41)) if size <= start + budget]
                assert segment.end_within(start, budget) == fitting[-1]


def large(name: str, log_files: LogFiles) -> Segment:
    segment = Segment(log_files, name, BASE, index_interval_bytes=100)
    data = batch(value_bytes=SENDFILE_BYTES)
    segment.append(memoryview(data), BatchHeader.parse(data), base_offset=BASE)
    return segment


def opening(files: FaultyFiles, *, most_open: int) -> LogFiles:
    for name in "abc":
        files.make_directory(name)
    return LogFiles.over(files, RecordingLogger())._replace(open=OpenFiles(files, most_open=most_open))


def test_a_large_range_of_a_file_on_disk_is_not_read() -> None:
    segment = large("a", opening(FaultyFiles(), most_open=1))
    (chunk,) = segment.chunks(0, segment.size_bytes)
    assert chunk == FileRange(segment.file, 0, segment.size_bytes)
    assert segment.file.is_pinned


def test_a_small_range_is_read_and_holds_no_descriptor() -> None:
    it = made(3, files=FaultyFiles())
    (chunk,) = it.segment.chunks(it.start(1), it.start(3))
    assert isinstance(chunk, memoryview)
    assert chunk == it.segment.file.read(position=it.start(1), size_bytes=it.start(3) - it.start(1))
    assert not it.segment.file.is_pinned


def test_what_was_given_to_be_sent_stays_open_whatever_is_opened_next() -> None:
    files = FaultyFiles()
    log_files = opening(files, most_open=2)
    segments = [large(name, log_files) for name in "abc"]
    chunks = [chunk for segment in segments[:2] for chunk in segment.chunks(0, segment.size_bytes)]
    assert segments[2].file.size_bytes()
    for chunk, segment in zip(chunks, segments, strict=False):
        assert isinstance(chunk, FileRange)
        assert chunk.file.read(position=0, size_bytes=chunk.nbytes) == segment.file.read(
            position=0, size_bytes=segment.size_bytes
        )


def test_where_too_many_files_are_held_a_range_is_read() -> None:
    log_files = opening(FaultyFiles(), most_open=1)
    first, second = (large(name, log_files) for name in "ab")
    (held,) = first.chunks(0, first.size_bytes)
    assert isinstance(held, FileRange)
    (read,) = second.chunks(0, second.size_bytes)
    assert isinstance(read, memoryview)


def test_what_is_no_batch_is_told_by_its_place() -> None:
    it = made(3)
    it.segment.file.write(b"\xff" * 20, position=it.start(1))
    with pytest.raises(DamagedSegment) as damaged:
        list(it.segment.scan())
    assert damaged.value.position == it.start(1)


@pytest.mark.parametrize("cut", [1, 30, 61, 70])
def test_a_batch_that_reaches_beyond_the_end_is_told(cut: int) -> None:
    it = made(3)
    it.segment.size_bytes -= cut
    with pytest.raises(DamagedSegment):
        list(it.segment.scan())


def test_the_first_timestamp_is_that_of_the_first_batch() -> None:
    it = made(3)
    assert it.segment.first_timestamp() == NOW
    assert it.reopened().first_timestamp() == NOW


@pytest.mark.parametrize("number", [1, 2, 20, 39, 40])
@pytest.mark.parametrize("index_gone", [False, True])
def test_it_resumes_at_any_batch(number: int, index_gone: bool) -> None:
    it = made()
    it.segment.write_indexes()
    if index_gone:
        it.log_files.files.remove(INDEX)
    segment = it.reopened()
    next_offset = segment.resume_at(BASE + 3 * number)
    if index_gone:
        assert (next_offset, segment.size_bytes) == (BASE, 0)
    else:
        assert (next_offset, segment.size_bytes) == (BASE + 3 * number, it.start(number))
        assert segment.greatest_timestamp == (NOW + number - 1, BASE + 3 * number - 1)
    position = segment.size_bytes
    for size in it.sizes[0 if index_gone else number :]:
        header = BatchHeader.parse(segment.file.read(position=position, size_bytes=size))
        segment.note(header, position, base_offset=header.base_offset)
        position += size
    check_all_are_found(it, segment)


def test_it_does_not_resume_within_a_batch() -> None:
    it = made()
    it.segment.write_indexes()
    segment = it.reopened()
    assert segment.resume_at(BASE + 4) == BASE
    assert segment.size_bytes == 0


def test_it_resumes_where_the_file_ends_if_that_is_earlier() -> None:
    it = made()
    it.segment.write_indexes()
    it.segment.file.truncate(it.start(20))
    segment = it.reopened()
    assert segment.resume_at(BASE + 90) in {BASE, BASE + 60}


def test_what_stands_behind_the_end_is_cut() -> None:
    it = made(3)
    it.segment.file.write(b"torn", position=it.segment.size_bytes)
    it.segment.cut()
    assert it.segment.file.size_bytes() == it.segment.size_bytes


def test_a_failed_write_leaves_the_segment_as_it_was() -> None:
    files = FaultyFiles()
    it = made(3, files=files)
    data = batch()
    files.fail_at(1)
    with pytest.raises(OSError, match="Input/output"):
        it.segment.append(memoryview(data), BatchHeader.parse(data), base_offset=BASE + 9)
    assert it.segment.size_bytes == it.start(3)
    check_all_are_found(it, it.segment)
