"""A group changes over between the protocols, and its members go on with what they own."""

from typing import Any

import pytest

from broker.coordinator.group.classic.messages import GroupRecord, Protocol, StoredMember
from broker.coordinator.group.consumer.migration import downgraded, must_downgrade, upgraded
from broker.coordinator.group.embedded import read_assignment
from broker.protocol.errors import ErrorCode, KafkaError
from broker.settings.broker import BrokerSettings
from tests.coordinator.group.consumer.bench import Bench, Topics, topic_id
from tests.coordinator.group.consumer.subscriptions import assignment, subscription

OFFER = (Protocol("sticky", b"?"), Protocol("range", subscription(["orders"])))


def stored(name: str, *partitions: int, **other: Any) -> StoredMember:
    plain = {
        "member_id": name,
        "instance_id": None,
        "client_id": "c",
        "client_host": "/h",
        "session_timeout_ms": 10,
        "rebalance_timeout_ms": 20,
        "protocols": OFFER,
        "assignment": assignment({"orders": list(partitions), "gone": [1]}),
    }
    return StoredMember(**{**plain, **other})


def classic(*members: StoredMember, protocol_type: str = "consumer") -> GroupRecord:
    return GroupRecord(protocol_type, 7, "range", members[0].member_id, members)


def replayed(record: GroupRecord, **settings: Any) -> Bench:
    bench = Bench(Topics(orders=6), **settings)
    for each in upgraded("g", record, bench.topics, bench.settings):
        bench.group.replay(each, now_ms=bench.now_ms)
    return bench


def test_members_of_a_classic_group_own_what_they_owned() -> None:
    bench = replayed(classic(stored("ann", 0, 1, 2, instance_id="one"), stored("bob", 3, 4, 5)))
    group = bench.group
    assert (group.ledger.group_epoch, group.ledger.assignment_epoch, group.state) == (7, 7, "Stable")
    ann = group.members.with_instance_id("one")
    assert ann is not None
    assert ann.classic is not None
    assert (ann.epoch, ann.assigned) == (7, {topic_id("orders"): {0: 7, 1: 7, 2: 7}})
    assert (ann.topic_names, ann.classic.protocols) == (frozenset({"orders"}), OFFER)
    assert group.ledger.target("bob") == {topic_id("orders"): frozenset({3, 4, 5})}
    bench.join("new")
    assert bench.take_told() == ["new: epoch 8, owns nothing"]


def test_a_member_that_was_not_assigned_anything_yet_owns_nothing() -> None:
    member = replayed(classic(stored("ann", assignment=b""))).group.members.get("ann")
    assert member is not None
    assert member.assigned == {}


@pytest.mark.parametrize(
    ("record", "settings"),
    [
        (classic(stored("ann")), {"group.consumer.migration.policy": "downgrade"}),
        (classic(stored("ann")), {"group.consumer.migration.policy": "disabled"}),
        (classic(stored("ann"), stored("bob")), {"group.consumer.max.size": "1"}),
        (classic(stored("ann"), protocol_type="connect"), {}),
        (classic(stored("ann", assignment=assignment({}, b"of an assignor's own"))), {}),
        (classic(stored("ann", assignment=b"\0")), {}),
        (classic(stored("ann", protocols=(Protocol("range", b""),))), {}),
        (classic(stored("ann", 1), stored("bob", 1)), {}),
    ],
)
def test_a_group_that_may_not_or_cannot_change_over_stays_classic(
    record: GroupRecord, settings: dict[str, str]
) -> None:
    with pytest.raises(KafkaError) as refused:
        upgraded("g", record, Topics(orders=6), BrokerSettings.from_values(settings))
    assert refused.value.code is ErrorCode.GROUP_ID_NOT_FOUND


def test_a_group_is_classic_again_when_all_that_are_left_speak_the_classic_protocol() -> None:
    bench = Bench()
    assert not must_downgrade(bench.group), "it is empty"
    bench.join("new")
    bench.join_classic("old")
    bench.join_classic("static", instance_id="one")
    assert not must_downgrade(bench.group)
    bench.leave("new")
    assert must_downgrade(bench.group)
    record = downgraded(bench.group)
    assert (record.protocol_type, record.generation_id, record.protocol_name) == ("consumer", 4, "range")
    old, static = record.members
    assert (old.client_id, static.instance_id, record.leader) == ("old", "one", old.member_id)
    assigned = read_assignment(old.assignment)[0]["orders"] + read_assignment(static.assignment)[0]["orders"]
    assert len(set(assigned)) == len(assigned) == 4, "the rest was the other's"


@pytest.mark.parametrize(
    "settings",
    [
        {"group_consumer_migration_policy": "upgrade"},
        {"group_max_size": "1"},
    ],
)
def test_a_group_that_may_not_be_classic_stays_as_it_is(settings: dict[str, Any]) -> None:
    bench = Bench(**settings)
    bench.join("new")
    bench.join_classic("old")
    bench.join_classic("older")
    bench.leave("new")
    assert not must_downgrade(bench.group)
