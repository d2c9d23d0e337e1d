"""What every file system promises the log: the disk, the memory, and the one that fails in tests."""

from collections.abc import Callable
from pathlib import Path

import pytest

from broker.log.files import DiskFiles, File, Files, InUse
from broker.log.memory_files import MemoryFiles
from tests.fakes.files import FaultyFiles

KINDS: dict[str, Callable[[], Files]] = {"disk": DiskFiles, "memory": MemoryFiles, "faulty": FaultyFiles}


@pytest.fixture(params=KINDS)
def files(request: pytest.FixtureRequest) -> Files:
    return KINDS[request.param]()


@pytest.fixture
def root(files: Files, tmp_path: Path) -> str:
    path = str(tmp_path)
    files.make_directory(path)
    return path


def opened(files: Files, root: str, data: bytes = b"") -> File:
    file = files.open(f"{root}/f", create=True)
    file.write(data, position=0)
    return file


def test_what_is_written_is_read(files: Files, root: str) -> None:
    file = opened(files, root, b"abcdef")
    file.write(bytearray(b"ghi"), position=6)
    file.write(memoryview(b"C"), position=2)
    assert file.read(position=1, size_bytes=7) == b"bCdefgh"
    assert file.size_bytes() == files.size_bytes(f"{root}/f") == 9
    file.close()


def test_a_buffer_is_filled_whole(files: Files, root: str) -> None:
    file = opened(files, root, b"abcdef")
    buffer = bytearray(4)
    file.read_into(memoryview(buffer), position=2)
    assert buffer == b"cdef"
    file.close()


def test_reading_beyond_the_end_fails(files: Files, root: str) -> None:
    file = opened(files, root, b"abc")
    with pytest.raises(OSError, match="ends"):
        file.read(position=1, size_bytes=3)
    with pytest.raises(OSError, match="ends"):
        file.read_into(memoryview(bytearray(3)), position=1)
    file.close()


def test_a_gap_is_filled_with_zeros(files: Files, root: str) -> None:
    file = opened(files, root, b"abc")
    file.write(b"x", position=5)
    assert file.read(position=0, size_bytes=6) == b"abc\0\0x"
    file.close()


def test_a_file_is_cut_and_grows_again(files: Files, root: str) -> None:
    file = opened(files, root, b"abcdef")
    file.truncate(2)
    assert file.size_bytes() == 2
    file.write(b"x", position=2)
    file.truncate(5)
    assert file.read(position=0, size_bytes=5) == b"abx\0\0"
    file.close()


def test_views_or_reads_show_the_same(files: Files, root: str) -> None:
    data = bytes(range(256)) * 300
    file = opened(files, root)
    for position in range(0, len(data), 1000):
        file.write(data[position : position + 1000], position=position)
    views = file.views(position=123, size_bytes=70_000)
    shown = file.read(position=123, size_bytes=70_000)
    assert shown == data[123:70_123]
    assert views is None or b"".join(views) == shown
    file.close()


def test_a_pinned_file_is_read_after_it_was_closed_and_removed(files: Files, root: str) -> None:
    file = opened(files, root, b"abc")
    file.pin()
    file.close()
    files.remove(f"{root}/f")
    assert file.read(position=0, size_bytes=3) == b"abc"
    file.unpin()


def test_a_file_that_is_not_there_is_not_opened(files: Files, root: str) -> None:
    for ask in (files.open, files.read_all, files.size_bytes, files.sync):
        if isinstance(files, MemoryFiles) and ask == files.sync:
            continue  # it has nothing to look at
        with pytest.raises(FileNotFoundError):
            ask(f"{root}/none")
    with pytest.raises(FileNotFoundError):
        files.list(f"{root}/none")
    with pytest.raises(FileNotFoundError):
        files.open(f"{root}/none/f", create=True)


def test_a_file_is_replaced_as_a_whole(files: Files, root: str) -> None:
    files.replace(f"{root}/f", b"old")
    files.replace(f"{root}/f", b"new", sync=True)
    assert files.read_all(f"{root}/f") == b"new"
    assert files.list(root) == ["f"]


def test_an_open_file_is_not_the_one_that_replaces_it(files: Files, root: str) -> None:
    file = opened(files, root, b"old")
    files.replace(f"{root}/f", b"new")
    assert file.read(position=0, size_bytes=3) == b"old"
    file.close()


def test_files_and_directories_are_listed_and_told_apart(files: Files, root: str) -> None:
    files.make_directory(f"{root}/d/e")
    files.make_directory(f"{root}/d")
    opened(files, root).close()
    assert sorted(files.list(root)) == ["d", "f"]
    assert files.list(f"{root}/d") == ["e"]
    assert files.is_directory(f"{root}/d/e")
    assert not files.is_directory(f"{root}/f")
    assert files.exists(f"{root}/f")
    assert files.exists(f"{root}/d")
    assert not files.exists(f"{root}/none")


def test_a_directory_is_renamed_with_all_in_it(files: Files, root: str) -> None:
    files.make_directory(f"{root}/old")
    files.replace(f"{root}/old/f", b"abc")
    files.rename(f"{root}/old", f"{root}/new")
    assert files.list(root) == ["new"]
    assert files.read_all(f"{root}/new/f") == b"abc"


def test_a_directory_is_removed_with_all_in_it(files: Files, root: str) -> None:
    files.make_directory(f"{root}/d/e")
    files.replace(f"{root}/d/e/f", b"abc")
    files.remove_directory(f"{root}/d")
    assert files.list(root) == []
    assert not files.exists(f"{root}/d/e")


def test_removing_what_is_not_there_is_nothing(files: Files, root: str) -> None:
    files.remove(f"{root}/none")
    files.remove(f"{root}/none/f")


def test_files_and_directories_are_synced(files: Files, root: str) -> None:
    opened(files, root, b"abc").close()
    files.sync(f"{root}/f")
    files.sync(root)


def test_space_is_told(files: Files, root: str) -> None:
    total_bytes, usable_bytes = files.space(root)
    assert usable_bytes <= total_bytes


def test_only_one_holds_a_lock(tmp_path: Path) -> None:
    for files in (DiskFiles(), FaultyFiles()):
        files.make_directory(str(tmp_path))
        lock = files.lock(f"{tmp_path}/.lock")
        with pytest.raises(InUse, match="is held by process"):
            files.lock(f"{tmp_path}/.lock")
        lock.release()
        files.lock(f"{tmp_path}/.lock").release()


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match="Not a directory"):
        DiskFiles().make_directory(f"{tmp_path}/file")


def test_a_range_of_a_file_is_read_that_may_not_be_written(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"abcdef")
    path.chmod(0o444)
    assert DiskFiles().read(str(path), position=2, size_bytes=3) == b"cde"
    assert DiskFiles().read(str(path), position=4, size_bytes=3) == b"ef"
