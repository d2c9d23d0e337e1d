"""Opening a log: what is safe is taken over, the rest is checked, what is torn is cut; then it goes on.

Each damage is proven to be one, repaired by opening, and appended to again.
"""

from typing import Any

import pytest

from broker.log import partition_log
from broker.log.partition_log import LocalPartitionLog
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.records.batch import BatchHeader
from tests.fakes.files import FaultyFiles, Loss
from tests.log.harness import DIRECTORY, HERE, KEY, NOW, Engine, append, base_offsets, batch, engine, read

LOG = f"{HERE}/{0:020}.log"
SMALL: dict[str, Any] = {"internal_segment_bytes": 700}  # some batches a segment
POINTS = f"{DIRECTORY}/recovery-point-offset-checkpoint"


def filled(files: FaultyFiles, count: int = 5, *, first: int = 0, **config: Any) -> Engine:
    """Batches of one record each, idempotent."""
    opened = engine(files, **config)
    for number in range(first, first + count):
        append(opened.partition, sent(number), leader_epoch=number // 4)
    return opened


def sent(number: int) -> bytearray:
    return batch(timestamps=[NOW + number], producer_id=7, base_sequence=number)


def killed(files: FaultyFiles, **config: Any) -> Engine:
    files.kill()
    return engine(files, **config)


def goes_on(opened: Engine, end: int) -> None:
    """The log takes the batch that follows, and has all before it."""
    log = opened.partition
    assert log.log_end_offset == end
    assert append(log, sent(end), leader_epoch=9).base_offset == end
    assert base_offsets(log) == list(range(log.log_start_offset, end + 1))
    opened.log.close()
    again = engine(opened.files)
    again.overrides.update(opened.overrides)
    assert base_offsets(again.partition) == list(range(log.log_start_offset, end + 1))


def change(files: FaultyFiles, path: str, at: int, data: bytes) -> None:
    old = files.snapshot()[path]
    at = at % len(old)
    files.damage(path, old[:at] + data + old[at + len(data) :])


def test_everything_is_there_after_a_kill() -> None:
    files = FaultyFiles()
    filled(files)
    goes_on(killed(files), 5)


def test_a_kill_is_told() -> None:
    files = FaultyFiles()
    filled(files)
    opened = killed(files)
    opened.partition  # noqa: B018
    ((level, event, fields),) = opened.logger.events
    assert (level, event) == ("info", "log recovered")
    assert fields["batches_checked"] == 5
    assert fields["bytes_cut"] == 0
    assert fields["log_end_offset"] == 5


def test_aborted_transactions_of_a_log_that_was_taken_over_are_warned_of() -> None:
    files = FaultyFiles()
    filled(files).log.close()
    files.replace(f"{HERE}/{0:020}.txnindex", b"one entry")
    files.replace(f"{HERE}/{5:020}.txnindex", b"")
    opened = engine(files)
    opened.partition  # noqa: B018
    ((level, event, fields),) = opened.logger.events
    assert (level, event) == ("warning", "aborted transactions are read as if they were committed")
    assert fields["files"] == [f"{0:020}.txnindex"]


def test_a_power_cut_costs_no_more_to_check_than_a_kill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partition_log, "CHECKPOINT_BATCHES", 3)
    files = FaultyFiles()
    filled(files, 7)
    files.restart(Loss.NOTHING)
    opened = engine(files, boot_id="boot 2")
    assert opened.partition.log_end_offset == 7
    assert opened.logger.events[-1][2]["batches_checked"] == 1


def test_a_clean_end_leaves_nothing_to_check() -> None:
    files = FaultyFiles()
    filled(files).log.close()
    opened = engine(files)
    assert opened.partition.log_end_offset == 5
    assert opened.logger.events == []


@pytest.mark.parametrize("lost_bytes", [1, 30, 61, 80])
def test_a_torn_tail_is_cut(lost_bytes: int) -> None:
    files = FaultyFiles()
    filled(files)
    files.damage(LOG, files.snapshot()[LOG][:-lost_bytes])
    opened = killed(files)
    goes_on(opened, 4)
    assert opened.logger.told("warning") == ["log recovered"]


@pytest.mark.parametrize("torn", [b"\0", b"\0" * 200, b"torn" * 30])
def test_what_is_no_batch_is_cut(torn: bytes) -> None:
    files = FaultyFiles()
    filled(files)
    files.damage(LOG, files.snapshot()[LOG] + torn)
    goes_on(killed(files), 5)


def test_a_batch_with_a_wrong_checksum_ends_the_log() -> None:
    files = FaultyFiles()
    filled(files)
    size = len(sent(0))
    change(files, LOG, 2 * size + 70, b"?")
    goes_on(killed(files), 2)


def test_a_batch_out_of_order_ends_the_log() -> None:
    files = FaultyFiles()
    filled(files)
    size = len(sent(0))
    change(files, LOG, 3 * size, (1).to_bytes(8, "big"))
    goes_on(killed(files), 3)


