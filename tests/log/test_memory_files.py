"""Files in memory: what was handed out never changes, and small files stay small."""

import pytest

from broker.log.memory_files import FIRST_BLOCK_BYTES, LARGEST_BLOCK_BYTES, MemoryFile, MemoryFiles


def whole(file: MemoryFile) -> bytes:
    return file.read(position=0, size_bytes=file.size_bytes())


def views(file: MemoryFile, position: int, size_bytes: int) -> list[memoryview]:
    found = file.views(position=position, size_bytes=size_bytes)
    assert found is not None
    return found


def test_views_are_the_bytes_that_were_written() -> None:
    file = MemoryFile()
    file.write(b"abcdef", position=0)
    assert b"".join(views(file, 2, 3)) == b"cde"
    assert all(view.readonly for view in views(file, 0, 6))


def test_many_small_writes_are_few_views() -> None:
    file = MemoryFile()
    for number in range(20_000):
        file.write(b"%06d" % number, position=6 * number)
    assert len(views(file, 0, 120_000)) < 8
    assert whole(file) == b"".join(b"%06d" % number for number in range(20_000))


def test_a_large_write_is_one_view() -> None:
    file = MemoryFile()
    file.write(bytes(3 * LARGEST_BLOCK_BYTES), position=0)
    assert len(views(file, 0, 3 * LARGEST_BLOCK_BYTES)) == 1


def test_a_view_stays_what_it_is_while_the_file_grows_is_cut_and_written_again() -> None:
    file = MemoryFile()
    file.write(b"first", position=0)
    (view,) = views(file, 0, 5)
    file.write(b"second", position=5)
    file.truncate(2)
    file.write(b"XXXXXXXX", position=2)
    assert bytes(view) == b"first"
    assert whole(file) == b"fiXXXXXXXX"


def test_a_write_in_the_middle_changes_what_is_read_then() -> None:
    file = MemoryFile()
    file.write(b"abcdef", position=0)
    (view,) = views(file, 0, 6)
    file.write(b"XY", position=1)
    assert whole(file) == b"aXYdef"
    assert bytes(view) == b"abcdef"


def test_a_write_behind_the_end_leaves_zeros() -> None:
    file = MemoryFile()
    file.write(b"ab", position=3)
    assert whole(file) == b"\0\0\0ab"


def test_cutting_at_a_longer_size_adds_zeros() -> None:
    file = MemoryFile(b"ab")
    file.truncate(4)
    assert whole(file) == b"ab\0\0"


def test_reading_behind_the_end_is_an_error() -> None:
    file = MemoryFile(b"ab")
    with pytest.raises(OSError, match="ends at byte 2"):
        file.read(position=1, size_bytes=2)


def test_an_idle_file_takes_little_memory() -> None:
    file = MemoryFile()
    file.write(b"x", position=0)
    assert file._room < FIRST_BLOCK_BYTES
    assert MemoryFile(b"x")._room == 0


def test_removing_a_directory_removes_what_is_in_it() -> None:
    files = MemoryFiles()
    files.make_directory("data/orders-0/inner")
    files.replace("data/orders-0/inner/a", b"a")
    files.remove_directory("data/orders-0")
    assert files.list("data") == []
    with pytest.raises(FileNotFoundError):
        files.read_all("data/orders-0/inner/a")


def test_a_renamed_directory_takes_its_files_along() -> None:
    files = MemoryFiles()
    files.make_directory("data/orders-0")
    files.replace("data/orders-0/a", b"a")
    files.rename("data/orders-0", "data/gone")
    assert files.list("data") == ["gone"]
    assert files.read_all("data/gone/a") == b"a"
