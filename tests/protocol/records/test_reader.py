"""Reading records: batches by the stock clients' own builders, and whatever bytes there are."""

from typing import Any

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder as AiokafkaBuilder
from hypothesis import given, settings
from hypothesis import strategies as st
from kafka.record.default_records import DefaultRecordBatchBuilder as KafkaPythonBuilder

from broker.protocol.compression import Codec
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.records.batch import BatchHeader, crc_is_valid, replace_header
from broker.protocol.records.reader import iterate_records, read_records
from broker.protocol.records.record import Record
from broker.protocol.records.writer import encode_integer, encode_records, write_batch
from tests.protocol.records.java import RECORDS, java_batch
from tests.protocol.records.strategies import NOW, records
from tests.protocol.records.test_writer import WITHOUT_SNAPPY

ONE = [Record(0, NOW, b"key", b"value", (("name", b"text"),))]


def built_by(builder: Any, sent: list[Record], codec: Codec) -> memoryview:
    made = builder(
        magic=2,
        compression_type=int(codec),
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=1 << 20,
    )
    for record in sent:
        assert made.append(
            record.offset, record.timestamp_ms, record.key, record.value, headers=list(record.headers)
        )
    return memoryview(bytes(made.build()))


def with_body(body: bytes, *, count: int = 1, **fields: int) -> memoryview:
    """A batch of these bytes with a right length and checksum."""
    batch = memoryview(bytearray(write_batch(ONE)[:61] + body))
    header = BatchHeader.parse(batch)
    replace_header(batch, header._replace(batch_length=len(batch) - 12, record_count=count, **fields))
    return batch


def record_bytes(*, length: int | None = None, **parts: bytes) -> bytes:
    """A record made of its parts, each replaceable."""
    fields = {
        "attributes": b"\0",
        "timestamp": b"\0",
        "offset": b"\0",
        "key_size": encode_integer(1),
        "key": b"k",
        "value_size": encode_integer(1),
        "value": b"v",
        "headers": b"\0",
    } | parts
    body = b"".join(fields.values())
    return encode_integer(len(body) if length is None else length) + body


def refusal(batch: memoryview, *, max_bytes: int = 1 << 20) -> ErrorCode:
    with pytest.raises(KafkaError) as caught:
        list(read_records(batch, max_bytes=max_bytes))
    return caught.value.code


@given(records(min_size=1), st.sampled_from(WITHOUT_SNAPPY))
def test_it_reads_what_kafka_python_builds(sent: list[Record], codec: Codec) -> None:
    assert list(read_records(built_by(KafkaPythonBuilder, sent, codec), max_bytes=1 << 20)) == sent


@given(records(min_size=1), st.sampled_from(Codec))
def test_it_reads_what_aiokafka_builds(sent: list[Record], codec: Codec) -> None:
    stamped = [record._replace(timestamp_ms=max(record.timestamp_ms, 0)) for record in sent]
    assert list(read_records(built_by(AiokafkaBuilder, stamped, codec), max_bytes=1 << 20)) == stamped


@pytest.mark.parametrize("codec", Codec)
def test_it_reads_what_java_builds(codec: Codec) -> None:
    batch = memoryview(java_batch(codec))
    assert BatchHeader.parse(batch).codec is codec
    assert crc_is_valid(batch)
    assert list(read_records(batch, max_bytes=1000)) == RECORDS


def test_the_parts_make_a_record() -> None:
    assert list(read_records(with_body(record_bytes()), max_bytes=100)) == [Record(0, NOW, b"k", b"v")]


def test_it_gives_the_records_before_the_fault() -> None:
    batch = with_body(record_bytes() + record_bytes(offset=b"\2") + b"\xff", count=3)
    found = read_records(batch, max_bytes=100)
    assert [next(found).offset, next(found).offset] == [0, 1]
    with pytest.raises(KafkaError):
        next(found)


@pytest.mark.parametrize("size", range(61, 61 + len(encode_records(ONE, base_offset=0, base_timestamp=NOW))))
def test_a_batch_cut_anywhere_is_corrupt(size: int) -> None:
    whole = memoryview(write_batch(ONE))
    assert refusal(whole[:size]) is ErrorCode.CORRUPT_MESSAGE
    assert refusal(with_body(bytes(whole[61:size]))) is ErrorCode.CORRUPT_MESSAGE


