"""What may be stored: one refusal a test, in Kafka's order."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.log.engine import Origin
from broker.log.validation import ValidBatch, target_codec, validate
from broker.protocol.compression import Codec
from broker.protocol.errors import RETRIABLE, ErrorCode, KafkaError
from broker.protocol.records.batch import (
    BatchHeader,
    TimestampType,
    crc_is_valid,
    replace_header,
)
from broker.protocol.records.control import ControlType, write_end_txn_marker
from broker.protocol.records.reader import read_records
from broker.protocol.records.record import Record
from broker.protocol.records.writer import write_batch
from broker.settings.broker import BrokerSettings
from broker.settings.topic import TopicConfig

NOW = 1_700_000_000_000
HOUR = 3_600_000


def config(**overrides: Any) -> TopicConfig:
    """A topic's defaults but for these attributes, whose limits are not looked at."""
    topic = TopicConfig.effective({}, BrokerSettings.from_values({}))
    topic.__dict__.update(overrides)
    return topic


def records(count: int = 3, *, key: bytes | None = b"key", timestamp_ms: int = NOW) -> list[Record]:
    return [Record(n, timestamp_ms + n, key, b"value %d" % n) for n in range(count)]


def batch(*args: Any, **kwargs: Any) -> memoryview:
    return memoryview(write_batch(*(args or (records(),)), **kwargs))


def changed(view: memoryview, **fields: int) -> memoryview:
    """The batch with other header fields and a checksum that is right for them."""
    replace_header(view, BatchHeader.parse(view)._replace(**fields))
    return view


def check(view: memoryview, **kwargs: Any) -> ValidBatch:
    topic = kwargs.pop("config", None) or config()
    return validate(view, config=topic, now_ms=NOW, **kwargs)


def refusal(view: memoryview | bytes, **kwargs: Any) -> KafkaError:
    with pytest.raises(KafkaError) as caught:
        check(memoryview(view), **kwargs)
    return caught.value


def test_a_plain_batch_is_stored_as_it_came() -> None:
    sent = batch()
    before = bytes(sent)
    valid = check(sent)
    assert valid.batch.obj is sent.obj
    assert bytes(valid.batch) == before
    assert valid.header == BatchHeader.parse(sent)
    assert valid.log_append_time_ms == -1


def test_it_never_looks_inside_a_plain_batch() -> None:
    sent = batch()
    sent[61:] = b"\xff" * (len(sent) - 61)
    assert check(changed(sent)).header.record_count == 3


@pytest.mark.parametrize("size", [0, 1, 16, 17, 60, 61])
def test_no_complete_batch_is_invalid(size: int) -> None:
    assert refusal(batch()[:size]).code is ErrorCode.INVALID_RECORD


def test_two_batches_are_invalid() -> None:
    assert refusal(bytes(batch()) + bytes(batch())).code is ErrorCode.INVALID_RECORD


def test_an_incomplete_second_batch_is_cut_off() -> None:
    one = bytes(batch())
    valid = check(memoryview(bytearray(one + one[:-1])))
    assert bytes(valid.batch) == one


@pytest.mark.parametrize("magic", [0, 1])
def test_older_formats_are_invalid(magic: int) -> None:
    sent = batch()
    sent[16] = magic
    assert refusal(sent).code is ErrorCode.INVALID_RECORD


@pytest.mark.parametrize("magic", [3, 127, 255])
def test_unknown_formats_are_corrupt(magic: int) -> None:
    sent = batch()
    sent[16] = magic
    assert refusal(sent).code is ErrorCode.CORRUPT_MESSAGE


@pytest.mark.parametrize("length", [-1, 0, 13, 14, 48])
def test_a_length_below_the_headers_is_corrupt(length: int) -> None:
    sent = batch()
    sent[8:12] = length.to_bytes(4, "big", signed=True)
    assert refusal(sent).code is ErrorCode.CORRUPT_MESSAGE