def test_segments_behind_a_damaged_one_go() -> None:
    files = FaultyFiles()
    opened = filled(files, 30, **SMALL)
    partition = opened.partition
    assert isinstance(partition, LocalPartitionLog)
    second = partition.storage.segments[1].base_offset
    for path in files.snapshot():
        if path.endswith(".snapshot"):
            files.remove(path)
    files.remove(POINTS)
    change(files, f"{HERE}/{second:020}.log", 70, b"?")
    opened = killed(files, **SMALL)
    goes_on(opened, second)
    logs = sorted(name for name in files.list(HERE) if name.endswith(".log"))
    assert logs[:2] == [f"{0:020}.log", f"{second:020}.log"]


def test_only_what_follows_the_newest_snapshot_is_checked() -> None:
    files = FaultyFiles()
    opened = filled(files, 30, **SMALL)
    partition = opened.partition
    assert isinstance(partition, LocalPartitionLog)
    partition.checkpoint()
    append(partition, sent(30))
    change(files, LOG, 70, b"?")  # long before it: nobody looks there
    opened = killed(files, **SMALL)
    assert opened.partition.log_end_offset == 31
    assert opened.logger.events[-1][2]["batches_checked"] == 1


@pytest.mark.parametrize("config", [{}, SMALL, {"internal_segment_bytes": 100}])
@pytest.mark.parametrize("stop", ["kill", "clean"])
def test_each_of_a_producers_last_five_batches_is_a_duplicate_after_a_restart(
    config: dict[str, Any], stop: str
) -> None:
    files = FaultyFiles()
    opened = filled(files, 20, **config)
    log = opened.partition
    assert isinstance(log, LocalPartitionLog)
    log.checkpoint()
    if stop == "clean":
        opened.log.close()
    again = (engine if stop == "clean" else killed)(files, **config).partition
    for number in range(15, 20):
        appended = append(again, sent(number))
        assert (appended.is_duplicate, appended.base_offset) == (True, number)
    with pytest.raises(KafkaError) as refused:
        append(again, sent(14))
    assert refused.value.code is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
    assert append(again, sent(20)).base_offset == 20


def test_a_damaged_index_costs_only_the_older_batches_of_the_producers() -> None:
    files = FaultyFiles()
    filled(files, 20).log.close()
    files.remove(LOG.replace(".log", ".index"))
    again = engine(files)
    assert append(again.partition, sent(19)).is_duplicate
    with pytest.raises(KafkaError) as refused:
        append(again.partition, sent(18))
    assert refused.value.code is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
    assert again.logger.told("warning") == ["older batches of producers are not known"]
    assert append(again.partition, sent(20)).base_offset == 20


def test_a_damaged_snapshot_means_that_more_is_checked() -> None:
    files = FaultyFiles()
    filled(files).log.close()
    change(files, f"{HERE}/{5:020}.snapshot", 8, b"\xff\xff")
    opened = engine(files)
    goes_on(opened, 5)
    assert "snapshot is not used" in opened.logger.told("warning")


def test_a_snapshot_of_batches_that_are_gone_is_removed() -> None:
    files = FaultyFiles()
    filled(files).log.close()
    size = len(sent(0))
    files.damage(LOG, files.snapshot()[LOG][: 3 * size])
    opened = engine(files)
    assert opened.partition.log_end_offset == 3
    assert f"{HERE}/{5:020}.snapshot" not in files.snapshot()
    for number in range(3, 8):
        append(opened.partition, sent(number), leader_epoch=9)
    goes_on(killed(files), 8)


def test_a_producer_is_known_after_a_kill() -> None:
    files = FaultyFiles()
    filled(files)
    duplicate = append(killed(files).partition, sent(4))
    assert (duplicate.is_duplicate, duplicate.base_offset) == (True, 4)


def test_a_producer_of_a_torn_batch_may_send_it_again() -> None:
    files = FaultyFiles()
    filled(files)
    files.damage(LOG, files.snapshot()[LOG][:-1])
    again = append(killed(files).partition, sent(4))
    assert (again.is_duplicate, again.base_offset) == (False, 4)


