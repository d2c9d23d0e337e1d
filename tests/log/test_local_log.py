"""All partitions of one directory: made, opened on first use, deleted, told of new settings, closed."""

import pytest

from broker.log.engine import SENDFILE_BYTES, PartitionKey
from broker.log.local_log import MOST_BYTES_SYNCED_AT_CLOSE, MOST_STORED_AT_CLOSE, MOST_SYNCED_AT_CLOSE
from broker.log.memory_files import MemoryFiles
from broker.log.partition_log import LocalPartitionLog
from broker.protocol.errors import ErrorCode, KafkaError
from tests.fakes.files import READING, TOTAL_BYTES, FaultyFiles, Loss
from tests.log.harness import HERE, KEY, OTHER_ID, Engine, append, base_offsets, batch, engine, read

ONE = len(batch())
SECOND = KEY._replace(partition=1)
ANEW = KEY._replace(topic_id=OTHER_ID)
PAYMENTS = PartitionKey("payments", OTHER_ID, 0)
MARK = "data/.kafka_cleanshutdown"


def numbered(count: int) -> list[PartitionKey]:
    return [KEY._replace(partition=number) for number in range(count)]


def segments(made: Engine, key: PartitionKey) -> int:
    log: LocalPartitionLog = made.log.partition(key)
    return len(log.storage.segments)


# Making and opening.


def test_a_partition_is_made_once() -> None:
    made = engine()
    log = made.log.create(KEY)
    append(log)
    assert made.log.create(KEY) is log
    assert made.log.partition(KEY) is log
    assert log.log_end_offset == 1


def test_asking_for_a_partition_makes_it_if_it_is_not_there() -> None:
    made = engine()
    log = made.log.partition(KEY)
    assert (log.log_start_offset, log.log_end_offset, log.size_bytes) == (0, 0, 0)
    assert made.files.is_directory(HERE)


def test_partitions_are_opened_when_they_are_first_used() -> None:
    files = FaultyFiles()
    first = engine(files)
    for key in (KEY, SECOND):
        append(first.log.partition(key))
    made = engine(files)
    assert made.logger.events == []
    assert made.log.partition(SECOND).log_end_offset == 1
    assert [fields["partition"] for _, _, fields in made.logger.events] == ["orders-1"]


def test_partitions_of_a_topic_are_apart() -> None:
    made = engine()
    append(made.log.partition(KEY), batch(3))
    append(made.log.partition(SECOND))
    assert [made.log.partition(key).log_end_offset for key in (KEY, SECOND)] == [3, 1]


def test_a_directory_of_another_topic_is_not_taken_over() -> None:
    made = engine()
    append(made.log.partition(KEY))
    with pytest.raises(KafkaError, match="belongs to topic id") as caught:
        made.log.create(ANEW)
    assert caught.value.code is ErrorCode.KAFKA_STORAGE_ERROR
    assert base_offsets(made.log.partition(KEY)) == [0]


def test_a_partition_that_could_not_be_made_is_made_at_the_next_attempt() -> None:
    files = FaultyFiles()
    made = engine(files)
    files.fail_at(1)
    with pytest.raises(KafkaError) as caught:
        made.log.create(KEY)
    assert caught.value.code is ErrorCode.KAFKA_STORAGE_ERROR
    assert made.logger.told("error") == ["partition cannot be used"]
    assert append(made.log.create(KEY)).base_offset == 0


def test_why_a_partition_cannot_be_used_is_told_once_until_it_can() -> None:
    files = FaultyFiles()
    made = engine(files)
    for _ in range(3):
        files.fail_at(1)
        with pytest.raises(KafkaError):
            made.log.create(KEY)
    assert made.logger.told("error") == ["partition cannot be used"]
    made.log.create(KEY)
    made.log.delete(KEY)
    files.fail_at(1)
    with pytest.raises(KafkaError):
        made.log.create(KEY)
    assert made.logger.told("error") == ["partition cannot be used"] * 2


# Deleting.


def test_a_deleted_partition_is_refused_and_wakes_who_waits() -> None:
    made = engine()
    log = made.log.partition(KEY)
    append(log)
    found: list[ErrorCode] = []

    def look() -> None:
        try:
            read(log, 1)
        except KafkaError as error:
            found.append(error.code)

    log.on_advance(look)
    made.log.delete(KEY)
    assert found == [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]
    with pytest.raises(KafkaError, match="orders-0 has been deleted"):
        append(log)
    assert not made.files.exists(HERE)
    assert list(made.log.discover()) == []


def test_a_topic_made_anew_under_an_old_name_begins_anew() -> None:
    made = engine()
    old = made.log.partition(KEY)
    append(old, batch(5))
    made.log.delete(KEY)
    new = made.log.create(ANEW)
    assert (new.log_start_offset, new.log_end_offset) == (0, 0)
    append(new)
    assert list(made.log.discover()) == [ANEW]
    with pytest.raises(KafkaError):
        append(old)


