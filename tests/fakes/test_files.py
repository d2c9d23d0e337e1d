"""The disk that fails is a disk: what it promises, and what it takes away."""

import errno

import pytest

from tests.fakes.files import CHANGING, READING, FaultyFiles, Loss, PowerCut


def files_with(data: bytes = b"", *, is_synced: bool = True) -> FaultyFiles:
    files = FaultyFiles()
    files.make_directory("d")
    file = files.open("d/f", create=True)
    file.write(data, position=0)
    file.close()
    if is_synced:
        files.sync("d/f")
        files.sync("d")
    return files


def append(files: FaultyFiles, data: bytes) -> None:
    file = files.open("d/f")
    file.write(data, position=file.size_bytes())
    file.close()


def test_the_nth_change_fails_and_the_next_does_not() -> None:
    files = files_with(b"a")
    files.fail_at(2, number=errno.ENOSPC)
    append(files, b"b")
    with pytest.raises(OSError, match="No space"):
        append(files, b"c")
    files.replace("d/f", b"whole")
    assert files.read_all("d/f") == b"whole"


def test_a_failed_write_may_have_written_a_part() -> None:
    left = set()
    for seed in range(30):
        files = FaultyFiles(seed=seed)
        file = files.open("f", create=True)
        files.fail_at(1)
        with pytest.raises(OSError, match="error"):
            file.write(b"abc", position=0)
        left.add(files.read_all("f"))
    assert left == {b"", b"a", b"ab", b"abc"}


def test_only_the_named_kinds_of_calls_fail() -> None:
    files = files_with()
    files.fail_at(1, times=1000, kinds=frozenset({"sync"}))
    append(files, b"x")
    with pytest.raises(OSError, match="error"):
        files.sync("d/f")
    files.heal()
    files.sync("d/f")


def test_the_nth_read_fails() -> None:
    files = files_with(b"abc")
    files.fail_at(2, kinds=READING)
    assert files.read_all("d/f") == b"abc"
    with pytest.raises(OSError, match="error"):
        files.read_all("d/f")
    assert files.read_all("d/f") == b"abc"


def test_a_machine_without_power_does_nothing() -> None:
    files = files_with(b"abc")
    file = files.open("d/f")
    files.cut_power_at(1)
    assert files.read_all("d/f") == b"abc"
    with pytest.raises(PowerCut):
        file.write(b"d", position=3)
    with pytest.raises(PowerCut):
        files.read_all("d/f")
    files.restart()
    assert files.read_all("d/f").startswith(b"abc")
    with pytest.raises(PowerCut):
        file.read(position=0, size_bytes=1)


def test_what_was_synced_survives() -> None:
    files = files_with(b"abc")
    append(files, b"def")
    files.restart(Loss.EVERYTHING)
    assert files.read_all("d/f") == b"abc"


def test_writes_survive_wholly_partly_or_not_at_all() -> None:
    left = set()
    for seed in range(200):
        files = FaultyFiles(seed=seed)
        file = files.open("f", create=True)
        file.write(b"a", position=0)
        files.sync("f")
        file.write(b"bc", position=1)
        file.write(b"d", position=3)
        files.restart()
        left.add(files.read_all("f"))
    assert left == {b"a", b"ab", b"abc", b"abcd", b"ab\0d", b"a\0\0d"}


def test_a_cut_that_was_not_synced_may_be_undone() -> None:
    left = set()
    for seed in range(20):
        files = FaultyFiles(seed=seed)
        file = files.open("f", create=True)
        file.write(b"abc", position=0)
        files.sync("f")
        file.truncate(1)
        files.restart()
        left.add(files.read_all("f"))
    assert left == {b"abc", b"a"}


def test_a_name_that_was_not_synced_may_be_lost() -> None:
    files = files_with(b"abc")
    files.replace("d/g", b"new", sync=True)
    files.rename("d/f", "d/h")
    files.restart(Loss.EVERYTHING)
    assert files.list("d") == ["f"]


def test_names_are_lost_from_the_end() -> None:
    left = set()
    for seed in range(50):
        files = FaultyFiles(seed=seed)
        files.make_directory("d")
        files.sync("d")
        files.replace("d/a", b"1")
        files.rename("d/a", "d/b")
        files.remove("d/b")
        files.restart()
        left.add(tuple(files.list("d")))
    assert left == {(), ("a",), ("b",)}


def test_a_replaced_file_may_be_empty_unless_it_was_synced() -> None:
    files = files_with()
    files.replace("d/unsynced", b"abc")
    files.replace("d/synced", b"abc", sync=True)
    files.sync("d")
    files.restart(Loss.EVERYTHING)
    assert files.read_all("d/unsynced") == b""
    assert files.read_all("d/synced") == b"abc"


def test_a_kill_loses_nothing_but_the_locks() -> None:
    files = files_with(b"abc", is_synced=False)
    files.lock("d/lock")
    files.kill()
    files.lock("d/lock")
    assert files.read_all("d/f") == b"abc"


def test_a_closed_file_cannot_be_pinned() -> None:
    files = FaultyFiles()
    file = files.open("a", create=True)
    file.close()
    with pytest.raises(AssertionError):
        file.pin()


def test_a_closed_file_is_not_used_unless_it_is_pinned() -> None:
    files = files_with(b"abc")
    file = files.open("d/f")
    file.pin()
    file.close()
    assert file.read(position=0, size_bytes=3) == b"abc"
    file.unpin()
    with pytest.raises(OSError, match="Bad file"):
        file.read(position=0, size_bytes=3)
    assert files.open_count == 0


def test_every_kind_of_change_is_counted() -> None:
    files = FaultyFiles()
    files.make_directory("d")
    file = files.open("d/f", create=True)
    file.write(b"abc", position=0)
    file.truncate(1)
    files.sync("d/f")
    files.replace("d/g", b"")
    files.remove("d/g")
    files.rename("d", "e")
    files.remove_directory("e")  # and the file in it
    assert files.calls == len(CHANGING) + 1


def test_a_damaged_file_is_told_of_nowhere() -> None:
    files = files_with(b"abc")
    calls = files.calls
    files.damage("d/f", b"x")
    assert files.snapshot() == {"d/f": b"x"}
    assert files.calls == calls
