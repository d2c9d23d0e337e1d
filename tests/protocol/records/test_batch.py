"""The header of a batch: reading, patching, checking and walking."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.protocol.compression import Codec
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.records.batch import (
    HEADER_SIZE,
    MAX_SEQUENCE,
    BatchHeader,
    TimestampType,
    crc_is_valid,
    increment_sequence,
    iterate_headers,
    patch,
    replace_header,
    stamp_log_append_time,
)
from broker.protocol.records.reader import read_records
from broker.protocol.records.record import Record
from broker.protocol.records.writer import write_batch

RECORDS = [Record(n, 1000 + n, b"k", b"v") for n in range(3)]


def written(**options: object) -> memoryview:
    return memoryview(write_batch(RECORDS, **options))  # type: ignore[arg-type]


def header(**fields: int) -> BatchHeader:
    return BatchHeader.parse(written())._replace(**fields)


def test_a_header_is_read_field_by_field() -> None:
    batch = written(producer_id=5, producer_epoch=6, base_sequence=7, leader_epoch=8)
    parsed = BatchHeader.parse(batch)
    assert parsed._replace(crc=0) == BatchHeader(
        base_offset=0,
        batch_length=len(batch) - 12,
        partition_leader_epoch=8,
        magic=2,
        crc=0,
        attributes=0,
        last_offset_delta=2,
        base_timestamp=1000,
        max_timestamp=1002,
        producer_id=5,
        producer_epoch=6,
        base_sequence=7,
        record_count=3,
    )
    assert parsed.size_bytes == len(batch)
    assert parsed.has_producer_id


def test_offsets_follow_from_the_base() -> None:
    assert (header(base_offset=40).last_offset, header(base_offset=40).next_offset) == (42, 43)


@pytest.mark.parametrize(
    ("base", "delta", "last"),
    [(0, 0, 0), (5, 4, 9), (MAX_SEQUENCE, 0, MAX_SEQUENCE), (MAX_SEQUENCE, 1, 0), (MAX_SEQUENCE - 1, 4, 2)],
)
def test_the_last_sequence_wraps(base: int, delta: int, last: int) -> None:
    assert header(base_sequence=base, last_offset_delta=delta).last_sequence == last
    assert increment_sequence(base, delta) == last


def test_without_a_sequence_there_is_no_last_one() -> None:
    assert header(base_sequence=-1, last_offset_delta=9).last_sequence == -1


def test_attributes_are_read_bit_by_bit() -> None:
    plain = header(attributes=0)
    assert (plain.codec, plain.timestamp_type) == (Codec.NONE, TimestampType.CREATE_TIME)
    assert (plain.is_transactional, plain.is_control, plain.delete_horizon_ms) == (False, False, None)
    full = header(attributes=0x7C, base_timestamp=99)
    assert (full.codec, full.timestamp_type) == (Codec.ZSTD, TimestampType.LOG_APPEND_TIME)
    assert (full.is_transactional, full.is_control, full.delete_horizon_ms) == (True, True, 99)


@pytest.mark.parametrize("number", [5, 6, 7])
def test_an_unknown_codec_is_corrupt(number: int) -> None:
    with pytest.raises(KafkaError) as caught:
        _ = header(attributes=number).codec
    assert caught.value.code is ErrorCode.CORRUPT_MESSAGE


@pytest.mark.parametrize("size", [0, 12, 60])
def test_a_header_that_is_cut_off_is_corrupt(size: int) -> None:
    with pytest.raises(KafkaError) as caught:
        BatchHeader.parse(written()[:size])
    assert caught.value.code is ErrorCode.CORRUPT_MESSAGE


def test_base_offset_and_leader_epoch_are_outside_the_checksum() -> None:
    batch = written()
    patch(batch, base_offset=2**40, leader_epoch=77)
    parsed = BatchHeader.parse(batch)
    assert (parsed.base_offset, parsed.partition_leader_epoch) == (2**40, 77)
    assert crc_is_valid(batch)


def test_a_stamp_sets_type_time_and_checksum_and_nothing_else() -> None:
    batch = written(codec=Codec.GZIP)
    before = BatchHeader.parse(batch)
    stamped = stamp_log_append_time(batch, 5_000)
    assert stamped == BatchHeader.parse(batch)
    assert stamped == before._replace(attributes=before.attributes | 8, max_timestamp=5_000, crc=stamped.crc)
    assert crc_is_valid(batch)
    assert {record.timestamp_ms for record in read_records(batch, max_bytes=1000)} == {5_000}


def test_a_header_is_replaced_with_a_right_checksum() -> None:
    batch = written()
    replaced = replace_header(batch, BatchHeader.parse(batch)._replace(producer_id=123))
    assert BatchHeader.parse(batch) == replaced
    assert crc_is_valid(batch)


def test_what_follows_the_batch_does_not_count() -> None:
    batch = bytes(written())
    assert crc_is_valid(memoryview(batch + b"next"))


@given(st.data())
def test_any_changed_byte_under_the_checksum_is_noticed(data: st.DataObject) -> None:
    batch = written()
    position = data.draw(st.integers(17, len(batch) - 1))
    batch[position] ^= data.draw(st.integers(1, 255))
    assert not crc_is_valid(batch)


@pytest.mark.parametrize("size", [0, 60, 61, 70])
def test_a_batch_that_is_cut_off_has_no_valid_checksum(size: int) -> None:
    assert not crc_is_valid(written()[:size])


@pytest.mark.parametrize("length", [-(2**31), -1, 0, 48, 2**31 - 1])
def test_a_length_that_cannot_be_has_no_valid_checksum(length: int) -> None:
    batch = written()
    batch[8:12] = length.to_bytes(4, "big", signed=True)
    assert not crc_is_valid(batch)


def test_batches_are_walked_up_to_an_incomplete_one() -> None:
    one, two = written(), memoryview(write_batch([Record(3, 0, None, b"x" * 50)], base_offset=3))
    stream = memoryview(bytes(one) + bytes(two))
    assert [(position, found.base_offset) for position, found in iterate_headers(stream)] == [
        (0, 0),
        (len(one), 3),
    ]
    assert len(list(iterate_headers(stream[:-1]))) == 1
    assert len(list(iterate_headers(stream[: len(one) + HEADER_SIZE - 1]))) == 1


@pytest.mark.parametrize(("position", "value"), [(16, 1), (16, 3), (8, 255), (11, 3)])
def test_walking_stops_at_what_is_no_batch(position: int, value: int) -> None:
    batch = written()
    batch[position] = value
    with pytest.raises(KafkaError) as caught:
        list(iterate_headers(batch))
    assert caught.value.code is ErrorCode.CORRUPT_MESSAGE


@given(st.binary(max_size=300))
def test_walking_random_bytes_only_ever_finds_corruption(data: bytes) -> None:
    try:
        for position, found in iterate_headers(memoryview(data)):
            assert position + found.size_bytes <= len(data)
    except KafkaError as error:
        assert error.code is ErrorCode.CORRUPT_MESSAGE  # noqa: PT017
