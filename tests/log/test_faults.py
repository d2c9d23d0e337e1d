"""What may happen to a log while a broker runs: one partition suffers, the others go on, and it heals."""

import errno
from pathlib import Path

import pytest

from broker.log.engine import PartitionKey, PartitionLog, TimestampOffset
from broker.log.files import DiskFiles
from broker.log.inspect import verify_partition
from broker.log.repair import repair_partition
from broker.protocol.errors import ErrorCode, KafkaError
from tests.fakes.clock import VirtualClock
from tests.fakes.files import READING, FaultyFiles
from tests.log.harness import KEY, NOW, OTHER_ID, Engine, append, base_offsets, batch, engine

OTHER = PartitionKey("invoices", OTHER_ID, 0)
FIRST_LOG = f"{0:020}.log"


def error_of(log: PartitionLog, *, offset: int | None = None) -> ErrorCode:
    """Of an append, or of a read from that offset."""
    with pytest.raises(KafkaError) as raised:
        append(log) if offset is None else base_offsets(log, offset)
    return raised.value.code


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT])
@pytest.mark.parametrize("kind", ["write", "replace"])
def test_a_disk_that_takes_nothing_is_a_storage_error_until_it_does(number: int, kind: str) -> None:
    files = FaultyFiles()
    opened = engine(files)
    log, other = opened.partition, opened.log.partition(OTHER)
    append(log)
    append(other)
    files.fail_at(1, number=number, times=1_000, kinds=frozenset({kind}))
    if kind == "write":
        assert error_of(log) == error_of(other) == ErrorCode.KAFKA_STORAGE_ERROR
    else:
        append(log)
        append(other)
    assert base_offsets(log, 0)[:1] == base_offsets(other, 0)[:1] == [0]
    files.heal()
    end = log.log_end_offset
    assert append(log).base_offset == end
    assert base_offsets(log, 0) == list(range(end + 1))


def test_a_write_that_fails_harms_no_other_partition() -> None:
    files = FaultyFiles()
    opened = engine(files)
    log, other = opened.partition, opened.log.partition(OTHER)
    append(log)
    append(other)
    files.fail_at(1, number=errno.EIO, kinds=frozenset({"write"}))
    assert error_of(log) is ErrorCode.KAFKA_STORAGE_ERROR
    assert append(other).base_offset == 1
    assert append(log).base_offset == 1


def test_a_read_that_fails_is_told_and_the_next_one_works() -> None:
    files = FaultyFiles()
    opened = engine(files)
    append(opened.partition)
    files.fail_at(1, number=errno.EIO, kinds=READING)
    assert error_of(opened.partition, offset=0) is ErrorCode.KAFKA_STORAGE_ERROR
    assert base_offsets(opened.partition, 0) == [0]


@pytest.fixture
def rolled(tmp_path: Path) -> Engine:
    """Three closed segments and more on a real disk, and another partition; nothing is held open."""
    opened = engine(DiskFiles(), directory=str(tmp_path / "data"), segment_bytes=1 << 20)
    for _ in range(4):
        append(opened.partition, batch(1, value_bytes=900_000))
    append(opened.log.partition(OTHER))
    return opened


def again(opened: Engine, tmp_path: Path) -> Engine:
    """After a kill."""
    return engine(DiskFiles(), directory=str(tmp_path / "data"), segment_bytes=1 << 20)


def test_a_flipped_byte_under_a_running_broker_stays_with_its_batch(rolled: Engine, tmp_path: Path) -> None:
    directory = tmp_path / "data" / str(KEY)
    path = directory / FIRST_LOG
    data = bytearray(path.read_bytes())
    data[500] ^= 1
    path.write_bytes(data)
    assert base_offsets(rolled.partition, 1) == [1, 2, 3]
    assert append(rolled.partition).base_offset == 4
    rolled.log.close()
    (problem,) = verify_partition(DiskFiles(), str(directory)).problems
    assert "the checksum is wrong (offsets 0 to 0)" in str(problem)
    repair_partition(DiskFiles(), str(directory))
    log = again(rolled, tmp_path).partition
    assert base_offsets(log, 0) == [0, 1, 2, 3, 4]


def test_a_segment_deleted_under_a_running_broker_takes_no_other_with_it(
    rolled: Engine, tmp_path: Path
) -> None:
    (tmp_path / "data" / str(KEY) / f"{1:020}.log").unlink()
    assert base_offsets(rolled.partition, 2) == [2, 3]
    assert append(rolled.partition).base_offset == 4
    assert append(rolled.log.partition(OTHER)).base_offset == 1


@pytest.mark.parametrize("jump_ms", [-86_400_000, 86_400_000])
def test_a_clock_that_jumps_changes_no_offset_and_no_look_up(jump_ms: int) -> None:
    clock = VirtualClock(wall_ms=NOW)
    opened = engine(clock=clock, message_timestamp_type="LogAppendTime")
    log = opened.partition
    append(log)
    clock.jump_wall(jump_ms)
    append(log)
    assert base_offsets(log, 0) == [0, 1]
    for timestamp_ms, offset in [(min(NOW, NOW + jump_ms), 0), (max(NOW, NOW + jump_ms), int(jump_ms > 0))]:
        found = log.offset_for_timestamp(timestamp_ms)
        assert isinstance(found, TimestampOffset)
        assert found.offset == offset
