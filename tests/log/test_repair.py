"""Prove it broken, repair, prove it whole, open it and append again."""

from pathlib import Path

import pytest

from broker.log.files import DiskFiles
from broker.log.inspect import verify_partition
from broker.log.repair import Loss, mend_segment, repair_partition
from broker.protocol.records.batch import BatchHeader, iterate_headers
from tests.log.harness import append, base_offsets, engine
from tests.log.segments import batches, partition

FIVE = batches(5)  # three records each: offsets [0, 15)
SIZE = len(FIVE[0])


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "orders-0").mkdir()
    for path, data in partition("orders-0").items():
        (tmp_path / path).write_bytes(data)
    return tmp_path / "orders-0"


def ranges(data: bytes) -> list[tuple[int, int, int]]:
    headers = [header for _, header in iterate_headers(memoryview(data))]
    return [(header.base_offset, header.last_offset, header.record_count) for header in headers]


def flip(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 0xFF
    path.write_bytes(data)


def test_a_whole_segment_stays_as_it_is() -> None:
    assert mend_segment(b"".join(FIVE), base_offset=0, end_offset=None) == (b"".join(FIVE), [])


@pytest.mark.parametrize("position", [0, 8, 16, 20, 60, 70])
def test_a_damaged_batch_leaves_its_offsets_empty(position: int) -> None:
    data = bytearray(b"".join(FIVE))
    data[2 * SIZE + position] ^= 0x40
    mended = mend_segment(bytes(data), base_offset=0, end_offset=None)
    assert ranges(mended.data) == [(0, 2, 3), (3, 5, 3), (6, 8, 0), (9, 11, 3), (12, 14, 3)]
    assert mended.losses == [Loss(2 * SIZE, SIZE, 6, 9)]


def test_missing_bytes_take_one_batch_with_them() -> None:
    data = b"".join(FIVE)
    mended = mend_segment(data[: SIZE + 30] + data[SIZE + 40 :], base_offset=0, end_offset=None)
    assert ranges(mended.data) == [(0, 2, 3), (3, 5, 0), (6, 8, 3), (9, 11, 3), (12, 14, 3)]


def test_a_torn_end_of_the_log_is_cut() -> None:
    mended = mend_segment(b"".join(FIVE)[:-5], base_offset=0, end_offset=None)
    assert ranges(mended.data)[-1] == (9, 11, 3)
    assert mended.losses == [Loss(len(b"".join(FIVE[:4])), len(FIVE[4]) - 5, 12, None)]


def test_a_torn_end_before_another_segment_leaves_its_offsets_empty() -> None:
    mended = mend_segment(b"".join(FIVE)[:-5], base_offset=0, end_offset=15)
    assert ranges(mended.data)[-1] == (12, 14, 0)


def test_a_mended_partition_verifies_and_keeps_the_damaged_file(directory: Path) -> None:
    log = directory / f"{0:020}.log"
    flip(log, 100)
    damaged = log.read_bytes()
    assert verify_partition(DiskFiles(), str(directory)).problems
    (repaired,) = repair_partition(DiskFiles(), str(directory))
    assert repaired.losses[0].first_offset == 0
    assert verify_partition(DiskFiles(), str(directory), records=True).problems == []
    assert log.with_name(log.name + ".damaged").read_bytes() == damaged
    assert BatchHeader.parse(log.read_bytes()).record_count == 0


def test_what_an_opening_log_makes_anew_is_removed(directory: Path) -> None:
    for name in (f"{0:020}.index", f"{30:020}.snapshot", "leader-epoch-checkpoint"):
        (directory / name).write_bytes(b"nonsense")
    removed = {one.path.rpartition("/")[2] for one in repair_partition(DiskFiles(), str(directory))}
    assert removed == {f"{0:020}.index", f"{30:020}.snapshot", "leader-epoch-checkpoint"}
    assert verify_partition(DiskFiles(), str(directory)).problems == []


def test_where_nothing_is_wrong_nothing_is_written(directory: Path) -> None:
    before = {path.name: path.read_bytes() for path in directory.iterdir()}
    assert repair_partition(DiskFiles(), str(directory)) == []
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == before


def test_a_mended_log_is_opened_and_takes_appends(directory: Path) -> None:
    flip(directory / f"{30:020}.log", 20)
    repair_partition(DiskFiles(), str(directory))
    opened = engine(DiskFiles(), directory=str(directory.parent))
    log = opened.partition
    assert append(log, leader_epoch=1).base_offset == 45
    assert base_offsets(log, 0)[-3:] == [39, 42, 45]
    opened.log.close()
