"""One partition in use: offsets, rolls, reads, deletions, and who is told of an advance."""

from collections.abc import Callable

import pytest

from broker.log.engine import (
    SENDFILE_BYTES,
    ActiveProducer,
    Appended,
    EpochEndOffset,
    FileRange,
    LogRead,
    Origin,
)
from broker.log.flushing import Flushing
from broker.log.memory_files import MemoryFiles
from broker.log.partition_log import (
    CHECKPOINT_BATCHES,
    CHECKPOINT_BYTES,
    LocalPartitionLog,
    Watch,
)
from broker.log.reading import MOST_CHUNKS
from broker.log.recovery import Recovered
from broker.log.removal import Removal
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.records.batch import BatchHeader, TimestampType, crc_is_valid
from broker.protocol.records.record import Record
from broker.protocol.records.writer import write_batch
from tests.fakes.files import READING, FaultyFiles
from tests.log.harness import (
    HERE,
    KEY,
    NOW,
    OTHER_ID,
    Engine,
    append,
    base_offsets,
    batch,
    bytes_of,
    engine,
    headers,
    read,
    values,
)

ONE = len(batch())
MOST_RELATIVE = 2**31 - 1


def opened(made: Engine | None = None) -> LocalPartitionLog:
    log = (made or engine()).partition
    assert isinstance(log, LocalPartitionLog)
    return log


def filled(count: int, made: Engine | None = None) -> LocalPartitionLog:
    """`count` batches of one record each."""
    log = opened(made)
    for _ in range(count):
        append(log)
    return log


def bases(log: LocalPartitionLog) -> list[int]:
    return [segment.base_offset for segment in log.storage.segments]


def sizes(log: LocalPartitionLog, offset: int, max_bytes: int, *, at_least_one: bool = True) -> list[int]:
    return [header.size_bytes for header in headers(read(log, offset, max_bytes, at_least_one=at_least_one))]


def refused(code: ErrorCode, log: LocalPartitionLog, *, offset: int) -> None:
    with pytest.raises(KafkaError) as caught:
        log.read(offset=offset, max_bytes=100, at_least_one_batch=True)
    assert caught.value.code is code


# Appending.


def test_offsets_are_given_in_order() -> None:
    log = opened()
    given = [append(log, batch(count)) for count in (1, 3, 2)]
    assert [(one.base_offset, one.last_offset) for one in given] == [(0, 0), (1, 3), (4, 5)]
    assert (log.log_end_offset, log.high_watermark, log.last_stable_offset) == (6, 6, 6)
    assert [header.base_offset for header in headers(read(log, 0))] == [0, 1, 4]


def test_a_batch_is_patched_in_place_and_its_checksum_stays_right() -> None:
    log = opened()
    append(log)
    sent = batch(2)
    append(log, sent, leader_epoch=7)
    header = BatchHeader.parse(sent)
    assert (header.base_offset, header.partition_leader_epoch) == (1, 7)
    assert crc_is_valid(memoryview(sent))
    assert read(log, 1) == bytes(sent)


def test_the_senders_buffer_may_be_used_again() -> None:
    log = opened()
    sent = batch()
    append(log, sent)
    stored = bytes(sent)
    sent[:] = bytes(len(sent))
    assert read(log, 0) == stored


def test_a_refused_batch_takes_no_offset() -> None:
    log = filled(1)
    broken = batch()
    broken[-1] ^= 1
    with pytest.raises(KafkaError):
        append(log, broken)
    assert append(log).base_offset == 1


def test_a_duplicate_is_answered_with_its_first_offsets_and_not_stored() -> None:
    log = filled(2)
    first = append(log, batch(3, producer_id=5))
    append(log, batch(producer_id=5, base_sequence=3))
    size_bytes = log.size_bytes
    again = append(log, batch(3, producer_id=5))
    assert not first.is_duplicate
    assert again == Appended(2, 4, -1, 0, is_duplicate=True)
    assert (log.log_end_offset, log.size_bytes) == (6, size_bytes)


