from pathlib import Path

import pytest

from broker.app.kafka_data.internal_log import batches_of_log
from broker.log.corrupt_file import CorruptFile
from broker.log.files import DiskFiles
from tests.app.kafka_data.kafka_directory import batch, partition

FIRST, SECOND = batch([(b"a", b"1")]), batch([(b"b", b"2")], base_offset=1)


def keys(directory: Path, *, start: int = 0) -> list[bytes | None]:
    found = batches_of_log(DiskFiles(), str(directory), start=start)
    return [record.key for one in found for record in one.records()]


def test_batches_are_read_in_order_over_all_segments(tmp_path: Path) -> None:
    directory = partition(tmp_path, "t-0", b"t" * 16, FIRST)
    (directory / f"{1:020}.log").write_bytes(SECOND)
    assert keys(directory) == [b"a", b"b"]
    assert keys(directory, start=1) == [b"b"]


def test_a_torn_tail_ends_the_last_segment(tmp_path: Path) -> None:
    assert keys(partition(tmp_path, "t-0", b"t" * 16, FIRST, SECOND[:-1])) == [b"a"]


def test_a_torn_segment_before_the_last_is_a_fault(tmp_path: Path) -> None:
    directory = partition(tmp_path, "t-0", b"t" * 16, FIRST[:-1])
    (directory / f"{1:020}.log").write_bytes(SECOND)
    with pytest.raises(CorruptFile, match="cut off"):
        keys(directory)
