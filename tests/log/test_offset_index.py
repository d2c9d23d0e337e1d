"""The offset index: its bytes are Kafka's, and it finds batches by offset and by position."""

from struct import pack

from broker.log.index_entries import IndexCache
from broker.log.memory_files import MemoryFiles
from broker.log.offset_index import OffsetIndex, OffsetPosition

PATH = "d/00000000000000000100.index"


def index(*entries: tuple[int, int], files: MemoryFiles | None = None) -> OffsetIndex:
    files = files or MemoryFiles()
    files.make_directory("d")
    made = OffsetIndex(IndexCache(files), PATH, 100, is_on_disk=False)
    for offset, position in entries:
        made.append(offset=offset, position=position)
    return made


def test_an_entry_is_two_big_endian_integers() -> None:
    files = MemoryFiles()
    index((105, 4200), (2**31 + 98, 2**31 - 1), files=files).write()
    assert files.read_all(PATH) == pack(">iiii", 5, 4200, 2**31 - 2, 2**31 - 1)


def test_the_last_batch_that_ends_at_or_before_an_offset_is_found() -> None:
    made = index((105, 4200), (110, 9000))
    assert made.before(104) is None
    assert made.before(105) == OffsetPosition(105, 4200, is_checked=True)
    assert made.before(109) == OffsetPosition(105, 4200, is_checked=True)
    assert made.before(1 << 40) == OffsetPosition(110, 9000, is_checked=True)


def test_an_offset_before_the_segment_has_no_entry() -> None:
    assert index((100, 10)).before(99) is None


def test_the_last_batch_that_starts_up_to_a_position_is_found() -> None:
    made = index((105, 4200), (110, 9000))
    assert made.up_to(4199) is None
    assert made.up_to(8999) == OffsetPosition(105, 4200, is_checked=True)


def test_entries_from_a_file_are_to_be_checked() -> None:
    files = MemoryFiles()
    index((105, 4200), files=files).write()
    again = OffsetIndex(IndexCache(files), PATH, 100, is_on_disk=True)
    assert again.before(200) == OffsetPosition(105, 4200, is_checked=False)


def test_truncating_forgets_batches_that_start_at_the_position_or_behind() -> None:
    made = index((105, 4200), (110, 9000))
    made.truncate(position=9000)
    assert len(made) == 1
    assert made.size_bytes == 8
    made.truncate(position=0)
    assert len(made) == 0