def test_a_batch_out_of_sequence_is_refused_and_its_turn_stays_open() -> None:
    log = opened()
    append(log, batch(producer_id=5))
    with pytest.raises(KafkaError) as caught:
        append(log, batch(producer_id=5, base_sequence=2))
    assert caught.value.code is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
    assert append(log, batch(producer_id=5, base_sequence=1)).base_offset == 1


def test_a_write_that_failed_is_no_duplicate_when_it_is_sent_again() -> None:
    files = FaultyFiles()
    log = opened(engine(files))
    append(log, batch(producer_id=5))
    files.fail_at(1, kinds=frozenset({"write"}))
    with pytest.raises(KafkaError):
        append(log, batch(producer_id=5, base_sequence=1))
    assert append(log, batch(producer_id=5, base_sequence=1)) == Appended(1, 1, -1, 0)


def test_a_topic_may_stamp_records_itself() -> None:
    made = engine(message_timestamp_type="LogAppendTime")
    log = opened(made)
    made.clock.advance(500)
    sent = batch(2, timestamps=[NOW - 10, NOW + 10])
    assert append(log, sent).log_append_time_ms == NOW + 500
    header = BatchHeader.parse(sent)
    assert (header.max_timestamp, header.timestamp_type) == (NOW + 500, TimestampType.LOG_APPEND_TIME)
    assert crc_is_valid(memoryview(sent))


def test_otherwise_the_answer_bears_no_time() -> None:
    assert append(opened()).log_append_time_ms == -1


def test_the_answer_tells_where_the_log_starts() -> None:
    log = filled(3)
    log.delete_records(before_offset=2)
    assert append(log).log_start_offset == 2


# Rolling.


def test_a_segment_is_filled_to_the_byte() -> None:
    log = filled(6, engine(internal_segment_bytes=2 * ONE))
    assert bases(log) == [0, 2, 4]
    log = filled(6, engine(internal_segment_bytes=2 * ONE + ONE - 1))
    assert bases(log) == [0, 2, 4]


def test_a_segment_rolls_when_a_record_is_later_than_its_first_by_more_than_segment_ms() -> None:
    log = opened(engine(segment_ms=1000))
    for time in (0, 1000, 1001, 2001, 2002):
        append(log, batch(timestamps=[NOW + time]))
    assert bases(log) == [0, 2, 4]


def test_time_passes_for_a_segment_only_with_its_records() -> None:
    made = engine(segment_ms=1000)
    log = opened(made)
    append(log)
    made.clock.advance(5000)
    append(log)
    assert bases(log) == [0]


def test_without_timestamps_time_is_counted_from_the_first_append() -> None:
    made = engine(segment_ms=1000)
    log = opened(made)
    for pause_ms in (0, 1000, 1, 1000):
        made.clock.advance(pause_ms)
        append(log, batch(timestamps=[-1]))
    assert bases(log) == [0, 2]


def test_the_first_record_of_a_reopened_segment_still_counts() -> None:
    files = MemoryFiles()
    append(opened(engine(files)))
    log = opened(engine(files, segment_ms=1000))
    append(log, batch(timestamps=[NOW + 1001]))
    assert bases(log) == [0, 1]


def test_a_compacted_topic_rolls_at_its_compaction_lag_if_that_is_shorter() -> None:
    log = opened(engine(segment_ms=1000, cleanup_policy="compact", max_compaction_lag_ms=10))
    append(log)
    append(log, batch(timestamps=[NOW + 11]))
    assert bases(log) == [0, 1]


def test_a_segment_rolls_when_an_index_is_full() -> None:
    """No entry is made for a segment's first batch."""
    log = filled(9, engine(index_interval_bytes=0, segment_index_bytes=24))
    assert bases(log) == [0, 4, 8]  # three entries of the offset index
    log = opened(engine(index_interval_bytes=0, segment_index_bytes=24))
    for time in range(7):
        append(log, batch(timestamps=[NOW + time]))
    assert bases(log) == [0, 3, 6]  # two entries of the time index, since the times ascend


