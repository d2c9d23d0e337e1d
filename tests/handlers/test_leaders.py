"""Finding partitions, and telling of leaders (KIP-951)."""

import pytest

from broker.handlers.leaders import NewLeaders, find_partition, not_leader
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.messages import fetch, produce
from tests.fakes.data_plane import NODE, OTHER_NODE, DataPlane


def test_a_partition_is_found_by_name_and_number() -> None:
    plane = DataPlane()
    topic = plane.add_topic(partitions=2)
    assert find_partition(plane.broker, "orders", 1) is topic.partitions[1]


@pytest.mark.parametrize(("name", "number"), [("nothing", 0), ("orders", 2), ("orders", -1)])
def test_an_unknown_partition_is_refused(name: str, number: int) -> None:
    plane = DataPlane()
    plane.add_topic(partitions=2)
    with pytest.raises(KafkaError) as error:
        find_partition(plane.broker, name, number)
    assert error.value.code is ErrorCode.UNKNOWN_TOPIC_OR_PARTITION


def test_the_refusal_names_the_leader() -> None:
    plane = DataPlane()
    error = not_leader(plane.add_topic(leader=OTHER_NODE).partitions[0])
    assert str(error) == f"NOT_LEADER_OR_FOLLOWER: Node {OTHER_NODE} leads this partition."


def test_each_leader_is_located_once_on_the_listener_that_was_asked() -> None:
    plane = DataPlane()
    first = plane.add_topic(leader=OTHER_NODE, partitions=2)
    second = plane.add_topic("others", number=2, leader=NODE)
    leaders = NewLeaders(plane.broker, plane.context(0, 13), produce)
    for partition in [*first.partitions, *second.partitions]:
        leaders.tell(partition)
    assert leaders.endpoints() == [
        produce.NodeEndpoint(node_id=OTHER_NODE, host="10.0.0.2", port=9092, rack="rack-2"),
        produce.NodeEndpoint(node_id=NODE, host="10.0.0.1", port=9092, rack="rack-1"),
    ]


def test_a_leader_is_told_in_the_words_of_the_api() -> None:
    plane = DataPlane()
    (partition,) = plane.add_topic(leader=OTHER_NODE, leader_epoch=4).partitions
    told = NewLeaders(plane.broker, plane.context(1, 16), fetch).tell(partition)
    assert told == fetch.LeaderIdAndEpoch(leader_id=OTHER_NODE, leader_epoch=4)


def test_a_leader_that_is_not_there_has_no_address() -> None:
    plane = DataPlane()
    (partition,) = plane.add_topic(leader=9).partitions
    leaders = NewLeaders(plane.broker, plane.context(1, 16), fetch)
    leaders.tell(partition)
    assert leaders.endpoints() == []


def test_a_leader_without_that_listener_has_no_address() -> None:
    plane = DataPlane()
    (partition,) = plane.add_topic(leader=OTHER_NODE).partitions
    plane.cluster.nodes[OTHER_NODE].endpoints = {}
    leaders = NewLeaders(plane.broker, plane.context(1, 16), fetch)
    leaders.tell(partition)
    assert leaders.endpoints() == []
