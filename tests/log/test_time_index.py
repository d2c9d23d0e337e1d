"""The time index: its bytes are Kafka's, and it knows where a timestamp cannot be yet."""

from struct import pack

from broker.log.index_entries import IndexCache
from broker.log.memory_files import MemoryFiles
from broker.log.time_index import TimeIndex, TimestampPosition, greatest_in_file

PATH = "d/00000000000000000100.timeindex"


def index(*entries: tuple[int, int], files: MemoryFiles | None = None) -> TimeIndex:
    files = files or MemoryFiles()
    files.make_directory("d")
    made = TimeIndex(IndexCache(files), PATH, 100, is_on_disk=False)
    for timestamp_ms, offset in entries:
        made.append(timestamp_ms=timestamp_ms, offset=offset)
    return made


def test_an_entry_is_a_big_endian_long_and_integer() -> None:
    files = MemoryFiles()
    index((1_700_000_000_000, 105), (2**62, 2**31 + 98), files=files).write()
    assert files.read_all(PATH) == pack(">qiqi", 1_700_000_000_000, 5, 2**62, 2**31 - 2)


def test_what_was_written_is_read_again() -> None:
    files = MemoryFiles()
    index((1_000, 105), (2**40, 110), files=files).write()
    again = TimeIndex(IndexCache(files), PATH, 100, is_on_disk=True)
    assert again.last == TimestampPosition(2**40, 110)
    assert again.before(2**40) == TimestampPosition(1_000, 105)
    assert (len(again), again.size_bytes) == (2, 24)


def test_only_a_greater_timestamp_makes_an_entry() -> None:
    made = index((1_000, 105), (1_000, 110), (999, 115), (1_001, 120))
    assert len(made) == 2
    assert made.last == TimestampPosition(1_001, 120)


def test_the_last_batch_before_which_all_is_earlier_is_found() -> None:
    made = index((1_000, 105), (2_000, 110))
    assert made.before(1_000) is None
    assert made.before(1_001) == TimestampPosition(1_000, 105)
    assert made.before(9_999) == TimestampPosition(2_000, 110)


def test_truncating_forgets_what_is_said_of_an_offset_and_behind() -> None:
    made = index((1_000, 105), (2_000, 110))
    made.truncate(offset=110)
    assert made.last == TimestampPosition(1_000, 105)
    made.truncate(offset=100)
    assert made.last is None


def test_the_greatest_timestamp_is_read_without_the_others() -> None:
    files = MemoryFiles()
    assert greatest_in_file(files, PATH) is None
    index(files=files).write()
    assert greatest_in_file(files, PATH) is None
    index((1_000, 105), (2**40, 110), files=files).write()
    assert greatest_in_file(files, PATH) == 2**40
    files.open(PATH).write(b"torn", position=24)
    assert greatest_in_file(files, PATH) == 2**40
