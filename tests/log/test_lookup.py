"""Look-ups by time: the record itself has the last word, and nothing unreadable stops them."""

import pytest

from broker.log.engine import Isolation, PartitionLog, TimestampOffset
from broker.protocol.compression import Codec
from broker.protocol.records.batch import BatchHeader, replace_header
from tests.log.harness import NOW, append, batch, engine


def filled(*batches: list[int], codec: Codec = Codec.NONE) -> PartitionLog:
    """Each batch has records of these times, counted from NOW."""
    log = engine(internal_segment_bytes=250, index_interval_bytes=0).partition
    for times in batches:
        data = batch(len(times), timestamps=[NOW + time for time in times], codec=codec, value_bytes=5)
        append(log, data, leader_epoch=3)
    return log


def found(log: PartitionLog, time: int) -> tuple[int, int] | None:
    result = log.offset_for_timestamp(NOW + time)
    if result is None:
        return None
    assert isinstance(result, TimestampOffset)
    assert result.leader_epoch == 3
    return result.offset, result.timestamp_ms - NOW


def test_the_first_record_that_is_late_enough_is_found_within_its_batch() -> None:
    log = filled([10, 20, 30], [40, 50, 60])
    assert found(log, 0) == (0, 10)
    assert found(log, 11) == (1, 20)
    assert found(log, 30) == (2, 30)
    assert found(log, 45) == (4, 50)


def test_nothing_is_found_after_the_last() -> None:
    assert found(filled([10, 20]), 21) is None
    assert found(filled(), 0) is None


def test_records_that_are_not_in_order_of_time_are_found_in_order_of_offset() -> None:
    log = filled([50, 10], [20, 40], [60, 30])
    assert found(log, 15) == (0, 50)
    assert found(log, 51) == (4, 60)


def test_compressed_batches_are_looked_into() -> None:
    assert found(filled([10, 20, 30], [40, 50, 60], codec=Codec.ZSTD), 45) == (4, 50)


def test_deleted_records_are_not_found() -> None:
    log = filled([10, 20, 30], [15, 25, 35])
    log.delete_records(before_offset=2)
    assert found(log, 15) == (2, 30)
    log.delete_records(before_offset=4)
    assert found(log, 0) == (4, 25)


def test_the_greatest_timestamp_is_that_of_its_first_record() -> None:
    log = filled([10, 70, 30], [20, 70, 5], [60, 30])
    assert log.offset_of_max_timestamp() == TimestampOffset(NOW + 70, 1, 3)


def test_the_greatest_timestamp_of_what_was_deleted_does_not_count() -> None:
    log = filled([10, 70, 30], [20, 40, 5], [60, 30])
    log.delete_records(before_offset=2)
    assert log.offset_of_max_timestamp() == TimestampOffset(NOW + 60, 6, 3)


def test_an_empty_log_has_no_greatest_timestamp() -> None:
    assert filled().offset_of_max_timestamp() is None


def test_committed_readers_find_nothing_behind_the_last_stable_offset() -> None:
    log = filled([10, 20])
    assert log.offset_for_timestamp(NOW + 15, isolation=Isolation.READ_COMMITTED) is not None


def unreadable(count: int, time: int) -> bytearray:
    """A batch with a right checksum around records that cannot be read."""
    data = batch(count, timestamps=[NOW + time] * count)
    data[61:] = b"\xff" * (len(data) - 61)
    replace_header(memoryview(data), BatchHeader.parse(data))
    return data


@pytest.mark.parametrize("time", [5, 20])
def test_a_batch_that_cannot_be_read_is_taken_for_what_its_header_says(time: int) -> None:
    opened = engine()
    log = opened.partition
    append(log, batch(timestamps=[NOW]))
    append(log, unreadable(3, 20))
    append(log, batch(timestamps=[NOW + 30]))
    assert log.offset_for_timestamp(NOW + time) == TimestampOffset(NOW + 20, 1, 0)
    assert log.offset_for_timestamp(NOW + 21) == TimestampOffset(NOW + 30, 4, 0)
    assert log.offset_of_max_timestamp() == TimestampOffset(NOW + 30, 4, 0)


def test_a_batch_that_cannot_be_read_is_told_once() -> None:
    opened = engine()
    append(opened.partition, unreadable(1, 20))
    for _ in range(3):
        assert opened.partition.offset_of_max_timestamp() == TimestampOffset(NOW + 20, 0, 0)
    assert opened.logger.told("warning") == ["batch cannot be read"]


def test_a_header_that_claims_too_late_a_time_does_not_mislead() -> None:
    log = engine(message_timestamp_after_max_ms=2**62).partition
    lying = batch(2, timestamps=[NOW, NOW + 1])
    header = BatchHeader.parse(lying)
    replace_header(memoryview(lying), header._replace(max_timestamp=NOW + 500))
    append(log, lying)
    append(log, batch(timestamps=[NOW + 100]))
    assert log.offset_for_timestamp(NOW + 50) == TimestampOffset(NOW + 100, 2, 0)
    claimed = log.offset_of_max_timestamp()  # headers say which batch it is, the records what it is
    assert claimed == TimestampOffset(NOW + 1, 1, 0)