@pytest.mark.parametrize("number", [5, 6, 7])
def test_an_unknown_codec_is_refused(number: int) -> None:
    assert refusal(changed(batch(), attributes=number)).code is ErrorCode.UNSUPPORTED_COMPRESSION_TYPE


def test_a_producers_base_offset_is_zero() -> None:
    sent = [record._replace(offset=record.offset + 5) for record in records()]
    view = batch(sent, base_offset=5)
    assert refusal(view).code is ErrorCode.INVALID_RECORD
    assert check(view, origin=Origin.COORDINATOR).header.base_offset == 5


def test_max_message_bytes_is_exact() -> None:
    sent = batch()
    assert check(sent, config=config(max_message_bytes=len(sent)))
    assert refusal(sent, config=config(max_message_bytes=len(sent) - 1)).code is ErrorCode.MESSAGE_TOO_LARGE


def test_size_is_judged_before_the_checksum() -> None:
    sent = batch()
    sent[-1] ^= 1
    assert refusal(sent, config=config(max_message_bytes=10)).code is ErrorCode.MESSAGE_TOO_LARGE


@pytest.mark.parametrize("position", [17, 21, 30, 60, 61, -1])
def test_a_changed_byte_is_corrupt(position: int) -> None:
    sent = batch()
    sent[position] ^= 1
    assert refusal(sent).code is ErrorCode.CORRUPT_MESSAGE


@pytest.mark.parametrize("position", [12, 15])
def test_the_leader_epoch_is_not_checked(position: int) -> None:
    sent = batch()
    sent[position] ^= 1
    assert check(sent)


@pytest.mark.parametrize(
    "fields",
    [
        {"record_count": 0, "last_offset_delta": -1},
        {"record_count": -1},
        {"record_count": 2},
        {"last_offset_delta": 3},
        {"last_offset_delta": -5},
    ],
)
def test_offsets_must_fit_the_count(fields: dict[str, int]) -> None:
    assert refusal(changed(batch(), **fields)).code is ErrorCode.INVALID_RECORD


def test_clients_write_no_control_batches() -> None:
    marker = memoryview(
        write_end_txn_marker(
            ControlType.COMMIT, coordinator_epoch=0, producer_id=1, producer_epoch=0, timestamp_ms=NOW
        )
    )
    assert refusal(marker, transactions_allowed=True).code is ErrorCode.INVALID_RECORD
    assert check(marker, origin=Origin.COORDINATOR, transactions_allowed=True).header.is_control


def test_a_producer_id_needs_a_sequence() -> None:
    assert refusal(batch(producer_id=1, producer_epoch=0)).code is ErrorCode.INVALID_RECORD
    assert check(batch(producer_id=1, producer_epoch=0, base_sequence=0))


def test_transactions_are_refused_for_good_until_they_are_allowed() -> None:
    options: dict[str, Any] = {
        "producer_id": 1,
        "producer_epoch": 0,
        "base_sequence": 0,
        "is_transactional": True,
    }
    error = refusal(batch(**options))
    assert error.code is ErrorCode.INVALID_TXN_STATE
    assert error.code not in RETRIABLE
    assert check(batch(**options), transactions_allowed=True).header.is_transactional


@pytest.mark.parametrize("codec", Codec)
@pytest.mark.parametrize("policy", [["compact"], ["compact", "delete"]])
def test_a_compacted_topic_names_the_records_without_key(codec: Codec, policy: list[str]) -> None:
    sent = [*records(2), Record(2, NOW, None, b""), Record(3, NOW, b"", b""), Record(4, NOW, None, None)]
    error = refusal(batch(sent, codec=codec), config=config(cleanup_policy=policy))
    assert error.code is ErrorCode.INVALID_RECORD
    assert [index for index, _ in error.record_errors] == [2, 4]


def test_a_compacted_topic_takes_records_with_keys() -> None:
    sent = batch(codec=Codec.LZ4)
    before = bytes(sent)
    assert bytes(check(sent, config=config(cleanup_policy=["compact"])).batch) == before


