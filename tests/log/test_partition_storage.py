"""A partition's directory: recovery points, snapshots that are kept, epochs, and a disk that fails."""

import errno

import pytest

from broker.log.engine import SENDFILE_BYTES, FileRange
from broker.log.partition_log import LocalPartitionLog
from broker.log.partition_storage import offsets_of
from broker.protocol.errors import ErrorCode, KafkaError
from tests.fakes.files import FaultyFiles, Loss
from tests.log.harness import HERE, Engine, append, base_offsets, batch, engine

SNAPSHOT = ".snapshot"


def opened(files: FaultyFiles | None = None, *, segment_bytes: int = 700) -> tuple[Engine, LocalPartitionLog]:
    made = engine(files or FaultyFiles(), internal_segment_bytes=segment_bytes)
    log = made.partition
    assert isinstance(log, LocalPartitionLog)
    return made, log


def snapshots(made: Engine) -> list[int]:
    return offsets_of(made.files.list(HERE), SNAPSHOT)


def test_offsets_are_read_from_names_of_twenty_digits() -> None:
    names = [f"{7:020}.log", f"{3:020}.log", "3.log", f"{9:020}.index", "a" * 20 + ".log", ".log"]
    assert offsets_of(names, ".log") == [3, 7]


def test_a_checkpoint_writes_the_producers_and_the_indexes() -> None:
    made, log = opened()
    append(log)
    assert snapshots(made) == []
    log.checkpoint()
    assert snapshots(made) == [1]
    assert {f"{0:020}.index", f"{0:020}.timeindex"} <= set(made.files.list(HERE))


def test_two_snapshots_are_kept() -> None:
    made, log = opened(segment_bytes=1 << 20)
    for _ in range(5):
        append(log)
        log.checkpoint()
    assert snapshots(made) == [4, 5]


def test_the_snapshot_at_the_synced_point_is_kept() -> None:
    made, log = opened()
    while len(log.storage.segments) < 3:
        append(log)
    synced = log.storage.segments[-1].base_offset
    for _ in range(2):
        append(log)
        log.checkpoint()
    assert snapshots(made) == [synced, log.log_end_offset - 1, log.log_end_offset]


def test_a_snapshot_that_a_sync_under_way_will_need_is_kept() -> None:
    files = FaultyFiles()
    made, log = opened(files)
    files.fail_at(1, times=10_000, kinds=frozenset({"sync"}))
    while len(log.storage.segments) < 5:
        append(log)
    assert snapshots(made) == [segment.base_offset for segment in log.storage.segments[1:]]


def test_a_roll_syncs_the_closed_segment() -> None:
    files = FaultyFiles()
    _, log = opened(files)
    while len(log.storage.segments) < 2:
        append(log)
    synced = log.storage.segments[1].base_offset
    files.restart(Loss.EVERYTHING)
    assert engine(files, boot_id="boot 2").partition.log_end_offset == synced


def test_what_was_rolled_before_but_not_synced_is_synced_with_the_next_roll() -> None:
    files = FaultyFiles()
    _, log = opened(files)
    files.fail_at(1, times=10_000, kinds=frozenset({"sync"}))
    while len(log.storage.segments) < 3:
        append(log)
    files.kill()
    files.heal()
    _, log = opened(files)
    while len(log.storage.segments) < 4:
        append(log)
    synced = log.storage.segments[-1].base_offset
    files.restart(Loss.EVERYTHING)
    again = engine(files, boot_id="boot 2").partition
    assert again.log_end_offset == synced
    assert len(base_offsets(again)) == synced


def test_a_failed_write_is_cut_off_and_told_once() -> None:
    files = FaultyFiles(seed=3)
    made, log = opened(files)
    append(log)
    files.fail_at(1, number=errno.ENOSPC, times=10_000, kinds=frozenset({"write"}))
    size_bytes = files.size_bytes(f"{HERE}/{0:020}.log")
    for _ in range(5):
        with pytest.raises(KafkaError, match="No space left"):
            append(log)
    assert files.size_bytes(f"{HERE}/{0:020}.log") == size_bytes
    assert made.logger.told("error") == ["log failed"]
    files.heal()
    assert append(log).base_offset == 1
    assert made.logger.told("info") == ["log writes again"]


def test_what_cannot_be_cut_off_keeps_the_log_from_appending_until_it_can() -> None:
    files = FaultyFiles(seed=3)
    _, log = opened(files)
    append(log)
    files.fail_at(1, times=10_000, kinds=frozenset({"write", "truncate"}))
    for _ in range(2):
        with pytest.raises(KafkaError) as failed:
            append(log)
        assert failed.value.code is ErrorCode.KAFKA_STORAGE_ERROR
    assert base_offsets(log) == [0]
    files.heal()
    append(log)
    assert base_offsets(log) == [0, 1]


def test_other_partitions_go_on() -> None:
    files = FaultyFiles()
    made, log = opened(files)
    other = made.log.partition(log.key._replace(partition=1))
    append(log)
    files.fail_at(1, times=2)
    with pytest.raises(KafkaError):
        append(log)
    files.heal()
    assert append(other).base_offset == 0


def test_an_epoch_that_cannot_be_stored_is_not_begun() -> None:
    files = FaultyFiles()
    _, log = opened(files)
    append(log, leader_epoch=1)
    files.fail_at(1, times=3)
    with pytest.raises(KafkaError):
        append(log, leader_epoch=2)
    files.heal()
    assert log.epoch_for_offset(1) == 1
    append(log, leader_epoch=2)
    assert [log.epoch_for_offset(offset) for offset in (0, 1)] == [1, 2]


def test_a_failed_roll_leaves_the_segment_as_it_was() -> None:
    files = FaultyFiles()
    _, log = opened(files)
    while log.storage.segments[0].size_bytes + len(batch()) <= 700:
        append(log)
    end = log.log_end_offset
    files.fail_at(1)
    with pytest.raises(KafkaError):
        append(log)
    assert (log.log_end_offset, len(log.storage.segments)) == (end, 1)
    append(log)
    assert (log.log_end_offset, len(log.storage.segments)) == (end + 1, 2)


def test_a_failed_checkpoint_harms_nobody() -> None:
    files = FaultyFiles()
    made, log = opened(files)
    append(log)
    files.fail_at(1)
    log.checkpoint()
    assert made.logger.told("warning") == ["checkpoint not stored"]
    assert append(log).base_offset == 1


def test_dropping_a_segment_leaves_its_bytes_to_who_reads_them() -> None:
    files = FaultyFiles()
    _, log = opened(files, segment_bytes=SENDFILE_BYTES + 700)
    for _ in range(2):
        append(log, batch(value_bytes=SENDFILE_BYTES))
    held = log.read(offset=0, max_bytes=1, at_least_one_batch=True)
    (chunk,) = held.chunks
    assert isinstance(chunk, FileRange)
    log.delete_records(before_offset=log.storage.segments[1].base_offset)
    assert f"{0:020}.log" not in files.list(HERE)
    assert chunk.file.read(position=0, size_bytes=chunk.nbytes)
    open_files = files.open_count
    held.release()
    assert files.open_count == open_files - 1
