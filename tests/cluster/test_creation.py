"""From a wish to a topic that can be made, or to the reason why not."""

from typing import Any

import pytest

from broker.cluster.creation import plan_growth, plan_topic
from broker.protocol.errors import ErrorCode, KafkaError
from tests.cluster.house import house

INVALID_REPLICAS = ErrorCode.INVALID_REPLICA_ASSIGNMENT


def test_without_a_wish_the_brokers_defaults_hold() -> None:
    cluster = house(num_partitions=3, default_replication_factor=5, kawa_brokers=2).cluster
    new = plan_topic(cluster, "orders")
    assert (len(new.replicas), {len(nodes) for nodes in new.replicas}) == (3, {2})
    assert new.configs == {}


def test_a_manual_assignment_is_taken_as_it_is() -> None:
    cluster = house(kawa_brokers=3).cluster
    new = plan_topic(cluster, "orders", assignments=[(1, [3, 1]), (0, [2, 3])])
    assert new.replicas == [(2, 3), (3, 1)]


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"name": "a b"}, ErrorCode.INVALID_TOPIC_EXCEPTION),
        ({"name": "there"}, ErrorCode.TOPIC_ALREADY_EXISTS),
        ({"name": "__consumer_offsets"}, ErrorCode.TOPIC_ALREADY_EXISTS),
        ({"name": "__cluster_metadata"}, ErrorCode.INVALID_REQUEST),
        ({"name": "a.b"}, ErrorCode.INVALID_TOPIC_EXCEPTION),
        ({"partitions": 0}, ErrorCode.INVALID_PARTITIONS),
        ({"partitions": -2}, ErrorCode.INVALID_PARTITIONS),
        ({"partitions": 10_001}, ErrorCode.POLICY_VIOLATION),
        ({"replication_factor": 0}, ErrorCode.INVALID_REPLICATION_FACTOR),
        ({"replication_factor": 3}, ErrorCode.INVALID_REPLICATION_FACTOR),
        ({"configs": {"no.such": "1"}}, ErrorCode.INVALID_CONFIG),
        ({"configs": {"retention.ms": "x"}}, ErrorCode.INVALID_CONFIG),
        ({"configs": {"retention.ms": None}}, ErrorCode.INVALID_CONFIG),
        ({"assignments": [(0, [1])], "partitions": 1}, ErrorCode.INVALID_REQUEST),
        ({"assignments": [(1, [1])]}, INVALID_REPLICAS),
        ({"assignments": [(0, [1]), (0, [1])]}, INVALID_REPLICAS),
        ({"assignments": [(0, [])]}, INVALID_REPLICAS),
        ({"assignments": [(0, [1, 1])]}, INVALID_REPLICAS),
        ({"assignments": [(0, [3])]}, INVALID_REPLICAS),
        ({"assignments": [(0, [1]), (1, [1, 2])]}, INVALID_REPLICAS),
        # the name is judged before the configs, and they before the counts and the assignments
        ({"name": "there", "configs": {"retention.ms": None}}, ErrorCode.TOPIC_ALREADY_EXISTS),
        ({"name": "there", "assignments": [(0, [1]), (0, [1])]}, ErrorCode.TOPIC_ALREADY_EXISTS),
        ({"configs": {"retention.ms": None}, "partitions": 0}, ErrorCode.INVALID_CONFIG),
        ({"configs": {"retention.ms": None}, "assignments": [(0, [9])]}, ErrorCode.INVALID_CONFIG),
    ],
)
def test_what_cannot_be_made(wish: dict[str, Any], code: ErrorCode) -> None:
    here = house(kawa_brokers=2)
    here.make("there")
    here.make("a_b")
    with pytest.raises(KafkaError) as refused:
        plan_topic(here.cluster, **{"name": "orders", **wish})
    assert refused.value.code is code


def test_growth_has_the_replication_factor_of_what_is_there() -> None:
    here = house(kawa_brokers=3, default_replication_factor=2)
    topic = here.make("orders", 2)
    added = plan_growth(here.cluster, topic, count=5, assignments=None)
    assert [len(set(nodes)) for nodes in added] == [2, 2, 2]
    assert plan_growth(here.cluster, topic, count=3, assignments=[[3, 1]]) == [(3, 1)]


@pytest.mark.parametrize(
    ("count", "assignments", "code"),
    [
        (2, None, ErrorCode.INVALID_PARTITIONS),
        (1, None, ErrorCode.INVALID_PARTITIONS),
        (20_000, None, ErrorCode.POLICY_VIOLATION),
        (4, [[1]], INVALID_REPLICAS),
        (3, [[1, 2]], INVALID_REPLICAS),
        (3, [[9]], INVALID_REPLICAS),
    ],
)
def test_growth_that_cannot_be(count: int, assignments: list[list[int]] | None, code: ErrorCode) -> None:
    here = house(kawa_brokers=2)
    topic = here.make("orders", 2)
    with pytest.raises(KafkaError) as refused:
        plan_growth(here.cluster, topic, count=count, assignments=assignments)
    assert refused.value.code is code


def test_growth_needs_as_many_nodes_as_it_has_replicas() -> None:
    here = house(kawa_brokers=3, default_replication_factor=3)
    here.make("orders", 1)
    fewer = here.again(kawa_brokers=1).cluster
    with pytest.raises(KafkaError) as refused:
        plan_growth(fewer, fewer.topics.by_name["orders"], count=2, assignments=None)
    assert refused.value.code is ErrorCode.INVALID_REPLICATION_FACTOR