@pytest.mark.parametrize("codec", [Codec.NONE, Codec.GZIP])
def test_damaged_records_of_a_compacted_topic_are_not_worth_sending_again(codec: Codec) -> None:
    sent = batch(codec=codec)
    sent[-1] ^= 0x55
    sent[-6] ^= 0x55
    error = refusal(changed(sent), config=config(cleanup_policy=["compact"]))
    assert error.code is ErrorCode.INVALID_RECORD
    assert error.code not in RETRIABLE


def test_a_timestamp_too_far_ahead_is_refused_by_record() -> None:
    sent = [Record(0, NOW, b"", b""), Record(1, NOW + HOUR, b"", b""), Record(2, NOW + HOUR + 1, b"", b"")]
    error = refusal(batch(sent))
    assert error.code is ErrorCode.INVALID_TIMESTAMP
    assert [index for index, _ in error.record_errors] == [2]


def test_a_timestamp_too_far_back_is_refused_by_record() -> None:
    sent = [Record(0, NOW - 1001, b"", b""), Record(1, NOW - 1000, b"", b"")]
    error = refusal(batch(sent), config=config(message_timestamp_before_max_ms=1000))
    assert error.code is ErrorCode.INVALID_TIMESTAMP
    assert [index for index, _ in error.record_errors] == [0]


def test_records_without_timestamp_have_no_limits() -> None:
    sent = batch(records(1, timestamp_ms=-1))
    assert check(sent, config=config(message_timestamp_before_max_ms=1000))


def test_a_header_within_the_limits_is_trusted() -> None:
    sent = changed(batch(records(1, timestamp_ms=NOW + 2 * HOUR)), base_timestamp=NOW, max_timestamp=NOW)
    assert check(sent).header.max_timestamp == NOW


def test_a_header_that_exaggerates_is_put_right() -> None:
    sent = changed(batch(), max_timestamp=NOW + 5 * HOUR)
    valid = check(sent)
    assert valid.header.max_timestamp == NOW + 2
    assert valid.header == BatchHeader.parse(valid.batch)
    assert crc_is_valid(valid.batch)


@pytest.mark.parametrize(("kind", "time"), [("CreateTime", -1), ("LogAppendTime", NOW)])
def test_a_producer_may_not_claim_log_append_time(kind: str, time: int) -> None:
    sent = batch(timestamp_type=TimestampType.LOG_APPEND_TIME, log_append_time_ms=time)
    error = refusal(sent, config=config(message_timestamp_type=kind))
    assert error.code is ErrorCode.INVALID_TIMESTAMP
    assert len(error.record_errors) == 3


def test_where_records_keep_their_times_a_claim_of_log_append_time_is_taken_away() -> None:
    valid = check(batch(timestamp_type=TimestampType.LOG_APPEND_TIME, log_append_time_ms=NOW))
    assert valid.header.timestamp_type is TimestampType.CREATE_TIME
    assert valid.header == BatchHeader.parse(valid.batch)
    assert crc_is_valid(valid.batch)
    assert valid.header.max_timestamp == NOW


@pytest.mark.parametrize("codec", Codec)
def test_log_append_time_is_stamped_with_a_new_checksum(codec: Codec) -> None:
    sent = batch(records(timestamp_ms=5), codec=codec)
    valid = check(sent, config=config(message_timestamp_type="LogAppendTime"))
    assert valid.log_append_time_ms == NOW
    assert valid.header.timestamp_type is TimestampType.LOG_APPEND_TIME
    assert crc_is_valid(valid.batch)
    assert valid.header == BatchHeader.parse(valid.batch)
    assert {record.timestamp_ms for record in read_records(valid.batch, max_bytes=1000)} == {NOW}


def test_log_append_time_asks_for_no_sensible_timestamp() -> None:
    sent = batch(records(timestamp_ms=NOW + 5 * HOUR))
    assert check(sent, config=config(message_timestamp_type="LogAppendTime"))