def wide(last_offset: int) -> bytearray:
    """What compaction may leave of many batches: one record, and a range of offsets."""
    return write_batch([Record(0, NOW, b"key", b"value", ())], last_offset=last_offset)


def test_a_segment_rolls_before_an_offset_that_its_index_cannot_hold() -> None:
    log = opened()
    log.append(memoryview(wide(MOST_RELATIVE - 1)), leader_epoch=0, origin=Origin.COORDINATOR)
    append(log)
    assert (log.log_end_offset, bases(log)) == (MOST_RELATIVE + 1, [0])
    append(log)
    assert bases(log) == [0, MOST_RELATIVE + 1]
    assert base_offsets(log) == [0, MOST_RELATIVE, MOST_RELATIVE + 1]


def test_an_empty_segment_does_not_roll() -> None:
    log = opened(engine(segment_ms=1))
    append(log, batch(timestamps=[NOW - 5000]))
    assert bases(log) == [0]


def age_at_roll(made: Engine, partition: int) -> int:
    """In steps of 50 ms: the greatest age that did not yet roll."""
    log = made.log.partition(KEY._replace(partition=partition))
    for age_ms in range(0, 2000, 50):
        append(log, batch(timestamps=[NOW + age_ms]))
        if len(log.storage.segments) > 1:
            return age_ms - 50
    raise AssertionError("it never rolled")


def test_jitter_spreads_the_rolls_by_name() -> None:
    made, again = (engine(segment_ms=1000, segment_jitter_ms=600) for _ in range(2))
    ages = [age_at_roll(made, partition) for partition in range(8)]
    assert min(ages) >= 400 - 50
    assert max(ages) < 1000
    assert len(set(ages)) > 4
    assert [age_at_roll(again, partition) for partition in range(8)] == ages


def test_without_jitter_partitions_roll_alike() -> None:
    made = engine(segment_ms=1000)
    assert {age_at_roll(made, partition) for partition in range(8)} == {1000}


# Reading.


def test_a_read_begins_with_the_batch_that_holds_the_offset() -> None:
    log = opened()
    for count in (3, 3, 3):
        append(log, batch(count))
    assert [base_offsets(log, offset) for offset in (0, 2, 3, 5, 8)] == [
        [0, 3, 6],
        [0, 3, 6],
        [3, 6],
        [3, 6],
        [6],
    ]


@pytest.mark.parametrize("segment_bytes", [1 << 20, 3 * ONE, ONE])
@pytest.mark.parametrize("index_interval_bytes", [0, 4096])
def test_a_read_gives_as_many_whole_batches_as_fit(segment_bytes: int, index_interval_bytes: int) -> None:
    log = filled(10, engine(internal_segment_bytes=segment_bytes, index_interval_bytes=index_interval_bytes))
    for offset in range(10):
        for count in range(1, 11 - offset):
            wanted = list(range(offset, offset + count))
            assert base_offsets(log, offset, count * ONE) == wanted
            assert base_offsets(log, offset, (count + 1) * ONE - 1) == wanted


def test_a_first_batch_that_is_too_large_comes_alone_if_one_must_come() -> None:
    log = opened()
    append(log, batch(value_bytes=500))
    append(log)
    assert len(sizes(log, 0, 100)) == 1
    assert len(sizes(log, 0, 0)) == 1
    assert sizes(log, 0, 100, at_least_one=False) == []
    assert sizes(log, 0, 0, at_least_one=False) == []


def test_a_later_batch_that_is_too_large_does_not_come() -> None:
    log = opened(engine(internal_segment_bytes=600))
    append(log)
    append(log, batch(value_bytes=500))
    assert bases(log) == [0, 1]
    assert sizes(log, 0, ONE + 100) == [ONE]


def test_a_batch_that_does_not_fit_is_not_jumped_over() -> None:
    log = opened(engine(internal_segment_bytes=600))
    append(log)
    append(log, batch(value_bytes=500))
    append(log)
    assert bases(log) == [0, 1, 2]
    assert base_offsets(log, 0, 2 * ONE) == [0]


