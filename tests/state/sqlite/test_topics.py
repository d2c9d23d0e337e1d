from broker.state.rows import DeletedTopic, PartitionRow, TopicRow
from broker.state.sqlite.database import Database
from broker.state.sqlite.topics import Topics

ORDERS = TopicRow("orders", b"o" * 16, [PartitionRow(1, 0, (1, 2)), PartitionRow(2, 5, (2, 1))])
EMPTY = TopicRow("empty", b"e" * 16, [])


def test_topics_are_kept_as_they_are_put(database: Database) -> None:
    kept = Topics(database)
    kept.put(ORDERS, EMPTY)
    assert sorted(kept.all()) == [EMPTY, ORDERS]


def test_a_topic_that_is_put_again_is_replaced(database: Database) -> None:
    kept = Topics(database)
    kept.put(ORDERS)
    moved = ORDERS._replace(partitions=[PartitionRow(2, 1, (1, 2))])
    kept.put(moved)
    assert kept.all() == [moved]


def test_a_deleted_topic_leaves_a_mark_until_it_is_forgotten(database: Database) -> None:
    kept = Topics(database)
    kept.put(ORDERS, EMPTY)
    deleted = DeletedTopic("orders", ORDERS.topic_id)
    kept.mark_deleted(deleted)
    assert kept.all() == [EMPTY]
    assert kept.deleted() == [deleted]
    kept.forget([ORDERS.topic_id])
    assert kept.deleted() == []


def test_a_topic_may_be_made_anew_while_the_deleted_one_is_still_there(database: Database) -> None:
    kept = Topics(database)
    kept.put(ORDERS)
    kept.mark_deleted(DeletedTopic("orders", ORDERS.topic_id))
    again = ORDERS._replace(topic_id=b"n" * 16)
    kept.put(again)
    assert kept.all() == [again]
    kept.mark_deleted(DeletedTopic("orders", again.topic_id))
    assert len(kept.deleted()) == 2
