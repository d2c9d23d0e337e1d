"""Members of the classic protocol in a consumer group, as transcripts."""

from typing import Any

import pytest

from broker.coordinator.group.classic.messages import Protocol
from broker.coordinator.group.consumer import classic_members
from broker.protocol.errors import ErrorCode, KafkaError
from tests.coordinator.group.consumer.bench import CLASSIC_SESSION_MS, REBALANCE_MS, Bench, removed
from tests.coordinator.group.consumer.subscriptions import subscription

RANGE = (Protocol("range", subscription(["orders"])),)


def with_new(**settings: Any) -> Bench:
    """A consumer group with one member of the consumer protocol."""
    bench = Bench(**settings)
    bench.join("new")
    bench.take_told()
    return bench


def test_it_joins_and_syncs_at_once_and_gets_its_part_when_that_is_free() -> None:
    bench = with_new()
    bench.join_classic("old")
    bench.sync("old", protocol_name="range")
    assert bench.take_told() == ["old: joined generation 3", "old: owns nothing"]
    assert bench.beat_classic("old") is ErrorCode.NONE, "there is nothing to come for yet"
    bench.settle("new")
    assert bench.beat_classic("old") is ErrorCode.REBALANCE_IN_PROGRESS
    bench.join_classic("old")
    bench.sync("old")
    assert bench.take_told() == ["old: joined generation 3", "old: owns orders 3 4 5"]
    assert bench.beat_classic("old") is ErrorCode.NONE
    assert bench.group.state == "Stable"


def mixed() -> Bench:
    """One of each kind, stable."""
    bench = with_new()
    bench.join_classic("old")
    bench.settle("new")
    bench.join_classic("old")
    bench.sync("old")
    bench.take_told()
    return bench


def test_it_gives_up_what_it_is_to_and_joins_again() -> None:
    bench = mixed()
    bench.join("third")
    assert bench.beat_classic("old") is ErrorCode.REBALANCE_IN_PROGRESS
    bench.sync("old")
    bench.join_classic("old")  # it still owns what it is to give up
    bench.sync("old")
    bench.join_classic("old")
    bench.sync("old")
    assert bench.take_told()[1:] == [
        "old: REBALANCE_IN_PROGRESS",
        "old: joined generation 3",
        "old: owns orders 3 4",
        "old: joined generation 4",
        "old: owns orders 3 4",
    ]


def test_a_new_one_that_can_is_told_its_id_first() -> None:
    bench = with_new()
    bench.join_classic("old", needs_known_id=True)
    assert bench.take_told() == ["old: joined generation -1 MEMBER_ID_REQUIRED"]
    bench.join_classic("old", needs_known_id=True)
    assert bench.take_told() == ["old: joined generation 3"]


def test_a_static_one_takes_the_place_of_one_of_the_consumer_protocol_and_back() -> None:
    bench = Bench()
    bench.join("new", instance_id="one")
    bench.join_classic("old", instance_id="one")
    bench.sync("old")
    bench.join("again", instance_id="one")
    assert bench.take_told() == [
        "new: epoch 2, owns orders 0 1 2 3 4 5",
        "old: joined generation 2",
        "old: owns orders 0 1 2 3 4 5",
        "again: epoch 2, owns orders 0 1 2 3 4 5",
    ]
    assert bench.beat_classic("old") is ErrorCode.FENCED_INSTANCE_ID


def test_who_does_not_sync_in_time_is_out() -> None:
    bench = with_new()
    bench.join_classic("old", session_timeout_ms=REBALANCE_MS * 2)
    bench.wait(REBALANCE_MS)
    assert removed(bench.records) == [bench.clients["old"].member_id]