def test_segments_are_joined() -> None:
    log = opened(engine(internal_segment_bytes=2 * ONE))
    sent = [batch() for _ in range(7)]
    for one in sent:
        append(log, one)
    assert len(bases(log)) == 4
    assert read(log, 0) == b"".join(sent)
    assert read(log, 1, 4 * ONE) == b"".join(sent[1:5])


def test_at_the_end_there_is_nothing_yet() -> None:
    log = filled(2)
    found = log.read(offset=2, max_bytes=100, at_least_one_batch=True)
    assert isinstance(found, LogRead)
    assert (found.chunks, found.size_bytes, found.high_watermark) == ([], 0, 2)
    found.release()


@pytest.mark.parametrize("offset", [-1, 1, 4])
def test_an_offset_that_is_not_in_the_log_is_refused(offset: int) -> None:
    log = filled(3)
    log.delete_records(before_offset=2)
    refused(ErrorCode.OFFSET_OUT_OF_RANGE, log, offset=offset)


def test_a_read_over_many_segments_gets_on_in_steps() -> None:
    log = opened(engine(FaultyFiles(), internal_segment_bytes=ONE))
    for _ in range(2 * MOST_CHUNKS + 3):
        append(log)
    assert base_offsets(log, 0) == list(range(MOST_CHUNKS))
    assert base_offsets(log, 2 * MOST_CHUNKS) == [2 * MOST_CHUNKS + n for n in range(3)]


def test_a_read_tells_where_the_log_starts_and_ends() -> None:
    log = filled(5)
    log.delete_records(before_offset=1)
    found = log.read(offset=2, max_bytes=1, at_least_one_batch=False)
    assert (found.log_start_offset, found.last_stable_offset, found.high_watermark) == (1, 5, 5)


def test_a_disk_that_cannot_be_read_is_a_storage_error() -> None:
    files = FaultyFiles()
    log = opened(engine(files))
    append(log, batch(3))
    files.fail_at(1, kinds=READING)
    refused(ErrorCode.KAFKA_STORAGE_ERROR, log, offset=1)
    assert base_offsets(log, 1) == [0]


def test_files_are_kept_open_until_they_are_released() -> None:
    files = FaultyFiles()
    made = engine(files)
    log = opened(made)
    append(log, batch(value_bytes=SENDFILE_BYTES))
    found = log.read(offset=0, max_bytes=100, at_least_one_batch=True)
    (chunk,) = found.chunks
    assert isinstance(chunk, FileRange)
    made.log.close()
    assert files.open_count == 1
    assert len(bytes_of(found)) == log.size_bytes
    found.release()
    assert files.open_count == 0
    with pytest.raises(OSError, match="Bad file descriptor"):
        bytes_of(found)


def test_views_show_what_they_showed_whatever_becomes_of_the_log() -> None:
    made = engine()
    log = opened(made)
    append(log)
    found = log.read(offset=0, max_bytes=100, at_least_one_batch=True)
    data = bytes_of(found)
    append(log, batch(value_bytes=5000))
    made.log.delete(KEY)
    assert bytes_of(found) == data
    found.release()


# Deleting records.


def test_records_are_deleted_up_to_an_offset() -> None:
    log = filled(5)
    assert log.delete_records(before_offset=3) == 3
    assert (log.log_start_offset, log.log_end_offset) == (3, 5)
    refused(ErrorCode.OFFSET_OUT_OF_RANGE, log, offset=2)
    assert base_offsets(log) == [3, 4]


def test_minus_one_deletes_all_records() -> None:
    log = filled(5)
    assert log.delete_records(before_offset=-1) == 5
    assert read(log, 5) == b""
    assert append(log).base_offset == 5
    assert base_offsets(log) == [5]


@pytest.mark.parametrize("before_offset", [-2, 6])
def test_nothing_is_deleted_beyond_the_end(before_offset: int) -> None:
    log = filled(5)
    with pytest.raises(KafkaError) as caught:
        log.delete_records(before_offset=before_offset)
    assert caught.value.code is ErrorCode.OFFSET_OUT_OF_RANGE
    assert log.log_start_offset == 0


