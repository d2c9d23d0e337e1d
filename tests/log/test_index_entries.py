"""Index entries: some in a file, some in memory, and a cache that stays small."""

import pytest

from broker.log.index_entries import DamagedIndex, IndexCache, IndexEntries
from broker.log.memory_files import MemoryFiles
from broker.log.offset_index import LAYOUT

PATH = "d/0.index"


def made(*, count: int = 0, files: MemoryFiles | None = None) -> tuple[IndexEntries, MemoryFiles]:
    """Entries (10 n, 100 n)."""
    files = files or MemoryFiles()
    files.make_directory("d")
    entries = IndexEntries(IndexCache(files), PATH, LAYOUT, is_on_disk=False)
    for number in range(1, count + 1):
        entries.append(10 * number, 100 * number)
    return entries, files


def reopened(files: MemoryFiles) -> IndexEntries:
    return IndexEntries(IndexCache(files), PATH, LAYOUT, is_on_disk=True)


def test_the_last_entry_up_to_a_value_is_found_in_memory_and_in_the_file() -> None:
    entries, _ = made(count=3)
    entries.write()
    entries.append(40, 400)
    assert entries.last_up_to(0, 9) is None
    assert entries.last_up_to(0, 29) == ((20, 200), True)
    assert entries.last_up_to(1, 399) == ((30, 300), True)
    assert entries.last_up_to(1, 400) == ((40, 400), False)
    assert entries.last == (40, 400)
    assert len(entries) == 4


def test_what_was_written_is_there_when_opened_again() -> None:
    entries, files = made(count=3)
    entries.write()
    entries.append(40, 400)
    entries.write()
    again = reopened(files)
    assert (len(again), again.last) == (4, (40, 400))
    assert files.size_bytes(PATH) == 32


def test_what_was_not_written_is_not_there_when_opened_again() -> None:
    entries, files = made(count=1)
    entries.write()
    entries.append(20, 200)
    assert len(reopened(files)) == 1


def test_an_empty_index_leaves_an_empty_file() -> None:
    entries, files = made()
    entries.write()
    assert files.read_all(PATH) == b""


def test_truncating_forgets_entries_in_memory_and_in_the_file() -> None:
    entries, files = made(count=3)
    entries.write()
    entries.append(40, 400)
    entries.truncate(1, 350)
    assert (len(entries), entries.last) == (3, (30, 300))
    entries.truncate(0, 10)
    assert (len(entries), entries.last) == (1, (10, 100))
    assert entries.last_up_to(0, 50) == ((10, 100), True)
    entries.truncate(0, 0)
    assert (len(entries), entries.last) == (0, None)
    entries.append(15, 150)
    entries.write()
    assert files.size_bytes(PATH) == 8
    assert reopened(files).last == (15, 150)


def test_a_new_index_replaces_what_an_older_one_of_that_name_left() -> None:
    older, files = made(count=5)
    older.write()
    entries, _ = made(count=1, files=files)
    entries.write()
    assert files.size_bytes(PATH) == 8


def test_a_file_with_a_part_of_an_entry_is_damaged() -> None:
    _, files = made()
    files.replace(PATH, bytes(12))
    with pytest.raises(DamagedIndex, match="12 bytes"):
        reopened(files)


def test_a_missing_file_is_damaged() -> None:
    _, files = made()
    with pytest.raises(DamagedIndex, match="not there"):
        reopened(files)


class CountingFiles(MemoryFiles):
    reads = 0

    def read_all(self, path: str) -> bytes:
        self.reads += 1
        return super().read_all(path)


def test_the_cache_keeps_what_fits_and_lets_the_longest_unused_go() -> None:
    files = CountingFiles()
    files.make_directory("d")
    for name in "abc":
        files.replace(f"d/{name}", bytes(80))
    cache = IndexCache(files, most_bytes=200)
    for name in "abab":
        cache.get(f"d/{name}", LAYOUT)
    assert files.reads == 2
    cache.get("d/c", LAYOUT)  # a goes
    cache.get("d/b", LAYOUT)
    assert files.reads == 3
    cache.get("d/a", LAYOUT)
    assert files.reads == 4


def test_the_cache_gives_even_what_is_too_large_for_it() -> None:
    files = CountingFiles()
    files.make_directory("d")
    files.replace("d/a", bytes(800))
    assert len(IndexCache(files, most_bytes=10).get("d/a", LAYOUT)[0]) == 100