@pytest.mark.parametrize("source", Codec)
@pytest.mark.parametrize("target", ["uncompressed", "gzip", "snappy", "lz4", "zstd"])
def test_the_topics_codec_replaces_the_producers(source: Codec, target: str) -> None:
    sent = batch(codec=source, producer_id=7, producer_epoch=1, base_sequence=4)
    valid = check(sent, config=config(compression_type=target))
    assert valid.header.codec is target_codec(config(compression_type=target))
    assert valid.header._replace(batch_length=0, crc=0, attributes=0) == BatchHeader.parse(sent)._replace(
        batch_length=0, crc=0, attributes=0
    )
    assert crc_is_valid(valid.batch)
    assert list(read_records(valid.batch, max_bytes=1000)) == records()
    assert (valid.batch.obj is sent.obj) == (source is valid.header.codec)


def test_compression_levels_are_the_topics() -> None:
    sent = [Record(n, NOW, b"%d" % (n * n), b"%x" % (n**5)) for n in range(2000)]
    sizes = [
        len(check(batch(sent), config=config(compression_type="gzip", compression_gzip_level=level)).batch)
        for level in (1, 9)
    ]
    assert sizes[1] < sizes[0]


def test_a_batch_that_grows_too_large_when_recompressed_is_refused() -> None:
    sent = batch([Record(0, NOW, b"", bytes(100_000))], codec=Codec.GZIP)
    topic = config(compression_type="uncompressed", max_message_bytes=10_000)
    assert refusal(sent, config=topic).code is ErrorCode.MESSAGE_TOO_LARGE


def test_a_bomb_is_refused_before_it_unfolds() -> None:
    sent = batch([Record(0, NOW, b"", bytes(10_000_000))], codec=Codec.GZIP)
    for topic in (config(cleanup_policy=["compact"]), config(compression_type="zstd")):
        error = refusal(sent[:], config=topic, max_unfolded_bytes=1_000_000)
        assert error.code is ErrorCode.MESSAGE_TOO_LARGE


def test_a_control_batch_is_not_compressed() -> None:
    marker = memoryview(
        write_end_txn_marker(
            ControlType.ABORT, coordinator_epoch=0, producer_id=1, producer_epoch=0, timestamp_ms=NOW
        )
    )
    topic = config(compression_type="zstd", cleanup_policy=["compact"])
    valid = check(marker, origin=Origin.COORDINATOR, transactions_allowed=True, config=topic)
    assert valid.header.codec is Codec.NONE


def test_what_does_not_fit_a_segment_is_refused() -> None:
    sent = batch()
    assert check(sent, config=config(segment_bytes=len(sent)))
    assert refusal(sent, config=config(segment_bytes=len(sent) - 1)).code is ErrorCode.RECORD_LIST_TOO_LARGE


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_random_bytes_only_ever_raise_kafka_errors(data: bytes) -> None:
    with pytest.raises(KafkaError):
        check(memoryview(bytearray(data)))


@given(
    st.integers(0, 400),
    st.integers(0, 255),
    st.sampled_from(Codec),
    st.sampled_from(["producer", "lz4", "uncompressed"]),
    st.sampled_from([["delete"], ["compact"]]),
)
@settings(max_examples=400, deadline=None)
def test_damage_under_a_right_checksum_only_ever_raises_kafka_errors(
    position: int, value: int, codec: Codec, compression: str, policy: list[str]
) -> None:
    sent = batch(codec=codec)
    sent[position % (len(sent) - 21) + 21] = value
    replace_header(sent, BatchHeader.parse(sent))
    topic = config(compression_type=compression, cleanup_policy=policy)
    found: ErrorCode | None = None
    try:
        assert crc_is_valid(check(sent, config=topic).batch)
    except KafkaError as error:
        found = error.code
    assert found is not ErrorCode.CORRUPT_MESSAGE
