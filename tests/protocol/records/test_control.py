"""Transaction markers."""

import pytest
from kafka.record.default_records import DefaultRecordBatch as KafkaPythonBatch

from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.records.batch import BatchHeader, crc_is_valid
from broker.protocol.records.control import (
    ControlType,
    EndTxnMarker,
    read_end_txn_marker,
    write_end_txn_marker,
)
from broker.protocol.records.record import Record
from broker.protocol.records.writer import write_batch
from tests.protocol.records.java import java_batches


def marker(control_type: ControlType = ControlType.COMMIT) -> bytes:
    return bytes(
        write_end_txn_marker(
            control_type,
            coordinator_epoch=3,
            producer_id=5,
            producer_epoch=6,
            timestamp_ms=1234,
            base_offset=77,
            leader_epoch=2,
        )
    )


def with_record(key: bytes | None, value: bytes | None) -> bytes:
    return bytes(write_batch([Record(0, 0, key, value)], is_control=True, is_transactional=True))


@pytest.mark.parametrize("control_type", ControlType)
def test_a_marker_is_read_as_written(control_type: ControlType) -> None:
    assert read_end_txn_marker(marker(control_type)) == EndTxnMarker(control_type, 3, 77, 1234)


def test_its_header_is_that_of_a_transactional_control_batch_without_sequence() -> None:
    header = BatchHeader.parse(marker())
    assert crc_is_valid(memoryview(marker()))
    assert header.is_control
    assert header.is_transactional
    assert (header.producer_id, header.producer_epoch, header.base_sequence) == (5, 6, -1)
    assert (header.base_offset, header.record_count, header.partition_leader_epoch) == (77, 1, 2)


@pytest.mark.parametrize("control_type", ControlType)
def test_kafka_python_sees_what_it_does(control_type: ControlType) -> None:
    (record,) = KafkaPythonBatch(marker(control_type))
    assert (record.commit, record.abort) == (
        control_type is ControlType.COMMIT,
        control_type is ControlType.ABORT,
    )


def test_it_is_what_java_writes() -> None:
    java = java_batches()["marker"]
    assert read_end_txn_marker(java) == EndTxnMarker(ControlType.COMMIT, 9, 77, 1_700_000_000_000)
    assert java == write_end_txn_marker(
        ControlType.COMMIT,
        coordinator_epoch=9,
        producer_id=5,
        producer_epoch=6,
        timestamp_ms=1_700_000_000_000,
        base_offset=77,
        leader_epoch=3,
    )


def test_a_batch_whose_marker_was_compacted_away_has_none() -> None:
    empty = write_batch([], base_offset=5, last_offset=5, is_control=True, is_transactional=True)
    assert read_end_txn_marker(bytes(empty)) is None


def test_later_versions_with_more_in_them_are_read() -> None:
    batch = with_record(bytes.fromhex("0001 0000 ffff"), bytes.fromhex("0002 00000009 aaaa"))
    assert read_end_txn_marker(batch) == EndTxnMarker(ControlType.ABORT, 9, 0, 0)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (None, None),
        (b"\0\0\0", b"\0" * 6),
        (b"\0\0\0\1", b"\0" * 5),
        (b"\0\0\0\2", b"\0" * 6),
        (b"\0\0\xff\xff", b"\0" * 6),
        (b"\xff\xff\0\1", b"\0" * 6),
        (b"\0\0\0\1", b"\xff" * 6),
    ],
)
def test_anything_else_is_corrupt(key: bytes | None, value: bytes | None) -> None:
    with pytest.raises(KafkaError) as caught:
        read_end_txn_marker(with_record(key, value))
    assert caught.value.code is ErrorCode.CORRUPT_MESSAGE