def test_deleting_what_is_gone_changes_nothing() -> None:
    log = filled(5)
    log.delete_records(before_offset=3)
    called: list[int] = []
    log.on_advance(lambda: called.append(log.log_start_offset))
    assert log.delete_records(before_offset=3) == 3
    assert log.delete_records(before_offset=0) == 3
    assert (log.log_start_offset, called) == (3, [])


def test_a_batch_stays_as_long_as_one_of_its_records_does() -> None:
    log = opened()
    append(log, batch(3))
    log.delete_records(before_offset=2)
    assert base_offsets(log, 2) == [0]


def test_segments_whose_records_are_all_deleted_go_with_their_files() -> None:
    made = engine(internal_segment_bytes=2 * ONE)
    log = opened(made)
    for _ in range(7):
        append(log)
    log.delete_records(before_offset=3)
    assert (bases(log), log.size_bytes) == ([2, 4, 6], 5 * ONE)
    log.delete_records(before_offset=4)
    assert bases(log) == [4, 6]
    assert sorted(name for name in made.files.list(HERE) if name.endswith(".log")) == [
        f"{4:020}.log",
        f"{6:020}.log",
    ]
    assert base_offsets(log) == [4, 5, 6]


def test_a_new_start_is_told_also_when_the_files_cannot_be_removed() -> None:
    files = FaultyFiles()
    log = filled(4, engine(files, internal_segment_bytes=2 * ONE))
    seen: list[int] = []
    log.on_advance(lambda: seen.append(log.log_start_offset))
    files.fail_at(1, kinds=frozenset({"rename"}))
    with pytest.raises(KafkaError) as caught:
        log.delete_records(before_offset=3)
    assert caught.value.code is ErrorCode.KAFKA_STORAGE_ERROR
    assert seen == [3]


def test_the_active_segment_stays_when_all_is_deleted() -> None:
    log = filled(4, engine(internal_segment_bytes=2 * ONE))
    log.delete_records(before_offset=-1)
    assert bases(log) == [2]


def test_a_log_starts_where_it_did_when_it_is_opened_again() -> None:
    files = MemoryFiles()
    made = engine(files)
    log = opened(made)
    for _ in range(5):
        append(log)
    log.delete_records(before_offset=3)
    made.clock.advance(0)
    assert opened(engine(files)).log_start_offset == 3


def test_a_disk_that_fails_to_delete_is_told_and_the_records_are_gone_all_the_same() -> None:
    files = FaultyFiles()
    made = engine(files, internal_segment_bytes=ONE)
    log = opened(made)
    for _ in range(3):
        append(log)
    files.fail_at(1)
    with pytest.raises(KafkaError) as caught:
        log.delete_records(before_offset=1)
    assert caught.value.code is ErrorCode.KAFKA_STORAGE_ERROR
    assert log.log_start_offset == 1
    assert log.delete_records(before_offset=2) == 2
    assert bases(log) == [2]


# Advances.


def test_every_advance_is_told_after_it_has_happened() -> None:
    log = opened()
    seen: list[tuple[int, int]] = []
    log.on_advance(lambda: seen.append((log.log_start_offset, log.high_watermark)))
    append(log, batch(2))
    append(log)
    log.delete_records(before_offset=1)
    assert seen == [(0, 2), (0, 3), (1, 3)]


def test_nobody_is_told_of_a_duplicate_or_a_refused_batch() -> None:
    log = opened()
    append(log, batch(producer_id=5))
    seen: list[int] = []
    log.on_advance(lambda: seen.append(log.high_watermark))
    append(log, batch(producer_id=5))
    with pytest.raises(KafkaError):
        append(log, bytearray(100))
    assert seen == []


def test_who_has_cancelled_is_told_no_more() -> None:
    log = opened()
    seen: list[str] = []
    first = log.on_advance(lambda: seen.append("first"))
    log.on_advance(lambda: seen.append("second"))
    append(log)
    first.cancel()
    first.cancel()
    append(log)
    assert seen == ["first", "second", "second"]