def test_who_does_not_join_again_in_time_is_out() -> None:
    bench = mixed()
    bench.join("third")
    for _ in range(4):
        bench.beat_classic("old")
        bench.beat("new")
        bench.wait(REBALANCE_MS // 4)
    assert removed(bench.records) == [bench.clients["old"].member_id]


def test_a_silent_one_is_out_when_its_own_session_ends() -> None:
    bench = mixed()
    bench.wait(CLASSIC_SESSION_MS - 1)
    assert bench.beat_classic("old") is ErrorCode.NONE
    bench.wait(CLASSIC_SESSION_MS)
    assert bench.beat_classic("old") is ErrorCode.UNKNOWN_MEMBER_ID


def test_it_leaves_by_its_member_id_or_its_instance_id() -> None:
    bench = with_new()
    bench.join_classic("old")
    bench.join_classic("static", instance_id="one")
    for ids in ((bench.clients["old"].member_id, None), ("", "one")):
        bench.take(classic_members.leave(bench.group, *ids))
    assert [member.member_id for member in bench.group.members] == ["new-id"]
    with pytest.raises(KafkaError) as refused:
        classic_members.leave(bench.group, "x", None)
    assert refused.value.code is ErrorCode.UNKNOWN_MEMBER_ID


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"protocol_type": "connect"}, "INCONSISTENT_GROUP_PROTOCOL"),
        ({"protocols": ()}, "INCONSISTENT_GROUP_PROTOCOL"),
        ({"protocols": (Protocol("range", b"\0"),)}, "INCONSISTENT_GROUP_PROTOCOL"),
        ({"instance_id": "one", "member_id": "x"}, "UNKNOWN_MEMBER_ID"),
    ],
)
def test_a_join_that_does_not_fit_changes_nothing(told: dict[str, Any], code: str) -> None:
    bench = with_new()
    before = len(bench.records)
    bench.join_classic("old", **told)
    assert bench.take_told() == [f"old: {code}"]
    assert len(bench.records) == before


def test_classic_members_have_a_protocol_in_common() -> None:
    bench = with_new()
    bench.join_classic("old")
    bench.join_classic("other", protocols=(Protocol("sticky", subscription(["orders"])),))
    bench.join_classic("third", protocols=(Protocol("sticky", subscription(["orders"])), *RANGE))
    assert bench.take_told()[1:] == ["other: INCONSISTENT_GROUP_PROTOCOL", "third: joined generation 4"]


def test_where_groups_may_not_change_over_there_is_no_place_for_it() -> None:
    bench = with_new(group_consumer_migration_policy="Disabled")
    bench.join_classic("old")
    assert bench.take_told() == ["old: INCONSISTENT_GROUP_PROTOCOL"]


def test_a_full_group_has_no_place_for_it() -> None:
    bench = with_new(group_consumer_max_size="1")
    bench.join_classic("old")
    assert bench.take_told() == ["old: GROUP_MAX_SIZE_REACHED"]


def test_what_is_asked_in_another_generation_or_by_another_kind_is_refused() -> None:
    bench = mixed()
    bench.sync("new")
    bench.sync("old", protocol_name="sticky")
    bench.clients["old"].epoch = 2
    bench.sync("old")
    assert bench.take_told() == [
        "new: UNKNOWN_MEMBER_ID",
        "old: INCONSISTENT_GROUP_PROTOCOL",
        "old: ILLEGAL_GENERATION",
    ]
    assert bench.beat_classic("old") is ErrorCode.ILLEGAL_GENERATION
    assert bench.may_commit("old", ("orders", 3), epoch=2) is ErrorCode.ILLEGAL_GENERATION
    assert bench.may_commit("old", ("orders", 3), epoch=3) is ErrorCode.NONE


def test_it_goes_on_after_a_restart_with_its_own_session() -> None:
    bench = mixed()
    bench.restart()
    assert bench.beat_classic("old") is ErrorCode.NONE
    bench.wait(CLASSIC_SESSION_MS)
    assert bench.beat_classic("old") is ErrorCode.UNKNOWN_MEMBER_ID
    bench.beat("new")
    assert bench.take_told() == ["new: epoch 4, owns orders 0 1 2 3 4 5"]
