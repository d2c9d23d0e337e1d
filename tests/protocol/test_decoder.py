"""What the compiled decoders accept, and where they stop."""

import struct
import tracemalloc

import pytest

from broker.protocol.codec import decode, encode
from broker.protocol.decoder import has_records, skip_tagged_fields, smallest_size
from broker.protocol.errors import MalformedRequest
from broker.protocol.fields import fields_of
from broker.protocol.messages.api_versions import ApiVersionsRequest, ApiVersionsResponse
from broker.protocol.messages.consumer_group_heartbeat import ConsumerGroupHeartbeatResponse
from broker.protocol.messages.fetch import FetchRequest, FetchResponse, ForgottenTopic, PartitionData
from broker.protocol.messages.heartbeat import HeartbeatRequest
from broker.protocol.messages.join_group import JoinGroupResponse
from broker.protocol.messages.metadata import MetadataRequest, MetadataRequestTopic
from broker.protocol.messages.offset_fetch import OffsetFetchRequest
from broker.protocol.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from tests.protocol.message_values import joined


def view(text: str) -> memoryview:
    return memoryview(bytes.fromhex(text))


def test_bytes_behind_a_request_are_left_alone() -> None:
    """librdkafka asks for all topics with four zero bytes instead of one."""
    request = decode(MetadataRequest, 9, view("00 00 00 00" + "00 00 00"))
    assert request == MetadataRequest(topics=None, allow_auto_topic_creation=False)


def view_of(request: object, version: int) -> memoryview:
    return memoryview(bytearray(joined(encode(request, version))))


def produce_request(records: bytes | None) -> ProduceRequest:
    data = [PartitionProduceData(index=7, records=records)]
    return ProduceRequest(acks=-1, timeout_ms=5, topic_data=[TopicProduceData(name="t", partition_data=data)])


@pytest.mark.parametrize("version", [3, 9, 12])
def test_records_are_the_bytes_of_the_buffer_itself(version: int) -> None:
    buffer = view_of(produce_request(b"records"), version)
    request = decode(ProduceRequest, version, buffer)
    records = request.topic_data[0].partition_data[0].records
    assert type(records) is memoryview
    position = bytes(buffer).index(b"records")
    buffer[position : position + 7] = b"changed"
    assert bytes(records) == b"changed"
    assert request.topic_data[0].name == "t"


@pytest.mark.parametrize("version", [3, 9, 13])
def test_records_may_be_null_or_empty(version: int) -> None:
    for records in (None, b""):
        request = decode(ProduceRequest, version, view_of(produce_request(records), version))
        assert request.topic_data[0].partition_data[0].records == records


def test_all_else_outlives_the_buffer() -> None:
    buffer = view_of(HeartbeatRequest(group_id="group", generation_id=1, member_id="member"), 4)
    request = decode(HeartbeatRequest, 4, buffer)
    buffer[:] = bytes(len(buffer))
    assert (request.group_id, request.member_id) == ("group", "member")


def test_only_a_message_that_holds_records_is_read_in_place() -> None:
    assert has_records(ProduceRequest)
    assert has_records(FetchResponse)
    assert not has_records(FetchRequest)


@pytest.mark.parametrize(
    ("what", "version", "hexadecimal"),
    [
        ("a list of two billion topics", 8, "7f ff ff ff 00 00 00"),
        ("a list of two billion topics", 12, "ff ff ff ff 07 00 00 00 00"),
        ("a list of more topics than bytes", 12, "05 00 00 00 00"),
        ("a name longer than the rest", 8, "00 00 00 01 7f ff 61 00 00 00"),
        ("a name longer than the rest", 9, "02 ff ff 03 61 00 00 00 00"),
        ("a null name", 8, "00 00 00 01 ff ff 00 00 00"),
        ("a null name", 9, "02 00 00 00 00 00"),
        ("text that is no UTF-8", 9, "02 03 c3 28 00 00 00 00"),
        ("a varint without an end", 9, "ff ff ff ff ff ff 01"),
        ("nothing", 9, ""),
    ],
)
def test_what_cannot_be_decoded_is_malformed(what: str, version: int, hexadecimal: str) -> None:
    with pytest.raises(MalformedRequest, match=rf"MetadataRequest v{version}: "):
        decode(MetadataRequest, version, view(hexadecimal))


def test_null_is_malformed_in_versions_that_have_none() -> None:
    with pytest.raises(MalformedRequest, match="topics is null"):
        decode(MetadataRequest, 0, view("ff ff ff ff"))
    assert decode(MetadataRequest, 1, view("ff ff ff ff")).topics is None
    with pytest.raises(MalformedRequest, match="topics is null"):
        decode(OffsetFetchRequest, 1, view("00 01 61 ff ff ff ff"))
    assert decode(OffsetFetchRequest, 2, view("00 01 61 ff ff ff ff")).topics is None


