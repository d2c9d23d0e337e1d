"""What readers of committed records see: in a log with transactions that another broker has written."""

from broker.log.engine import ActiveProducer, Isolation
from broker.log.memory_files import MemoryFiles
from broker.log.partition_log import LocalPartitionLog
from broker.protocol.records.batch import BatchHeader
from broker.protocol.records.control import ControlType, write_end_txn_marker
from broker.protocol.records.record import Record
from broker.protocol.records.writer import write_batch
from tests.log.harness import HERE, KEY, NOW, append, base_offsets, batch, bytes_of, engine, headers

ONE = len(batch())


def in_transaction(count: int, *, producer_id: int) -> bytearray:
    records = [Record(index, NOW, b"key", b"value", ()) for index in range(count)]
    return write_batch(
        records, producer_id=producer_id, producer_epoch=0, base_sequence=0, is_transactional=True
    )


def marker(producer_id: int) -> bytearray:
    return write_end_txn_marker(
        ControlType.COMMIT, coordinator_epoch=3, producer_id=producer_id, producer_epoch=0, timestamp_ms=NOW
    )


def taken_over(*batches: bytearray, segment_bytes: int = 1 << 20) -> LocalPartitionLog:
    """A log of these batches, one behind the other."""
    files = MemoryFiles()
    engine(files).log.create(KEY)
    written, base_offset = bytearray(), 0
    for one in batches:
        one[:8] = base_offset.to_bytes(8, "big")
        one[12:16] = bytes(4)
        base_offset += BatchHeader.parse(one).last_offset_delta + 1
        written += one
    files.replace(f"{HERE}/{0:020}.log", written)
    log = engine(files, internal_segment_bytes=segment_bytes).partition
    assert isinstance(log, LocalPartitionLog)
    return log


def committed(log: LocalPartitionLog, offset: int, max_bytes: int = 1 << 20) -> list[int]:
    found = log.read(
        offset=offset, max_bytes=max_bytes, at_least_one_batch=True, isolation=Isolation.READ_COMMITTED
    )
    assert found.aborted_transactions == []
    return [header.base_offset for header in headers(bytes_of(found))]


def test_readers_of_committed_records_stop_where_the_first_open_transaction_begins() -> None:
    log = taken_over(batch(2), in_transaction(3, producer_id=1), in_transaction(1, producer_id=2), batch(1))
    assert (log.last_stable_offset, log.high_watermark) == (2, 7)
    assert committed(log, 0) == [0]
    assert committed(log, 1) == [0]
    assert committed(log, 2) == committed(log, 6) == []
    assert base_offsets(log) == [0, 2, 5, 6]


def test_they_stop_there_in_later_segments_too() -> None:
    log = taken_over(batch(2), in_transaction(3, producer_id=1), segment_bytes=ONE)
    append(log)
    append(log)
    assert [segment.base_offset for segment in log.storage.segments] == [0, 5, 6]
    assert committed(log, 0) == [0]
    assert committed(log, 5) == []


def test_a_transaction_that_begins_a_segment_hides_all_of_it() -> None:
    log = taken_over(batch(2), batch(2), in_transaction(1, producer_id=1))
    assert committed(log, 0, 1 << 20) == [0, 2]
    assert committed(log, 0, ONE) == [0]


def test_a_marker_lets_them_see_what_it_ended() -> None:
    log = taken_over(in_transaction(2, producer_id=1), in_transaction(1, producer_id=2), marker(1))
    assert log.last_stable_offset == 2
    assert committed(log, 0) == [0]
    log = taken_over(in_transaction(2, producer_id=1), batch(1), marker(1))
    assert log.last_stable_offset == 4
    assert committed(log, 0) == [0, 2, 3]


def test_others_are_told_of_no_aborted_transactions() -> None:
    log = taken_over(batch(2), in_transaction(3, producer_id=1))
    found = log.read(offset=0, max_bytes=100, at_least_one_batch=True)
    assert (found.aborted_transactions, found.last_stable_offset) == (None, 2)


def test_the_last_stable_offset_is_never_below_the_logs_start() -> None:
    log = taken_over(in_transaction(3, producer_id=1), batch(2))
    assert log.last_stable_offset == 0
    log.delete_records(before_offset=4)
    assert (log.last_stable_offset, log.high_watermark) == (4, 5)
    assert committed(log, 4) == []


def test_an_open_transaction_is_told_with_its_producer() -> None:
    log = taken_over(batch(2), in_transaction(3, producer_id=1))
    assert log.active_producers() == [ActiveProducer(1, 0, 2, NOW, -1, 2)]