@pytest.mark.parametrize("index", [".index", ".timeindex"])
@pytest.mark.parametrize("damaged", [None, b"", b"abc", b"\xff" * 48])
def test_damaged_indexes_do_not_matter(index: str, damaged: bytes | None) -> None:
    files = FaultyFiles()
    filled(files, 60, index_interval_bytes=100).log.close()
    path = f"{HERE}/{0:020}{index}"
    if damaged is None:
        files.remove(path)
    else:
        files.damage(path, damaged)
    opened = engine(files, index_interval_bytes=100)
    for number in range(60):
        assert opened.partition.offset_for_timestamp(NOW + number) == (NOW + number, number, number // 4)
        header = BatchHeader.parse(read(opened.partition, number, 1))
        assert header.base_offset == number
    goes_on(opened, 60)


def test_leader_epochs_are_made_anew_from_the_batches() -> None:
    files = FaultyFiles()
    filled(files, 30, **SMALL).log.close()
    for damaged in (b"", b"0\n1\n0 0", b"1\n0\n", b"0\n9\n0 0\n"):
        files.damage(f"{HERE}/leader-epoch-checkpoint", damaged)
        opened = engine(files, **SMALL)
        assert [opened.partition.epoch_for_offset(offset) for offset in range(30)] == [
            offset // 4 for offset in range(30)
        ]
        opened.log.close()


def test_files_that_were_being_written_or_removed_go() -> None:
    files = FaultyFiles()
    filled(files).log.close()
    for name in ("x.tmp", f"{9:020}.index", f"{9:020}.timeindex"):
        files.replace(f"{HERE}/{name}", b"abc")
    engine(files).partition  # noqa: B018
    assert not [name for name in files.list(HERE) if name.startswith((f"{9:020}", "x"))]


def test_other_peoples_files_stay() -> None:
    files = FaultyFiles()
    filled(files).log.close()
    files.replace(f"{HERE}/notes.log", b"abc")
    files.replace(f"{HERE}/12.snapshot", b"abc")
    goes_on(engine(files), 5)
    assert {"notes.log", "12.snapshot"} <= set(files.list(HERE))


def test_a_segment_whose_removal_was_cut_short_goes() -> None:
    files = FaultyFiles()
    opened = filled(files, 30, **SMALL)
    opened.log.close()
    files.replace(f"{DIRECTORY}/log-start-offset-checkpoint", b"0\n1\norders 0 20\n")
    opened = engine(files, **SMALL)
    assert opened.partition.log_start_offset == 20
    assert f"{0:020}.log" not in files.list(HERE)
    assert read(opened.partition, 20)


def test_a_log_that_is_lost_goes_on_where_its_records_were_deleted() -> None:
    files = FaultyFiles()
    opened = filled(files)
    opened.partition.delete_records(before_offset=4)
    opened.clock.advance(0)
    files.damage(LOG, b"")
    opened = killed(files)
    log = opened.partition
    assert (log.log_start_offset, log.log_end_offset) == (4, 4)
    assert append(log).base_offset == 4


def test_a_gap_between_segments_after_a_power_cut_ends_the_log() -> None:
    files = FaultyFiles()
    opened = filled(files, 30, **SMALL)
    partition = opened.partition
    assert isinstance(partition, LocalPartitionLog)
    first, second = (segment.base_offset for segment in partition.storage.segments[:2])
    size = len(sent(0))
    files.remove(POINTS)
    files.damage(LOG, files.snapshot()[LOG][:-size])
    for path in files.snapshot():
        if path.endswith(".snapshot"):
            files.remove(path)
    assert first == 0
    goes_on(killed(files, **SMALL), second - 1)


def test_a_gap_in_a_compacted_log_is_none() -> None:
    files = FaultyFiles()
    opened = engine(files, cleanup_policy="compact", **SMALL)
    for number in range(30):
        append(opened.partition, sent(number))
    size = len(sent(0))
    files.remove(POINTS)
    files.damage(LOG, files.snapshot()[LOG][:-size])
    for path in files.snapshot():
        if path.endswith(".snapshot"):
            files.remove(path)
    files.kill()
    assert engine(files, cleanup_policy="compact", **SMALL).partition.log_end_offset == 30


def test_what_was_synced_is_not_checked_again_after_a_power_cut() -> None:
    files = FaultyFiles()
    filled(files, 30, **SMALL)
    synced = int(files.snapshot()[POINTS].split()[-1])
    files.restart(Loss.NOTHING)
    opened = engine(files, boot_id="boot 2", **SMALL)
    assert opened.partition.log_end_offset == 30
    assert opened.logger.events[-1][2]["batches_checked"] == 30 - synced


def test_a_log_that_is_opened_much_later_than_the_machine_is_checked_all_the_same() -> None:
    files = FaultyFiles()
    filled(files).log.close()
    files.remove(POINTS)
    files.restart(Loss.NOTHING)
    change(files, LOG, -10, b"?")
    engine(files, boot_id="boot 2").log.close()
    opened = engine(files, boot_id="boot 2")
    assert opened.partition.log_end_offset == 4


def test_a_large_batch_is_checked_whole() -> None:
    files = FaultyFiles()
    opened = engine(files, max_message_bytes=8 << 20)
    for number in range(3):
        append(opened.partition, batch(1, value_bytes=(2 << 20) + number))
    goes_on(killed(files), 3)


def test_a_disk_that_fails_while_a_log_is_opened_is_no_empty_log() -> None:
    files = FaultyFiles()
    filled(files)
    opened = killed(files)
    files.fail_at(1, times=3, kinds=frozenset({"read"}))
    with pytest.raises(Exception, match="KAFKA_STORAGE_ERROR"):
        opened.log.partition(KEY)
    files.heal()
    goes_on(opened, 5)
