import pytest

from broker.protocol.codec import CannotEncode, decode, encode
from broker.protocol.errors import MalformedRequest
from broker.protocol.messages.describe_topic_partitions import Cursor
from broker.protocol.messages.heartbeat import HeartbeatRequest, HeartbeatResponse
from broker.protocol.messages.offset_for_leader_epoch import OffsetForLeaderTopic
from tests.protocol.message_values import joined


def test_a_codec_is_compiled_once_for_each_version() -> None:
    encode(HeartbeatResponse(error_code=0), 1)
    cls: object = HeartbeatResponse
    compiled = cls.encoders[1]  # type: ignore[attr-defined]
    encode(HeartbeatResponse(error_code=1), 1)
    assert cls.encoders[1] is compiled  # type: ignore[attr-defined]


@pytest.mark.parametrize("version", [-1, 5])
def test_a_version_that_the_message_lacks_is_our_own_mistake(version: int) -> None:
    with pytest.raises(ValueError, match="HeartbeatResponse has the versions 0-4"):
        decode(HeartbeatResponse, version, memoryview(b"\0\0\0\0\0\0"))
    with pytest.raises(ValueError, match="HeartbeatResponse has the versions 0-4"):
        encode(HeartbeatResponse(error_code=0), version)


def test_a_struct_can_be_encoded_alone() -> None:
    cursor = Cursor(topic_name="t", partition_index=3)
    encoded = joined(encode(cursor, 0))
    assert encoded == bytes.fromhex("02 74 00 00 00 03 00")
    assert decode(Cursor, 0, memoryview(encoded)) == cursor


def test_a_struct_has_the_versions_of_its_message() -> None:
    topic = OffsetForLeaderTopic(topic="t", partitions=[])
    assert joined(encode(topic, 2)) == bytes.fromhex("00 01 74 00 00 00 00")
    assert joined(encode(topic, 4)) == bytes.fromhex("02 74 01 00")
    with pytest.raises(ValueError, match="versions 2-4"):
        encode(topic, 1)


def test_a_malformed_message_says_which_and_why() -> None:
    with pytest.raises(MalformedRequest, match=r"HeartbeatRequest v4: group_id is null"):
        decode(HeartbeatRequest, 4, memoryview(bytes(20)))


def test_a_value_that_cannot_be_encoded_is_named() -> None:
    request = HeartbeatRequest(group_id="g", generation_id=1 << 40, member_id="m")
    with pytest.raises(CannotEncode, match=r"HeartbeatRequest v4: generation_id is 1099511627776: "):
        encode(request, 4)


def test_only_a_message_can_be_encoded() -> None:
    with pytest.raises(AttributeError, match="encoders"):
        encode("text", 0)
