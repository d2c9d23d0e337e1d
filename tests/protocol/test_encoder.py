"""What the compiled encoders put on the wire, and what they leave alone."""

import pytest

from broker.protocol.codec import decode, encode
from broker.protocol.messages.api_versions import ApiVersionsResponse, FinalizedFeatureKey
from broker.protocol.messages.consumer_group_heartbeat import ConsumerGroupHeartbeatResponse
from broker.protocol.messages.describe_log_dirs import DescribableLogDirTopic, DescribeLogDirsRequest
from broker.protocol.messages.fetch import (
    FetchableTopicResponse,
    FetchResponse,
    LeaderIdAndEpoch,
    PartitionData,
)
from broker.protocol.messages.metadata import MetadataRequest, MetadataRequestTopic
from broker.protocol.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from broker.protocol.messages.sync_group import SyncGroupResponse
from tests.protocol.message_values import joined


class Range:
    """Bytes that are in a file, as far as an encoder can see."""

    def __init__(self, nbytes: int) -> None:
        self.nbytes = nbytes


def fetch_response(*records: object) -> FetchResponse:
    partitions = [
        PartitionData(
            partition_index=index, error_code=0, high_watermark=9, aborted_transactions=None, records=chunks
        )
        for index, chunks in enumerate(records)
    ]
    return FetchResponse(error_code=0, responses=[FetchableTopicResponse(topic="t", partitions=partitions)])


@pytest.mark.parametrize("version", [4, 12, 17])
def test_chunks_of_records_are_passed_on_as_they_are(version: int) -> None:
    first, second, third = memoryview(b"abc"), Range(200), Range(70_000)
    buffers = encode(fetch_response([first, second], [third]), version)
    assert len(buffers) == 6 - (version == 4)  # nothing comes behind the last chunk
    assert (buffers[1], buffers[2], buffers[4]) == (first, second, third)
    assert buffers[2] is second


@pytest.mark.parametrize("version", [4, 12, 17])
def test_the_length_before_chunks_is_their_sum(version: int) -> None:
    chunked = [memoryview(b"ab"), memoryview(b"c" * 300)]
    assert joined(encode(fetch_response(chunked), version)) == joined(
        encode(fetch_response(b"ab" + b"c" * 300), version)
    )


@pytest.mark.parametrize("records", [b"abc", bytearray(b"abc"), memoryview(b"abc")])
def test_records_in_one_piece_are_not_copied_either(records: object) -> None:
    buffers = encode(fetch_response(records), 12)
    assert buffers[1] is records


@pytest.mark.parametrize("version", [4, 12])
def test_without_records_there_is_one_buffer(version: int) -> None:
    empty, null = encode(fetch_response([], b""), version), encode(fetch_response(None, None), version)
    assert (len(empty), len(null)) == (1, 1)
    assert empty != null
    assert len(encode(MetadataRequest(topics=None), version)) == 1


def test_records_at_the_end_are_the_last_buffer() -> None:
    data = [PartitionProduceData(index=0, records=b"abc")]
    request = ProduceRequest(
        acks=1, timeout_ms=5, topic_data=[TopicProduceData(name="t", partition_data=data)]
    )
    assert len(encode(request, 3)) == 2
    assert len(encode(request, 9)) == 3


def test_lengths_are_compact_from_the_first_flexible_version_on() -> None:
    request = MetadataRequest(topics=[MetadataRequestTopic(name="ab")])
    assert joined(encode(request, 8)).hex(" ") == "00 00 00 01 00 02 61 62 01 00 00"
    assert joined(encode(request, 9)).hex(" ") == "02 03 61 62 00 01 00 00 00"


@pytest.mark.parametrize("size", [0, 126, 127, 128, 16_382, 16_383, 40_000])
def test_long_strings_have_longer_lengths(size: int) -> None:
    request = MetadataRequest(topics=[MetadataRequestTopic(name="x" * size)])
    assert decode(MetadataRequest, 9, memoryview(joined(encode(request, 9)))) == request


@pytest.mark.parametrize("count", [0, 126, 127, 128, 20_000])
def test_long_lists_have_longer_lengths(count: int) -> None:
    request = MetadataRequest(topics=[MetadataRequestTopic(name="") for _ in range(count)])
    assert decode(MetadataRequest, 9, memoryview(joined(encode(request, 9)))) == request


@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 126, 127, 1000])
@pytest.mark.parametrize("version", [1, 2])
def test_long_lists_of_numbers_are_written_like_short_ones(count: int, version: int) -> None:
    topic = DescribableLogDirTopic(topic="t", partitions=list(range(count)))
    dirs = DescribeLogDirsRequest(topics=[topic])
    assert decode(DescribeLogDirsRequest, version, memoryview(joined(encode(dirs, version)))) == dirs


def test_fields_that_the_version_lacks_are_left_out() -> None:
    named = MetadataRequest(topics=[MetadataRequestTopic(name="ab", topic_id=b"\1" * 16)])
    plain = MetadataRequest(topics=[MetadataRequestTopic(name="ab")])
    assert encode(named, 9) == encode(plain, 9)
    assert encode(named, 10) != encode(plain, 10)


def test_tagged_fields_at_their_defaults_are_left_out() -> None:
    response = ApiVersionsResponse(error_code=0, api_keys=[])
    assert joined(encode(response, 3)).hex(" ") == "00 00 01 00 00 00 00 00"


def test_tagged_fields_come_in_the_order_of_their_numbers() -> None:
    response = ApiVersionsResponse(
        error_code=0,
        api_keys=[],
        zk_migration_ready=True,
        finalized_features_epoch=5,
        finalized_features=[FinalizedFeatureKey(name="a", max_version_level=2, min_version_level=1)],
    )
    tagged = "03" + "01 08 00 00 00 00 00 00 00 05" + "02 08 02 02 61 00 02 00 01 00" + "03 01 01"
    assert joined(encode(response, 3)) == bytes.fromhex("00 00 01 00 00 00 00" + tagged)


def test_a_tagged_struct_that_equals_its_default_is_left_out() -> None:
    response = fetch_response(None)
    without = joined(encode(response, 12))
    response.responses[0].partitions[0].current_leader = LeaderIdAndEpoch()
    assert joined(encode(response, 12)) == without
    response.responses[0].partitions[0].current_leader = LeaderIdAndEpoch(leader_id=3)
    tagged = "01" + "01 09 00 00 00 03 ff ff ff ff 00"
    assert bytes.fromhex(tagged) in joined(encode(response, 12))


def test_tagged_fields_do_not_disturb_the_records_before_them() -> None:
    response = fetch_response([memoryview(b"abc")], [memoryview(b"def")])
    response.responses[0].partitions[0].current_leader = LeaderIdAndEpoch(leader_id=3, leader_epoch=4)
    read = decode(FetchResponse, 12, memoryview(joined(encode(response, 12))))
    partitions = read.responses[0].partitions
    assert [bytes(each.records or b"") for each in partitions] == [b"abc", b"def"]
    assert [each.current_leader.leader_id for each in partitions] == [3, -1]


def test_a_struct_that_is_null_is_one_byte() -> None:
    response = ConsumerGroupHeartbeatResponse(error_code=0, member_epoch=0, heartbeat_interval_ms=5)
    assert joined(encode(response, 0)).endswith(bytes.fromhex("00 00 00 05 ff 00"))


def test_bytes_are_copied_into_the_buffer() -> None:
    response = SyncGroupResponse(error_code=0, assignment=b"xyz")
    assert joined(encode(response, 0)) == bytes.fromhex("00 00 00 00 00 03") + b"xyz"