def test_who_is_cancelled_by_another_while_that_is_told_is_not_told() -> None:
    log = opened()
    seen: list[str] = []
    watches: list[Watch] = []

    def first() -> None:
        seen.append("first")
        watches[0].cancel()
        watches[1].cancel()

    watches.append(log.on_advance(first))
    watches.append(log.on_advance(lambda: seen.append("second")))
    watches.append(log.on_advance(lambda: seen.append("third")))
    append(log)
    assert seen == ["first", "third"]
    append(log)
    assert seen == ["first", "third", "third"]


def test_who_comes_while_others_are_told_waits_for_the_next_advance() -> None:
    log = opened()
    seen: list[int] = []

    def first() -> None:
        one.cancel()
        log.on_advance(lambda: seen.append(log.high_watermark))

    one = log.on_advance(first)
    append(log)
    assert seen == []
    append(log)
    assert seen == [2]


# Settings that change while the log is in use.


def changed(made: Engine, **config: str | int) -> None:
    made.overrides.update({name.replace("_", "."): str(value) for name, value in config.items()})
    made.log.reconfigure(KEY.topic)


def test_new_sizes_and_times_hold_from_the_next_append_on() -> None:
    made = engine()
    log = opened(made)
    append(log)
    append(log)
    changed(made, internal_segment_bytes=ONE)
    append(log)
    assert bases(log) == [0, 2]
    changed(made, internal_segment_bytes=1 << 20, segment_ms=1000)
    append(log, batch(timestamps=[NOW + 1001]))
    assert bases(log) == [0, 2, 3]
    changed(made, index_interval_bytes=0, segment_index_bytes=4, segment_ms=100_000)
    append(log)
    append(log)
    assert bases(log) == [0, 2, 3]  # the interval is the segment's from its beginning on


def test_new_limits_of_batches_hold_from_the_next_append_on() -> None:
    made = engine()
    log = opened(made)
    append(log)
    changed(made, max_message_bytes=ONE - 1, message_timestamp_type="LogAppendTime")
    with pytest.raises(KafkaError) as caught:
        append(log)
    assert caught.value.code is ErrorCode.MESSAGE_TOO_LARGE
    changed(made, max_message_bytes=ONE)
    assert append(log).log_append_time_ms == NOW
    assert values(read(log, 0)) == [b"v" * 20] * 2


# Recovery points.


def checked(made: Engine, log: LocalPartitionLog, *, size_bytes: int, batches: int) -> LocalPartitionLog:
    """The same log, as if its opening had checked so much."""
    return LocalPartitionLog(
        KEY,
        log.config,
        log.storage,
        Recovered(log.log_start_offset, log.log_end_offset, size_bytes, batches),
        made.clock,
        flushing=Flushing(made.files, made.clock, always=False, in_background=lambda work: work()),
        removal=Removal(made.files, made.clock, made.logger, in_background=lambda work: work()),
        on_log_start=lambda key, offset: None,
        producer_expiration_ms=1,
    )


@pytest.mark.parametrize(
    ("size_bytes", "batches"), [(CHECKPOINT_BYTES - 2 * ONE, 0), (0, CHECKPOINT_BATCHES - 2)]
)
def test_what_a_kill_would_leave_to_check_is_bounded(size_bytes: int, batches: int) -> None:
    made = engine()
    log = checked(made, opened(made), size_bytes=size_bytes, batches=batches)
    append(log)
    assert (log.unchecked_bytes, log.storage.snapshots) == (size_bytes + ONE, [])
    append(log)
    assert (log.unchecked_bytes, log.storage.snapshots) == (0, [2])
    append(log)
    assert (log.unchecked_bytes, log.storage.snapshots) == (ONE, [2])


def test_a_roll_leaves_nothing_to_check_but_what_follows() -> None:
    log = filled(3, engine(internal_segment_bytes=2 * ONE))
    assert log.unchecked_bytes == ONE


