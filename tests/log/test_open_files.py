"""However many files are used, a bounded number is open."""

import pytest

from broker.log.open_files import MOST_OPEN, LogFiles, OpenFiles, share_of
from tests.fakes.files import FaultyFiles
from tests.fakes.logger import RecordingLogger


def faulty() -> FaultyFiles:
    files = FaultyFiles()
    files.make_directory("d")
    return files


def test_a_file_is_opened_once() -> None:
    files = faulty()
    open_files = OpenFiles(files)
    first = open_files.get("d/a", create=True)
    assert open_files.get("d/a") is first
    assert files.open_count == 1


def test_a_file_that_is_not_there_is_not_made_by_a_reader() -> None:
    with pytest.raises(FileNotFoundError):
        OpenFiles(faulty()).get("d/a")


def test_the_longest_unused_file_is_closed_for_another() -> None:
    files = faulty()
    open_files = OpenFiles(files, most_open=2)
    for name in ("a", "b", "a", "c"):
        open_files.get(f"d/{name}", create=True)
    assert files.open_count == 2
    kept = open_files.get("d/a")
    assert files.open_count == 2
    kept.write(b"x", position=0)


def test_a_held_file_stays_open_until_it_is_let_go() -> None:
    files = faulty()
    open_files = OpenFiles(files, most_open=1)
    held = open_files.get("d/a", create=True)
    held.write(b"abc", position=0)
    held.pin()
    open_files.get("d/b", create=True)
    assert files.open_count == 2
    assert held.read(position=0, size_bytes=3) == b"abc"
    held.unpin()
    assert files.open_count == 1


def test_as_many_files_as_may_stay_open_may_be_held_beside_them() -> None:
    files = faulty()
    open_files = OpenFiles(files, most_open=1)
    first = open_files.get("d/a", create=True)
    assert open_files.pin(first)
    assert open_files.pin(first)
    second = open_files.get("d/b", create=True)
    assert not open_files.pin(second)
    open_files.unpin(first)
    assert not open_files.pin(second)
    open_files.unpin(first)
    assert open_files.pin(second)
    assert files.open_count == 1


@pytest.mark.parametrize(
    ("descriptors", "most_open"),
    [(256, 64), (1024, MOST_OPEN), (1_000_000, MOST_OPEN), (-1, MOST_OPEN), (3, 1)],
)
def test_log_files_leave_descriptors_to_the_clients(descriptors: int, most_open: int) -> None:
    assert share_of(descriptors) == most_open


def test_a_forgotten_file_is_closed() -> None:
    files = faulty()
    open_files = OpenFiles(files)
    open_files.get("d/a", create=True)
    open_files.forget("d/a")
    open_files.forget("d/never opened")
    assert files.open_count == 0


def test_closing_closes_all() -> None:
    files = faulty()
    shared = LogFiles.over(files, RecordingLogger())
    for name in "abc":
        shared.open.get(f"d/{name}", create=True)
    shared.open.close()
    assert files.open_count == 0