@pytest.mark.parametrize(
    "body",
    [
        record_bytes() + b"\0",
        record_bytes(length=-5),
        record_bytes(length=5),
        record_bytes(length=9),
        record_bytes(length=2**31 - 1),
        record_bytes(key_size=encode_integer(100)),
        record_bytes(key_size=encode_integer(2**31 - 1)),
        record_bytes(value_size=encode_integer(2)),
        record_bytes(value_size=encode_integer(-(2**31)), value=b"v"),
        record_bytes(headers=encode_integer(-1)),
        record_bytes(headers=encode_integer(1)),
        record_bytes(headers=encode_integer(2**31 - 1)),
        record_bytes(headers=encode_integer(1) + encode_integer(-1) + encode_integer(0)),
        record_bytes(headers=encode_integer(1) + encode_integer(99) + encode_integer(0)),
        record_bytes(headers=encode_integer(1) + encode_integer(0) + encode_integer(99)),
        record_bytes(headers=encode_integer(2) + encode_integer(0) + encode_integer(0)),
        record_bytes(timestamp=b"\xff" * 10 + b"\0"),
        record_bytes(offset=b"\xff" * 5 + b"\0"),
        b"\xff" * 5 + b"\0" + record_bytes(),
        b"",
    ],
)
def test_lengths_and_counts_that_do_not_fit_are_corrupt(body: bytes) -> None:
    assert refusal(with_body(body)) is ErrorCode.CORRUPT_MESSAGE


def test_a_header_may_not_reach_into_the_next_record() -> None:
    greedy = record_bytes(headers=encode_integer(1) + encode_integer(0) + encode_integer(5))
    assert refusal(with_body(greedy + record_bytes(), count=2)) is ErrorCode.CORRUPT_MESSAGE


@pytest.mark.parametrize("count", [-1, -(2**31), 2, 2**31 - 1])
def test_a_record_count_that_does_not_fit_is_corrupt(count: int) -> None:
    assert refusal(with_body(record_bytes(), count=count)) is ErrorCode.CORRUPT_MESSAGE


def test_more_records_than_announced_are_corrupt() -> None:
    assert refusal(with_body(record_bytes() * 2)) is ErrorCode.CORRUPT_MESSAGE


@pytest.mark.parametrize("length", [-1, 0, 48, 1000])
def test_a_batch_length_that_does_not_fit_is_corrupt(length: int) -> None:
    batch = with_body(record_bytes())
    batch[8:12] = length.to_bytes(4, "big", signed=True)
    assert refusal(batch) is ErrorCode.CORRUPT_MESSAGE


@pytest.mark.parametrize("base_offset", [-1, 2**63 - 1])
def test_a_base_offset_that_cannot_be_is_corrupt(base_offset: int) -> None:
    assert refusal(with_body(record_bytes(), base_offset=base_offset)) is ErrorCode.CORRUPT_MESSAGE


def test_any_negative_size_is_null_as_in_kafka() -> None:
    body = record_bytes(key_size=encode_integer(-7), key=b"", value_size=encode_integer(-(2**31)), value=b"")
    assert list(read_records(with_body(body), max_bytes=100)) == [Record(0, NOW, None, None)]


@pytest.mark.parametrize(
    ("base", "delta", "timestamp"),
    [(2**63 - 1, 1, -(2**63)), (NOW, 2**63 - 1, NOW - 2**63 - 1), (-(2**63), -1, 2**63 - 1)],
)
def test_timestamps_wrap_at_64_bits(base: int, delta: int, timestamp: int) -> None:
    batch = with_body(record_bytes(timestamp=encode_integer(delta)), base_timestamp=base)
    assert next(read_records(batch, max_bytes=100)).timestamp_ms == timestamp


def test_an_integer_may_be_longer_than_it_needs_to_be() -> None:
    body = record_bytes(timestamp=b"\x82\x80\x80\x00", offset=b"\x84\x80\x00")
    assert list(read_records(with_body(body), max_bytes=100)) == [Record(2, NOW + 1, b"k", b"v")]


@pytest.mark.parametrize("codec", [codec for codec in Codec if codec])
def test_the_bound_holds_for_compressed_records(codec: Codec) -> None:
    batch = memoryview(write_batch([Record(0, NOW, None, bytes(100_000))], codec=codec))
    assert refusal(batch, max_bytes=100_000) is ErrorCode.MESSAGE_TOO_LARGE
    assert len(list(read_records(batch, max_bytes=100_020))) == 1


@given(st.binary(max_size=200), st.integers(-3, 5))
@settings(max_examples=500)
def test_random_bytes_give_records_or_corruption(body: bytes, count: int) -> None:
    header = BatchHeader.parse(write_batch(ONE))._replace(record_count=count)
    try:
        list(iterate_records(body, header))
    except KafkaError as error:
        assert error.code is ErrorCode.CORRUPT_MESSAGE  # noqa: PT017


@given(records(min_size=1), st.sampled_from(Codec), st.data())
@settings(max_examples=500, deadline=None)
def test_damaged_batches_give_records_or_corruption(
    sent: list[Record], codec: Codec, data: st.DataObject
) -> None:
    batch = write_batch(sent, codec=codec)
    for _ in range(data.draw(st.integers(1, 4))):
        batch[data.draw(st.integers(0, len(batch) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(batch)) | st.just(len(batch)))
    try:
        list(read_records(memoryview(batch)[:cut], max_bytes=1 << 20))
    except KafkaError as error:
        assert error.code in {ErrorCode.CORRUPT_MESSAGE, ErrorCode.MESSAGE_TOO_LARGE}  # noqa: PT017