def test_any_negative_length_is_null() -> None:
    """As Kafka reads it."""
    assert decode(MetadataRequest, 4, view("80 00 00 00 01")).topics is None


def test_a_length_that_lies_allocates_nothing() -> None:
    claims = struct.pack(">i", 2**31 - 1)
    decode(MetadataRequest, 8, view("00 00 00 00 01 00 00"))
    tracemalloc.start()
    with pytest.raises(MalformedRequest, match="topics has more items than there are bytes left"):
        decode(MetadataRequest, 8, memoryview(claims + bytes(1000)))
    assert tracemalloc.get_traced_memory()[1] < 100_000
    tracemalloc.stop()


def test_the_smallest_size_of_a_struct_is_known() -> None:
    # v8: a 16-bit length; v9: a length, a count of tagged fields; v10: also a topic id
    fields = fields_of(MetadataRequestTopic)
    sizes = [smallest_size(fields, version, flexible=version >= 9) for version in (8, 9, 10)]
    assert sizes == [2, 2, 18]
    # v12: index, code, three offsets, null transactions, replica, null records, no tagged fields
    assert smallest_size(fields_of(PartitionData), 12, flexible=True) == 4 + 2 + 24 + 1 + 4 + 1 + 1


def test_fields_of_other_versions_have_their_defaults() -> None:
    request = decode(FetchRequest, 4, view_of(FetchRequest(max_wait_ms=1, min_bytes=2, topics=[]), 4))
    assert request == FetchRequest(max_wait_ms=1, min_bytes=2, topics=[])


def test_a_list_that_is_not_there_is_a_new_one_each_time() -> None:
    encoded = view_of(FetchRequest(max_wait_ms=1, min_bytes=2, topics=[]), 4)
    decode(FetchRequest, 4, encoded).forgotten_topics_data.append(ForgottenTopic(partitions=[]))
    assert decode(FetchRequest, 4, encoded).forgotten_topics_data == []


def test_tagged_fields_that_nobody_knows_are_skipped() -> None:
    # two of them, numbers 3 and 300, behind the client's name and version
    request = decode(ApiVersionsRequest, 3, view("02 61 02 62 02 03 01 ff ac 02 02 ff ff"))
    assert request == ApiVersionsRequest(client_software_name="a", client_software_version="b")


def test_unknown_tagged_fields_between_known_ones_are_skipped() -> None:
    # features epoch 5 (number 1), unknown (number 2 is known, 9 is not), zk_migration_ready (number 3)
    text = "00 00 01 00 00 00 00" + "03" + "01 08 00 00 00 00 00 00 00 05" + "09 01 ff" + "03 01 01"
    response = decode(ApiVersionsResponse, 3, view(text))
    assert (response.finalized_features_epoch, response.zk_migration_ready) == (5, True)
    assert (response.supported_features, response.finalized_features) == ([], [])


@pytest.mark.parametrize(
    ("what", "tagged_fields"),
    [
        ("more are announced than there are", "02 03 01 ff"),
        ("one is longer than the rest", "01 03 05 ff"),
        ("the size of a known one is too large", "01 03 02 01 00"),
        ("the size of a known one is too small", "01 01 02 00 00 00 00 00 00 00 05"),
        ("a count of two billion", "ff ff ff ff 07 00 00"),
    ],
)
def test_tagged_fields_that_do_not_add_up_are_malformed(what: str, tagged_fields: str) -> None:
    with pytest.raises(MalformedRequest):
        decode(ApiVersionsResponse, 3, view("00 00 01 00 00 00 00" + tagged_fields))


@pytest.mark.parametrize("tagged_fields", ["02 03 01 ff", "01 03 05 ff", "ff ff ff ff 07 00 00", "01"])
def test_unknown_tagged_fields_that_do_not_add_up_are_malformed(tagged_fields: str) -> None:
    with pytest.raises(MalformedRequest):
        decode(ApiVersionsRequest, 3, view("02 61 02 62" + tagged_fields))


def test_skipping_ends_behind_the_last_tagged_field() -> None:
    data = bytes.fromhex("05 00 06 02 aa bb 99")
    assert skip_tagged_fields(data, 0, 2, len(data)) == 6


def test_a_struct_that_may_be_null_has_a_byte_before_it() -> None:
    head = "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 05"
    absent = decode(ConsumerGroupHeartbeatResponse, 0, view(head + "ff 00"))
    assert absent.assignment is None
    present = decode(ConsumerGroupHeartbeatResponse, 0, view(head + "01 01 00 00"))
    assert present.assignment is not None
    assert present.assignment.topic_partitions == []


def test_a_string_can_be_null_from_a_later_version_on() -> None:
    response = JoinGroupResponse(error_code=1, protocol_name=None, leader="", member_id="", members=[])
    assert decode(JoinGroupResponse, 7, view_of(response, 7)).protocol_name is None
