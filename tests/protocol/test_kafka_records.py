"""Bytes written by hand after Kafka's schemas."""

import pytest

from broker.protocol.errors import MalformedRequest
from broker.protocol.kafka_records import (
    ConfigRecord,
    PartitionChangeRecord,
    TopicRecord,
    read_metadata_record,
    read_offset_key,
    read_offset_value,
)


def test_a_topic_is_read() -> None:
    assert read_metadata_record(b"\1\2\0" + b"\4one" + b"i" * 16 + b"\0") == TopicRecord(
        name="one", topic_id=b"i" * 16
    )


def test_a_config_that_is_taken_back_has_no_value() -> None:
    found = read_metadata_record(b"\1\4\0" + b"\2" + b"\2t" + b"\2c" + b"\0" + b"\0")
    assert found == ConfigRecord(resource_type=2, resource_name="t", name="c", value=None)


def test_tagged_fields_of_a_change_that_nobody_asks_for_are_passed_over() -> None:
    fixed = b"\0\0\0\7" + b"i" * 16
    tagged = b"\2" + b"\1\4\0\0\0\3" + b"\5\1\0"
    assert read_metadata_record(b"\1\5\2" + fixed + tagged) == PartitionChangeRecord(
        partition_id=7, topic_id=b"i" * 16, leader=3
    )


def test_a_record_that_kawa_does_not_take_over_is_none() -> None:
    assert read_metadata_record(b"\1\x1b\0whatever") is None


@pytest.mark.parametrize("value", [b"", b"\2\2\0", b"\1\2\1" + b"\2t" + b"i" * 16, b"\1\2\0\2"])
def test_what_is_no_record_is_malformed(value: bytes) -> None:
    with pytest.raises(MalformedRequest):
        read_metadata_record(value)


@pytest.mark.parametrize("version", [b"\0\0", b"\0\1"])
def test_an_offset_key_is_read_in_both_versions(version: bytes) -> None:
    key = read_offset_key(version + b"\0\1g" + b"\0\1t" + b"\0\0\0\2")
    assert key is not None
    assert (key.group, key.topic, key.partition) == ("g", "t", 2)


def test_the_key_of_a_group_is_none() -> None:
    assert read_offset_key(b"\0\2\0\1g") is None


def test_an_offset_is_read_in_every_version() -> None:
    offset, epoch, note, time = b"\0" * 7 + b"\5", b"\0\0\0\3", b"\0\1n", b"\0" * 7 + b"\7"
    assert read_offset_value(b"\0\0" + offset + note + time).offset == 5
    assert read_offset_value(b"\0\1" + offset + note + time + b"\0" * 7 + b"\x09").expire_timestamp == 9
    third = read_offset_value(b"\0\3" + offset + epoch + note + time)
    assert (third.leader_epoch, third.metadata, third.commit_timestamp) == (3, "n", 7)
    fourth = read_offset_value(b"\0\4" + offset + epoch + b"\2n" + time + b"\1\0\x10" + b"i" * 16)
    assert fourth.topic_id == b"i" * 16


def test_an_offset_of_an_unknown_version_is_malformed() -> None:
    with pytest.raises(MalformedRequest, match="version 5"):
        read_offset_value(b"\0\5" + b"\0" * 40)
