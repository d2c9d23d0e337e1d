"""Batches that Kawa writes: read back, and read by the stock clients' own readers."""

from typing import Any

import pytest
from aiokafka.record.default_records import DefaultRecordBatch as AiokafkaBatch
from hypothesis import given
from hypothesis import strategies as st
from kafka.record.default_records import DefaultRecordBatch as KafkaPythonBatch

from broker.protocol.compression import Codec
from broker.protocol.records.batch import BatchHeader, TimestampType, crc_is_valid
from broker.protocol.records.reader import read_records
from broker.protocol.records.record import Record
from broker.protocol.records.writer import encode_integer, write_batch
from tests.protocol.records.java import RECORDS, java_batch
from tests.protocol.records.strategies import records

WITHOUT_SNAPPY = [codec for codec in Codec if codec is not Codec.SNAPPY]
"""kafka-python wants a library for snappy that is not installed; aiokafka reads snappy."""


def as_seen_by(reader: Any, batch: bytes) -> list[Record]:
    read = reader(batch)
    assert read.validate_crc()
    return [
        Record(one.offset, one.timestamp, one.key, one.value, tuple(map(tuple, one.headers))) for one in read
    ]


@given(records(), st.sampled_from(Codec))
def test_what_is_written_is_read(written: list[Record], codec: Codec) -> None:
    batch = memoryview(write_batch(written, codec=codec))
    assert crc_is_valid(batch)
    assert list(read_records(batch, max_bytes=1 << 20)) == written


@given(records(min_size=1), st.sampled_from(WITHOUT_SNAPPY))
def test_kafka_python_reads_it(written: list[Record], codec: Codec) -> None:
    assert as_seen_by(KafkaPythonBatch, bytes(write_batch(written, codec=codec))) == written


@given(records(min_size=1), st.sampled_from(Codec))
def test_aiokafka_reads_it(written: list[Record], codec: Codec) -> None:
    assert as_seen_by(AiokafkaBatch, bytes(write_batch(written, codec=codec))) == written


@pytest.mark.parametrize("codec", [Codec.NONE, Codec.SNAPPY, Codec.LZ4])
def test_it_writes_what_java_writes(codec: Codec) -> None:
    """gzip and zstd differ by library: in a header byte, and in whether the size is told."""
    assert bytes(write_batch(RECORDS, codec=codec)) == java_batch(codec)


def test_offsets_are_stored_relative_to_the_base() -> None:
    written = [Record(100, 5, None, b"a"), Record(107, 5, None, b"b")]
    batch = write_batch(written, base_offset=95)
    header = BatchHeader.parse(batch)
    assert (header.base_offset, header.last_offset, header.record_count) == (95, 107, 2)
    assert list(read_records(memoryview(batch), max_bytes=1000)) == written


def test_a_batch_can_keep_the_range_it_had_before_compaction() -> None:
    header = BatchHeader.parse(write_batch([Record(3, 5, b"k", b"v")], base_offset=0, last_offset=9))
    assert (header.last_offset, header.record_count) == (9, 1)
    empty = write_batch([], base_offset=20, last_offset=29)
    assert BatchHeader.parse(empty).last_offset == 29
    assert list(read_records(memoryview(empty), max_bytes=1000)) == []


def test_timestamps_count_from_the_first_and_the_greatest_is_in_the_header() -> None:
    header = BatchHeader.parse(write_batch([Record(n, t, None, b"") for n, t in enumerate([50, 90, 20])]))
    assert (header.base_timestamp, header.max_timestamp) == (50, 90)


def test_log_append_time_is_every_records_time() -> None:
    batch = write_batch(
        [Record(0, 5, None, b"a")], timestamp_type=TimestampType.LOG_APPEND_TIME, log_append_time_ms=777
    )
    assert [record.timestamp_ms for record in read_records(memoryview(batch), max_bytes=100)] == [777]
    assert as_seen_by(KafkaPythonBatch, bytes(batch))[0].timestamp_ms == 777


def test_a_delete_horizon_takes_the_place_of_the_base_timestamp() -> None:
    written = [Record(0, 5_000, b"k", None)]
    batch = memoryview(write_batch(written, delete_horizon_ms=9_000))
    assert BatchHeader.parse(batch).delete_horizon_ms == 9_000
    assert list(read_records(batch, max_bytes=100)) == written


def test_producer_state_and_flags_stand_in_the_header() -> None:
    header = BatchHeader.parse(
        write_batch(
            [Record(0, 5, None, b"")],
            producer_id=2**40,
            producer_epoch=9,
            base_sequence=77,
            is_transactional=True,
            is_control=True,
            leader_epoch=4,
        )
    )
    assert (header.producer_id, header.producer_epoch, header.base_sequence) == (2**40, 9, 77)
    assert (header.is_transactional, header.is_control, header.partition_leader_epoch) == (True, True, 4)


def test_header_keys_that_are_no_text_keep_their_bytes() -> None:
    written = [Record(0, 5, None, None, (("caf\udce9", b"\xff"), ("", None), ("", b"")))]
    assert list(read_records(memoryview(write_batch(written)), max_bytes=100)) == written


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (0, "00"),
        (-1, "01"),
        (1, "02"),
        (63, "7e"),
        (-64, "7f"),
        (64, "8001"),
        (-8192, "ff7f"),
        (8192, "808001"),
        (2**31 - 1, "feffffff0f"),
        (-(2**31), "ffffffff0f"),
        (2**63 - 1, "feffffffffffffffff01"),
        (-(2**63), "ffffffffffffffffff01"),
    ],
)
def test_integers_are_zigzag_in_groups_of_seven_bits(value: int, encoded: str) -> None:
    assert encode_integer(value).hex() == encoded
