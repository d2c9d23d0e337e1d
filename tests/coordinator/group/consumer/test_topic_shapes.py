"""A fingerprint is of the topics alone, and partitions are shown under the names of their topics."""

from broker.coordinator.group.consumer.topic_shapes import (
    TopicShape,
    by_topic_id,
    by_topic_name,
    fingerprint,
)
from tests.coordinator.group.consumer.bench import Topics, topic_id

ORDERS, BILLS = TopicShape("orders", topic_id("orders"), 3), TopicShape("bills", topic_id("bills"), 1)


def test_a_fingerprint_is_the_same_for_the_same_topics_in_any_order_also_after_a_restart() -> None:
    assert fingerprint([ORDERS, BILLS]) == fingerprint([BILLS, ORDERS]) == -435376720900259703


def test_a_fingerprint_changes_with_partitions_ids_and_topics() -> None:
    others = [[ORDERS], [], [ORDERS._replace(partitions=4)], [ORDERS._replace(topic_id=bytes(16))], [BILLS]]
    assert len({fingerprint(shapes) for shapes in others}) == len(others)


def test_topics_that_are_gone_are_left_out() -> None:
    topics = Topics(orders=3)
    ids = {topic_id("orders"): frozenset({2, 0}), topic_id("gone"): frozenset({1})}
    assert by_topic_name(ids, topics) == {"orders": [0, 2]}
    assert by_topic_id({"orders": [2, 0], "gone": [1]}, topics) == {topic_id("orders"): frozenset({0, 2})}