@pytest.mark.parametrize(
    ("size_bytes", "batches"), [(CHECKPOINT_BYTES - ONE, 0), (0, CHECKPOINT_BATCHES - 1)]
)
def test_a_checkpoint_that_failed_is_not_tried_again_with_every_append(size_bytes: int, batches: int) -> None:
    files = FaultyFiles()
    made = engine(files)
    opening = opened(made)
    append(opening)
    log = checked(made, opening, size_bytes=size_bytes, batches=batches)
    files.fail_at(1, times=1000, kinds=frozenset({"replace"}))
    for _ in range(5):
        append(log)
    assert made.logger.told("warning") == ["checkpoint not stored"]
    assert log.unchecked_bytes == size_bytes + 5 * ONE


# Leader epochs and producers.


def test_epochs_are_told_by_their_ends_and_by_offsets() -> None:
    log = opened()
    for leader_epoch in (1, 1, 4):
        append(log, leader_epoch=leader_epoch)
    assert [log.end_offset_for_epoch(epoch) for epoch in (0, 1, 3, 4, 5)] == [
        EpochEndOffset(0, 0),
        EpochEndOffset(1, 2),
        EpochEndOffset(1, 2),
        EpochEndOffset(4, 3),
        EpochEndOffset(-1, -1),
    ]
    assert [log.epoch_for_offset(offset) for offset in (0, 1, 2, 3)] == [1, 1, 4, 4]


def test_an_empty_log_knows_of_no_epoch() -> None:
    log = opened()
    assert (log.end_offset_for_epoch(0), log.epoch_for_offset(0)) == (EpochEndOffset(-1, -1), -1)


def test_epochs_of_deleted_records_are_forgotten() -> None:
    log = opened()
    for leader_epoch in (1, 2, 2):
        append(log, leader_epoch=leader_epoch)
    log.delete_records(before_offset=2)
    assert log.epoch_for_offset(1) == -1
    assert log.end_offset_for_epoch(1) == EpochEndOffset(1, 2)
    assert log.end_offset_for_epoch(2) == EpochEndOffset(2, 3)


def test_active_producers_are_told_until_they_are_silent_for_too_long() -> None:
    made = engine(settings={"producer.id.expiration.ms": "1000"})
    log = opened(made)
    append(log, batch(3, producer_id=5, producer_epoch=2))
    append(log)
    first = ActiveProducer(5, 2, 2, NOW, -1, -1)
    assert log.active_producers() == [first]
    made.clock.advance(999)
    append(log, batch(producer_id=6, timestamps=[NOW + 999]))
    assert log.active_producers() == [first, ActiveProducer(6, 0, 0, NOW + 999, -1, -1)]
    made.clock.advance(1)
    assert [producer.producer_id for producer in log.active_producers()] == [6]


# The end.


def test_a_log_that_refuses_wakes_who_waits() -> None:
    log = filled(2)
    woken: list[bool] = []
    log.on_advance(lambda: woken.append(True))
    log.refuse(KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "it has been deleted"))
    assert woken == [True]
    refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, log, offset=0)


USES: dict[str, Callable[[LocalPartitionLog], object]] = {
    "append": append,
    "read": lambda log: read(log, 0),
    "delete records": lambda log: log.delete_records(before_offset=1),
    "look up a time": lambda log: log.offset_for_timestamp(NOW),
    "look up the greatest time": lambda log: log.offset_of_max_timestamp(),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_log_that_was_deleted_touches_no_file_of_the_one_that_has_its_name(
    use: Callable[[LocalPartitionLog], object],
) -> None:
    made = engine()
    log = opened(made)
    append(log)
    made.log.delete(KEY)
    successor = made.log.create(KEY._replace(topic_id=OTHER_ID))
    append(successor, batch(value_bytes=500))
    with pytest.raises(KafkaError) as caught:
        use(log)
    assert caught.value.code is ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    assert (log.log_start_offset, log.log_end_offset) == (0, 1)
    assert values(read(successor, 0)) == [b"v" * 500]