def test_the_old_topic_cannot_be_deleted_from_under_the_new_one() -> None:
    made = engine()
    made.log.create(KEY)
    made.log.delete(KEY)
    new = made.log.create(ANEW)
    append(new)
    made.log.delete(KEY)
    assert list(made.log.discover()) == [ANEW]
    assert base_offsets(new) == [0]


def test_a_partition_that_was_never_opened_is_deleted_too() -> None:
    files = MemoryFiles()
    append(engine(files).partition)
    made = engine(files)
    made.log.delete(KEY)
    assert list(made.log.discover()) == []


def test_deleting_what_is_not_there_is_nothing() -> None:
    made = engine()
    made.log.delete(KEY)
    made.log.delete(KEY)
    assert list(made.log.discover()) == []


def test_a_deletion_that_the_disk_refuses_is_told_and_the_partition_is_not_used_again() -> None:
    files = FaultyFiles()
    made = engine(files)
    log = made.log.partition(KEY)
    append(log)
    files.fail_at(1, kinds=frozenset({"rename"}))
    with pytest.raises(KafkaError) as caught:
        made.log.delete(KEY)
    assert caught.value.code is ErrorCode.KAFKA_STORAGE_ERROR
    with pytest.raises(KafkaError, match="has been deleted"):
        append(log)
    made.log.delete(KEY)
    assert list(made.log.discover()) == []


def test_what_readers_hold_of_a_deleted_partition_stays_until_they_are_done() -> None:
    files = FaultyFiles()
    made = engine(files)
    log = made.log.partition(KEY)
    append(log, batch(value_bytes=SENDFILE_BYTES))
    held = log.read(offset=0, max_bytes=100, at_least_one_batch=True)
    made.log.delete(KEY)
    assert files.open_count == 1
    held.release()
    assert files.open_count == 0


# Settings.


def test_new_settings_reach_all_open_partitions_of_their_topic_and_no_other() -> None:
    made = engine()
    keys = [KEY, SECOND, PAYMENTS]
    for key in keys:
        append(made.log.partition(key))
    made.overrides["internal.segment.bytes"] = str(ONE)
    made.log.reconfigure(KEY.topic)
    for key in keys:
        append(made.log.partition(key))
    assert [segments(made, key) for key in keys] == [2, 2, 1]


def test_a_partition_that_is_opened_later_has_the_settings_of_its_time() -> None:
    made = engine()
    made.overrides["internal.segment.bytes"] = str(ONE)
    made.log.reconfigure(KEY.topic)
    for _ in range(2):
        append(made.partition)
    assert segments(made, KEY) == 2


def test_a_deleted_partition_hears_of_no_settings() -> None:
    made = engine()
    log: LocalPartitionLog = made.log.create(KEY)
    made.log.delete(KEY)
    made.overrides["segment.ms"] = "1"
    made.log.reconfigure(KEY.topic)
    assert log.config.segment_ms > 1


# What there is.


def test_partitions_are_discovered_whether_they_are_open_or_not() -> None:
    files = MemoryFiles()
    first = engine(files)
    for key in (KEY, SECOND, PAYMENTS):
        first.log.create(key)
    made = engine(files)
    made.log.create(SECOND)
    assert sorted(made.log.discover()) == [KEY, SECOND, PAYMENTS]


