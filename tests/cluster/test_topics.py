"""Topics over a real state store and real logs: made, grown, moved, deleted; kills in between."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from broker.cluster.topics import Move, Partition
from broker.log.engine import PartitionKey
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.records.record import Record
from broker.protocol.records.writer import write_batch
from broker.state.errors import StateError
from broker.state.rows import DeletedTopic, ResourceType
from tests.cluster.house import House, house


def batch() -> memoryview:
    return memoryview(write_batch([Record(0, 1_700_000_000_000, None, b"v")]))


def shown(here: House) -> dict[str, list[tuple[int, int, tuple[int, ...], tuple[int, ...]]]]:
    return {
        topic.name: [(p.leader, p.leader_epoch, p.replicas, p.isr) for p in topic.partitions]
        for topic in here.cluster.topics.by_name.values()
        if not topic.is_internal
    }


def test_a_topic_is_found_by_name_and_id() -> None:
    here = house()
    topic = here.make("orders", 2)
    assert here.cluster.topics.by_name["orders"] is topic
    assert here.cluster.topics.by_id[topic.topic_id] is topic
    assert [partition.index for partition in topic.partitions] == [0, 1]
    assert str(topic.partitions[1]) == "orders-1"


def test_topics_are_there_after_a_restart() -> None:
    here = house(kawa_brokers=3)
    here.make("orders", 4)
    here.make("events", 1)
    assert shown(here.again(kawa_brokers=3)) == shown(here)


def test_every_change_raises_the_version() -> None:
    here = house(kawa_brokers=2)
    topics = here.cluster.topics
    seen = [topics.version]
    topic = here.make()
    seen.append(topics.version)
    topics.grow(topic, [(1,)])
    seen.append(topics.version)
    topics.lead(topic.partitions[0], 2)
    seen.append(topics.version)
    topics.delete(topic)
    seen.append(topics.version)
    assert seen == sorted(set(seen))


def test_a_topic_grows_behind_what_is_there() -> None:
    here = house(kawa_brokers=2)
    topic = here.make("orders", 1)
    here.cluster.topics.grow(topic, [(2,), (1, 2)])
    assert [(p.index, p.leader) for p in topic.partitions] == [
        (0, topic.partitions[0].leader),
        (1, 2),
        (2, 1),
    ]
    assert shown(here.again(kawa_brokers=2)) == shown(here)


def test_partitions_of_absent_leaders_get_a_living_one_in_a_new_epoch() -> None:
    here = house(kawa_brokers=3)
    topic = here.make("orders", 3)
    leaders = [partition.leader for partition in topic.partitions]
    fewer = here.again(kawa_brokers=1)
    found = fewer.cluster.topics.by_name["orders"].partitions
    assert [p.leader for p in found] == [1, 1, 1]
    assert [p.leader_epoch for p in found] == [0 if leader == 1 else 1 for leader in leaders]
    assert all(p.replicas == p.isr == (1,) for p in found)
    assert shown(fewer.again(kawa_brokers=1)) == shown(fewer)  # and it was kept


def test_a_moved_leader_is_told_and_kept() -> None:
    here = house(kawa_brokers=2)
    partition = here.make().partitions[0]
    told: list[Partition] = []
    subscription = here.cluster.topics.on_leader_change(told.append)
    here.cluster.topics.lead(partition, 2, replicas=(2, 1))
    assert (partition.leader, partition.leader_epoch, partition.replicas) == (2, 1, (2, 1))
    assert told == [partition]
    subscription.cancel()
    here.cluster.topics.lead(partition, 1)
    assert told == [partition]
    assert shown(here.again(kawa_brokers=2)) == shown(here)


def test_many_leaders_move_together() -> None:
    here = house(kawa_brokers=2)
    partitions = [*here.make("a", 3).partitions, *here.make("b", 2).partitions]
    told: list[Partition] = []
    here.cluster.topics.on_leader_change(told.append)
    here.cluster.topics.lead_all([Move(partition, 2) for partition in partitions])
    assert told == partitions
    assert {(p.leader, p.leader_epoch) for p in partitions} == {(2, 1)}
    assert shown(here.again(kawa_brokers=2)) == shown(here)


def test_an_absent_replica_is_not_in_sync() -> None:
    here = house(kawa_brokers=2)
    partition = here.make().partitions[0]
    here.cluster.topics.lead(partition, 1, replicas=(1, 2))
    assert partition.isr == (1, 2)
    fewer = here.again(kawa_brokers=1).cluster.topics.by_name["orders"].partitions[0]
    assert (fewer.replicas, fewer.isr) == ((1, 2), (1,))


@pytest.mark.parametrize("change", ["create", "grow", "lead", "delete"])
def test_what_cannot_be_kept_changes_nothing(change: str) -> None:
    here = house(kawa_brokers=2)
    topic = here.make("orders", 2, retention_ms=5)
    topics = here.cluster.topics
    before = shown(here), topics.version
    here.state.close()
    told: list[Partition] = []
    topics.on_leader_change(told.append)
    changes: dict[str, Any] = {
        "create": lambda: here.make("more", 1, retention_ms=6),
        "grow": lambda: topics.grow(topic, [(1,)]),
        "lead": lambda: topics.lead_all(
            [Move(each, 2, (2,)) for each in (*topic.partitions, *topic.partitions)]
        ),
        "delete": lambda: topics.delete(topic),
    }
    with pytest.raises(StateError):
        changes[change]()
    assert (shown(here), topics.version) == before
    assert told == []
    assert here.cluster.configs.topic("orders").retention_ms == 5
    assert here.cluster.configs.given(ResourceType.TOPIC, "more") == {}


def test_a_deleted_topic_is_gone_with_its_files() -> None:
    here = house()
    topic = here.make("orders", 2)
    log = topic.partitions[0].log
    log.append(batch(), leader_epoch=0)
    here.cluster.topics.delete(topic)
    assert shown(here) == {}
    assert topic.topic_id not in here.cluster.topics.by_id
    assert list(here.logs.discover()) == []
    assert here.state.topics.deleted() == []
    with pytest.raises(KafkaError) as refused:
        log.append(batch(), leader_epoch=0)
    assert refused.value.code is ErrorCode.UNKNOWN_TOPIC_OR_PARTITION


def test_a_topic_made_anew_has_nothing_of_its_predecessor() -> None:
    here = house()
    old = here.make("orders", 1, retention_ms=5, segment_bytes=2_000_000)
    old.partitions[0].log.append(batch(), leader_epoch=0)
    here.cluster.topics.delete(old)
    new = here.make("orders", 1, retention_ms=7)
    assert new.topic_id != old.topic_id
    assert here.cluster.configs.given(ResourceType.TOPIC, "orders") == {"retention.ms": "7"}
    assert new.partitions[0].log.config.segment_bytes == 1_073_741_824
    assert new.partitions[0].log.log_end_offset == 0
    again = here.again()
    assert again.cluster.configs.topic("orders").retention_ms == 7


def test_the_configs_of_a_new_topic_are_in_force_at_once() -> None:
    here = house()
    assert here.cluster.configs.topic("orders").max_message_bytes == 1_048_588  # asked for before it is there
    topic = here.make("orders", 1, max_message_bytes=10)
    assert topic.partitions[0].log.config.max_message_bytes == 10


def test_a_deletion_that_a_kill_has_cut_short_is_finished() -> None:
    here = house()
    topic, other = here.make("orders", 2), here.make("other")
    for partition in (*topic.partitions, *other.partitions):
        partition.log.append(batch(), leader_epoch=0)
    with here.state.transaction():
        here.state.topics.mark_deleted(DeletedTopic(topic.name, topic.topic_id))
    again = here.again()
    assert list(shown(again)) == ["other"]
    assert [key.topic for key in again.logs.discover()] == ["other"]
    assert again.state.topics.deleted() == []


class Stuck(Exception):
    """The kill in a test."""


def stuck_logs(here: House, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(key: PartitionKey) -> None:
        raise error

    monkeypatch.setattr(here.logs, "delete", fail)


def test_a_topic_whose_files_cannot_go_is_gone_for_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    here = house()
    topic = here.make("orders", 1, retention_ms=5)
    topic.partitions[0].log.append(batch(), leader_epoch=0)
    stuck_logs(here, monkeypatch, KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, "read-only"))
    here.cluster.topics.delete(topic)
    assert shown(here) == {}
    assert here.cluster.configs.given(ResourceType.TOPIC, "orders") == {}
    assert here.state.topics.deleted() == [DeletedTopic("orders", topic.topic_id)]
    again = here.again()
    assert list(again.logs.discover()) == []
    assert again.state.topics.deleted() == []


def test_a_kill_while_files_are_deleted_is_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    here = house()
    topic = here.make()
    topic.partitions[0].log.append(batch(), leader_epoch=0)
    stuck_logs(here, monkeypatch, Stuck())
    with suppress(Stuck):
        here.cluster.topics.delete(topic)
    again = here.again()
    assert shown(again) == {}
    assert list(again.logs.discover()) == []


def test_files_that_nobody_knows_are_adopted_with_their_id() -> None:
    here = house()
    topic = here.make("orders", 2)
    topic.partitions[1].log.append(batch(), leader_epoch=4)
    lost = house(files=here.files, kawa_brokers=2)
    adopted = lost.cluster.topics.adopt("orders", topic.topic_id, 2)
    assert adopted.topic_id == topic.topic_id
    assert [p.leader for p in adopted.partitions] == [1, 2]
    assert [p.leader_epoch for p in adopted.partitions] == [0, 5], "clients know of epoch 4"
    assert adopted.partitions[1].log.log_end_offset == 1
    assert shown(lost.again(kawa_brokers=2)) == shown(lost)


def test_internal_topics_can_be_moved_but_not_changed() -> None:
    here = house(kawa_brokers=2)
    topics = here.cluster.topics
    offsets = topics.by_name["__consumer_offsets"]
    changes: tuple[Callable[[], None], ...] = (
        lambda: topics.delete(offsets),
        lambda: topics.grow(offsets, [(1,)]),
    )
    for change in changes:
        with pytest.raises(KafkaError) as refused:
            change()
        assert refused.value.code is ErrorCode.INVALID_REQUEST
    topics.lead(offsets.partitions[0], 2)
    assert offsets.partitions[0].leader == 2
    assert [row.name for row in here.state.topics.all()] == []
