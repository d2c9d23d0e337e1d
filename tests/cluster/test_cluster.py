"""The cluster as a whole: its id, its nodes, its internal topics."""

from typing import NamedTuple

from broker.cluster.nodes import Address, Endpoint
from broker.protocol.uuids import uuid_from_text
from broker.state.rows import ResourceType
from tests.cluster.house import house


class Visitor(NamedTuple):
    listener: str = "PLAINTEXT"
    local_host: str = "10.0.0.7"


def test_a_cluster_keeps_its_id() -> None:
    here = house()
    assert len(uuid_from_text(here.cluster.cluster_id)) == 16
    assert here.again().cluster.cluster_id == here.cluster.cluster_id
    assert house().cluster.cluster_id != here.cluster.cluster_id


def test_a_new_cluster_takes_the_id_that_is_set() -> None:
    here = house(kawa_cluster_id="AAAAAAAAAAAAAAAAAAAAAQ")
    assert here.cluster.cluster_id == "AAAAAAAAAAAAAAAAAAAAAQ"
    assert here.again().cluster.cluster_id == "AAAAAAAAAAAAAAAAAAAAAQ"


def test_the_nodes_are_numbered_from_the_first() -> None:
    cluster = house(node_id=5, kawa_brokers=3, broker_rack="west").cluster
    assert list(cluster.nodes) == [5, 6, 7]
    assert cluster.controller_id == 5
    assert {node.rack for node in cluster.nodes.values()} == {"west"}


def test_a_client_is_told_how_it_reaches_a_node() -> None:
    cluster = house().cluster
    version = cluster.topics.version
    cluster.set_endpoints(1, {"PLAINTEXT": Endpoint(None, 9092)})
    assert cluster.endpoint(1, Visitor()) == Address("10.0.0.7", 9092)
    assert cluster.topics.version > version


def test_internal_topics_are_shown_and_spread_over_the_nodes() -> None:
    here = house(kawa_brokers=2, offsets_topic_num_partitions=4)
    offsets = here.cluster.topics.by_name["__consumer_offsets"]
    assert offsets.is_internal
    assert [partition.leader for partition in offsets.partitions] == [1, 2, 1, 2]
    assert len(here.cluster.topics.by_name["__transaction_state"].partitions) == 50
    assert [row.name for row in here.state.topics.all()] == []


def test_internal_topics_keep_ids_and_configs() -> None:
    here = house()
    again = here.again().cluster
    for name in ("__consumer_offsets", "__transaction_state"):
        assert again.topics.by_name[name].topic_id == here.cluster.topics.by_name[name].topic_id
        assert again.configs.given(ResourceType.TOPIC, name)["cleanup.policy"] == "compact"
    again.configs.set(ResourceType.TOPIC, "__consumer_offsets", {})
    assert here.again().cluster.configs.given(ResourceType.TOPIC, "__consumer_offsets") == {}


def test_the_kept_answers_go_with_a_change() -> None:
    here = house()
    answers = here.cluster.topics.kept_answers
    assert answers.get("key") is None
    answers.put("key", [b"answer"])
    assert answers.get("key") == [b"answer"]
    here.make()
    assert answers.get("key") is None