def test_sizes_are_described_whether_partitions_are_open_or_not() -> None:
    files = FaultyFiles()
    first = engine(files, internal_segment_bytes=ONE)
    for count, key in enumerate((KEY, SECOND, PAYMENTS)):
        for _ in range(count):
            append(first.log.partition(key))
        first.log.partition(key)
    made = engine(files)
    made.log.partition(SECOND)
    for described in (first.log.describe(), made.log.describe()):
        (directory,) = described
        assert directory.path == "data"
        assert (directory.total_bytes, directory.usable_bytes) == (TOTAL_BYTES, TOTAL_BYTES // 2)
        assert directory.partitions == {KEY: 0, SECOND: ONE, PAYMENTS: 2 * ONE}


def test_a_disk_that_cannot_be_described_is_a_storage_error() -> None:
    files = FaultyFiles()
    append(engine(files).partition)
    made = engine(files)
    files.fail_at(1, kinds=READING, times=100)
    with pytest.raises(KafkaError, match="data: ") as caught:
        made.log.describe()
    assert caught.value.code is ErrorCode.KAFKA_STORAGE_ERROR


# The end.


def test_after_the_end_everything_is_refused() -> None:
    made = engine()
    log = made.partition
    append(log)
    woken: list[bool] = []
    log.on_advance(lambda: woken.append(True))
    made.log.close()
    assert woken == [True]
    for use in (
        lambda: append(log),
        lambda: read(log, 0),
        lambda: made.log.create(SECOND),
        lambda: made.log.partition(SECOND),
    ):
        with pytest.raises(KafkaError, match="the log is closed") as caught:
            use()
        assert caught.value.code is ErrorCode.KAFKA_STORAGE_ERROR


def test_ending_twice_is_harmless() -> None:
    files = FaultyFiles()
    made = engine(files)
    append(made.partition)
    made.log.close()
    calls = files.calls
    made.log.close()
    assert files.calls == calls


def test_a_clean_end_leaves_its_mark_and_nothing_open_or_unsafe() -> None:
    files = FaultyFiles()
    made = engine(files)
    append(made.partition, batch(3))
    made.log.close()
    assert files.exists(MARK)
    assert files.open_count == 0
    files.restart(Loss.EVERYTHING)
    assert engine(files, boot_id="boot 2").partition.log_end_offset == 3


def test_what_is_empty_or_unchanged_is_left_alone_at_the_end() -> None:
    files = FaultyFiles()
    first = engine(files)
    append(first.partition)
    first.log.close()
    made = engine(files)
    made.log.partition(KEY)
    before = files.snapshot(HERE)
    files.fail_at(1, times=100, kinds=frozenset({"sync", "write"}))
    made.log.close()
    assert files.snapshot(HERE) == before
    assert files.exists(MARK)


def stored(files: FaultyFiles) -> set[str]:
    """The partitions whose next opening has nothing to check."""
    return {path.split("/")[1] for path in files.snapshot() if path.endswith(".snapshot")}


def test_at_the_end_the_points_of_so_many_logs_are_stored_and_those_with_most_to_check_first() -> None:
    files = FaultyFiles()
    made = engine(files)
    counts = dict.fromkeys(numbered(MOST_STORED_AT_CLOSE + 2), 2)
    small = numbered(101)[7], numbered(101)[100]
    counts.update(dict.fromkeys(small, 1))
    for key, count in counts.items():
        append(made.log.partition(key), batch(count))
    made.log.close()
    assert stored(files) == {str(key) for key in counts if key not in small}
    assert not files.exists(MARK)
    again = engine(files)
    assert {key: again.log.partition(key).log_end_offset for key in counts} == counts


@pytest.mark.parametrize("count", [MOST_SYNCED_AT_CLOSE, MOST_SYNCED_AT_CLOSE + 1])
def test_an_end_waits_for_the_syncs_of_so_many_logs(count: int) -> None:
    is_quick = count <= MOST_SYNCED_AT_CLOSE
    files = FaultyFiles()
    made = engine(files)
    keys = numbered(count)
    for key in keys:
        append(made.log.partition(key))
    made.log.close()
    assert files.exists(MARK) is is_quick
    assert stored(files) == {str(key) for key in keys}
    files.restart(Loss.EVERYTHING)
    again = engine(files, boot_id="boot 2")
    assert [again.log.partition(key).log_end_offset for key in keys] == [int(is_quick)] * count


@pytest.mark.parametrize("is_quick", [True, False])
def test_an_end_waits_for_the_syncs_of_so_many_bytes(is_quick: bool) -> None:
    files = FaultyFiles()
    largest = MOST_BYTES_SYNCED_AT_CLOSE
    made = engine(files, max_message_bytes=2 * largest)
    data = batch(value_bytes=largest - 200)
    append(made.partition, data)
    missing = largest - len(data) - ONE
    append(made.partition, batch(value_bytes=20 + missing + (0 if is_quick else 1)))
    assert made.partition.size_bytes == largest + (0 if is_quick else 1)
    made.log.close()
    assert files.exists(MARK) is is_quick


def test_what_a_roll_has_synced_needs_no_sync_at_the_end() -> None:
    """Only what follows the last roll counts."""
    files = FaultyFiles()
    half = batch(value_bytes=MOST_BYTES_SYNCED_AT_CLOSE // 2)
    made = engine(files, max_message_bytes=len(half), internal_segment_bytes=len(half))
    for data in (bytearray(half), half, batch()):
        append(made.partition, data)
    made.log.close()
    assert files.exists(MARK)


@pytest.mark.parametrize("kind", ["replace", "sync", "write"])
def test_a_disk_that_fails_at_the_end_leaves_no_mark(kind: str) -> None:
    files = FaultyFiles()
    made = engine(files)
    append(made.partition)
    files.fail_at(1, times=1000, kinds=frozenset({kind}))
    made.log.close()
    files.heal()
    assert not files.exists(MARK)
    assert made.logger.events
    assert engine(files).partition.log_end_offset == 1


def test_an_end_is_clean_only_if_what_a_kill_left_has_been_looked_at() -> None:
    files = FaultyFiles()
    killed = engine(files)
    for key in (KEY, SECOND):
        append(killed.log.partition(key))
    made = engine(files)
    made.log.partition(KEY)
    made.log.close()
    assert not files.exists(MARK)
    made = engine(files)
    for key in (KEY, SECOND):
        made.log.partition(key)
    made.log.close()
    assert files.exists(MARK)
    made = engine(files)
    made.log.partition(KEY)
    made.log.close()
    assert files.exists(MARK)


def test_the_mark_goes_when_the_directory_is_used_again() -> None:
    files = MemoryFiles()
    engine(files).log.close()
    assert files.exists(MARK)
    engine(files)
    assert not files.exists(MARK)
