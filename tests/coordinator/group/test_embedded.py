"""What consumers tell each other is read and written as another implementation does."""

import pytest
from kafka.protocol.consumer.metadata import ConsumerProtocolAssignment, ConsumerProtocolSubscription

from broker.coordinator.group.embedded import (
    Subscription,
    read_assignment,
    read_subscription,
    version_of,
    write_assignment,
)


@pytest.mark.parametrize("version", [0, 1, 2, 3])
def test_a_subscription_is_read_in_every_version(version: int) -> None:
    owned = [ConsumerProtocolSubscription.TopicPartition(topic="a", partitions=[1, 2])]
    message = ConsumerProtocolSubscription(
        topics=["a", "ünï"], user_data=b"x", owned_partitions=owned, generation_id=3, rack_id="r"
    )
    assert read_subscription(bytes(message.encode(version=version))) == Subscription(
        frozenset({"a", "ünï"}), {"a": [1, 2]} if version >= 1 else {}, "r" if version >= 3 else None
    )


@pytest.mark.parametrize("version", [0, 1, 2, 3])
def test_an_assignment_is_what_others_read_and_write(version: int) -> None:
    written = write_assignment({"a": [0, 2], "b": [1]}, version=version)
    read = ConsumerProtocolAssignment.decode(written)
    assert [(each.topic, list(each.partitions)) for each in read.assigned_partitions] == [
        ("a", [0, 2]),
        ("b", [1]),
    ]
    assert read_assignment(written) == ({"a": [0, 2], "b": [1]}, b"")


def test_what_an_assignor_has_added_is_shown() -> None:
    message = ConsumerProtocolAssignment(assigned_partitions=[], user_data=b"mine")
    assert read_assignment(bytes(message.encode(version=1))) == ({}, b"mine")


def test_a_newer_version_is_read_as_the_newest_that_is_known() -> None:
    newer = b"\0\x09" + write_assignment({"a": [0]}, version=3)[2:] + b"more"
    assert version_of(newer) == 3
    assert read_assignment(newer) == ({"a": [0]}, b"")


@pytest.mark.parametrize(
    "data", [b"", b"\0", b"\xff\xff\0\0\0\0", b"\0\0\0\0\0\1", b"\0\1\0\0\0\0\xff\xff\xff\xff"]
)
def test_what_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_subscription(data)
