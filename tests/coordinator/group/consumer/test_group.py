"""The well-known scenarios of a consumer group, as transcripts: what is done, and who is told what."""

from collections.abc import Callable
from typing import Any

import pytest

from broker.coordinator.group.consumer.group import WAITING_INTERVAL_MS
from broker.coordinator.group.consumer.messages import Heartbeat, HeartbeatAnswer
from broker.coordinator.group.consumer.states import NEXT, GroupState
from broker.protocol.errors import ErrorCode, KafkaError
from tests.coordinator.group.consumer.bench import (
    REBALANCE_MS,
    SESSION_MS,
    Bench,
    Topics,
    epochs,
    removed,
    topic_id,
)

# Joining.


def test_a_first_member_owns_everything_at_once() -> None:
    bench = Bench()
    bench.join("ann")
    assert bench.take_told() == ["ann: epoch 2, owns orders 0 1 2 3 4 5"]
    assert bench.group.state == "Stable"
    bench.beat("ann")
    assert bench.take_told() == ["ann: epoch 2"]


def test_a_second_member_gets_its_half_when_the_first_has_given_it_up() -> None:
    bench = Bench()
    bench.join("ann")
    bench.join("bob")
    assert bench.take_told() == ["ann: epoch 2, owns orders 0 1 2 3 4 5", "bob: epoch 3, owns nothing"]
    assert bench.group.state == "Reconciling"
    bench.beat("ann")
    bench.beat("bob")
    assert bench.take_told() == ["ann: epoch 2, owns orders 0 1 2", "bob: epoch 3"]
    bench.beat("ann")  # it says that it has given the rest up
    bench.beat("bob")
    assert bench.take_told() == ["ann: epoch 3", "bob: epoch 3, owns orders 3 4 5"]
    assert bench.group.state == "Stable"


def test_three_members_and_a_topic_that_grows() -> None:
    bench = Bench()
    for name in ("ann", "bob", "cem"):
        bench.join(name)
    bench.settle("ann", "bob", "cem")
    assert bench.owned() == {"ann": "orders 0 1", "bob": "orders 3 4", "cem": "orders 2 5"}
    bench.topics.set("orders", 7)
    bench.beat("bob")
    assert bench.group.ledger.group_epoch == 5
    bench.settle("ann", "bob", "cem")
    assert bench.owned() == {"ann": "orders 0 1 6", "bob": "orders 3 4", "cem": "orders 2 5"}
    assert bench.group.state == "Stable"


def test_who_leaves_is_followed_by_the_others() -> None:
    bench = Bench()
    bench.join("ann")
    bench.join("bob")
    bench.settle("ann", "bob")
    bench.leave("ann")
    assert bench.take_told() == ["ann: epoch -1"]
    assert bench.group.state == "Assigning"
    bench.beat("bob")
    assert bench.take_told() == ["bob: epoch 4, owns orders 0 1 2 3 4 5"]
    bench.leave("bob")
    assert bench.group.state == "Empty"


def test_topics_that_come_and_go_are_followed() -> None:
    bench = Bench(Topics())
    bench.join("ann", "orders", "payments")
    assert bench.take_told() == ["ann: epoch 2, owns nothing"]
    bench.topics.set("orders", 2)
    bench.beat("ann")
    bench.topics.set("another", 2)
    bench.beat("ann")
    bench.topics.delete("orders")
    bench.beat("ann")
    assert bench.take_told() == [
        "ann: epoch 3, owns orders 0 1",
        "ann: epoch 3",
        "ann: epoch 3, owns nothing",
    ]
    bench.beat("ann")
    assert bench.take_told() == ["ann: epoch 4"]


def test_a_member_says_what_it_wants_anew() -> None:
    bench = Bench(Topics(orders=1, payments=1))
    bench.join("ann", "orders")
    bench.beat("ann", topic_names=frozenset({"payments"}))
    bench.beat("ann")
    assert bench.take_told() == [
        "ann: epoch 2, owns orders 0",
        "ann: epoch 2, owns nothing",
        "ann: epoch 3, owns payments 0",
    ]


def test_a_member_without_a_subscription_is_a_member() -> None:
    bench = Bench()
    bench.join("ann", topic_names=frozenset())
    assert bench.take_told() == ["ann: epoch 1, owns nothing"]
    assert bench.group.state == "Stable"


def test_an_id_is_told_again_with_all_that_a_member_has_if_it_tells_all() -> None:
    bench = Bench()
    bench.join("ann")
    bench.beat("ann", rebalance_timeout_ms=5, topic_names=frozenset({"orders"}))
    bench.join("ann")
    assert bench.take_told() == ["ann: epoch 2, owns orders 0 1 2 3 4 5"] * 3


# Patterns.


def test_a_pattern_takes_topics_as_they_come() -> None:
    bench = Bench(Topics(orders_eu=1, payments=1))
    bench.join("ann", topic_pattern="orders_.*")
    bench.topics.set("orders_us", 1)
    bench.topics.set("old_orders_us", 1)
    bench.beat("ann")
    bench.topics.delete("orders_eu")
    bench.beat("ann")
    assert bench.take_told() == [
        "ann: epoch 2, owns orders_eu 0",
        "ann: epoch 3, owns orders_eu 0, orders_us 0",
        "ann: epoch 3, owns orders_us 0",
    ]


def test_names_and_a_pattern_go_together_and_an_empty_pattern_ends_it() -> None:
    bench = Bench(Topics(a=1, b=1))
    bench.join("ann", topic_pattern="a", topic_names=frozenset({"b"}))
    bench.beat("ann", topic_pattern="")
    assert bench.take_told() == ["ann: epoch 2, owns a 0, b 0", "ann: epoch 2, owns b 0"]


def test_what_is_no_pattern_is_refused() -> None:
    bench = Bench()
    bench.join("ann", topic_pattern="(")
    assert bench.take_told() == ["ann: INVALID_REGULAR_EXPRESSION"]
    assert bench.group.is_unused


# Epochs.


def test_who_does_not_know_where_it_stands_has_to_begin_anew() -> None:
    bench = Bench()
    bench.join("ann")
    bench.join("bob")
    bench.settle("ann", "bob")
    bench.clients["ann"].epoch += 1
    bench.beat("ann")
    bench.clients["ann"].epoch = 2
    bench.beat("ann", owned={topic_id("orders"): frozenset({5})})
    bench.beat("ann", owned=None)
    bench.beat("ann", member_id="unknown")
    assert bench.take_told() == [
        "ann: FENCED_MEMBER_EPOCH",
        "ann: FENCED_MEMBER_EPOCH",
        "ann: FENCED_MEMBER_EPOCH",
        "ann: UNKNOWN_MEMBER_ID",
    ]


def test_a_member_whose_answer_was_lost_goes_on() -> None:
    bench = Bench()
    bench.join("ann")
    bench.join("bob")
    bench.beat("ann")
    bench.beat("ann")
    bench.take_told()
    bench.clients["ann"].epoch = 2  # it did not hear of 3
    bench.beat("ann")
    assert bench.take_told() == ["ann: epoch 3"]


# Time.


def test_a_silent_member_is_out_when_its_session_ends() -> None:
    bench = Bench()
    bench.join("ann")
    bench.wait(SESSION_MS - 1)
    assert not bench.group.is_unused
    bench.wait(1)
    assert bench.group.is_unused
    assert removed(bench.records) == ["ann-id"]
    bench.beat("ann")
    assert bench.take_told()[-1] == "ann: UNKNOWN_MEMBER_ID"


def test_who_does_not_give_up_what_it_is_told_to_is_out_in_time() -> None:
    bench = Bench()
    bench.join("ann")
    bench.join("bob")
    clinging = bench.clients["ann"].owned
    for _ in range(3):
        bench.beat("ann", owned=clinging)
        bench.beat("bob")
        bench.wait(REBALANCE_MS // 3)
    assert removed(bench.records) == ["ann-id"]
    bench.take_told()
    bench.beat("bob")
    assert bench.take_told() == ["bob: epoch 4, owns orders 0 1 2 3 4 5"]


def test_who_has_given_it_up_in_time_stays() -> None:
    bench = Bench()
    bench.join("ann")
    bench.join("bob")
    bench.settle("ann", "bob")
    bench.wait(REBALANCE_MS)
    assert removed(bench.records) == []


def test_assignments_are_not_made_more_often_than_the_group_wants() -> None:
    bench = Bench(config={"consumer.assignment.interval.ms": "1000"})
    bench.join("ann")
    bench.join("bob")
    assert bench.group.state == "Assigning"
    bench.wait(1_000)
    bench.beat("bob")
    assert bench.take_told()[1:] == ["bob: epoch 2, owns nothing", "bob: epoch 3"]


def interval_told(bench: Bench, name: str) -> int:
    client = bench.clients[name]
    asked = Heartbeat(client.member_id, client.epoch, None, None, "", "", -1, None, None, None, client.owned)
    answer = bench.group.heartbeat(asked, waiter=name, now_ms=bench.now_ms).replies[0].answer
    assert isinstance(answer, HeartbeatAnswer)
    return answer.heartbeat_interval_ms


def test_who_waits_for_others_comes_sooner() -> None:
    bench = Bench(config={"consumer.heartbeat.interval.ms": "3000"})
    bench.join("ann")
    bench.join("bob")
    assert [interval_told(bench, name) for name in ("ann", "bob")] == [3_000, WAITING_INTERVAL_MS]


# Static members.


def test_a_static_member_that_comes_back_finds_what_it_had() -> None:
    bench = Bench()
    bench.join("ann", instance_id="one")
    bench.join("bob")
    bench.settle("ann", "bob")
    bench.leave("ann", for_a_while=True)
    bench.beat("bob")
    assert bench.take_told() == ["ann: epoch -2", "bob: epoch 3"], "what it had is kept for it"
    bench.join("ann2", instance_id="one")
    assert bench.take_told() == ["ann2: epoch 3, owns orders 0 1 2"]
    assert bench.group.ledger.group_epoch == 3, "nobody else has to move"
    assert bench.group.state == "Stable"


def test_a_static_member_that_does_not_come_back_is_out() -> None:
    bench = Bench()
    bench.join("ann", instance_id="one")
    bench.leave("ann", for_a_while=True)
    bench.wait(SESSION_MS)
    assert bench.group.is_unused


def test_an_instance_id_is_one_members() -> None:
    bench = Bench()
    bench.join("ann", instance_id="one")
    bench.join("eve", instance_id="one")
    bench.beat("eve", member_epoch=1)
    bench.beat("eve", member_epoch=1, instance_id="two")
    bench.leave("eve")
    bench.leave("ann")
    assert bench.take_told()[1:] == [
        "eve: UNRELEASED_INSTANCE_ID",
        "eve: FENCED_INSTANCE_ID",
        "eve: UNKNOWN_MEMBER_ID",
        "eve: FENCED_INSTANCE_ID",
        "ann: epoch -1",
    ]


# What is refused.


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"rebalance_timeout_ms": -1}, "INVALID_REQUEST"),
        ({"owned": None}, "INVALID_REQUEST"),
        ({"owned": {b"x": frozenset({1})}}, "INVALID_REQUEST"),
        ({"topic_names": None}, "INVALID_REQUEST"),
        ({"instance_id": ""}, "INVALID_REQUEST"),
        ({"rack_id": " "}, "INVALID_REQUEST"),
        ({"member_epoch": -3}, "INVALID_REQUEST"),
        ({"member_epoch": -2}, "INVALID_REQUEST"),
        ({"server_assignor": "mine"}, "UNSUPPORTED_ASSIGNOR"),
        ({"member_epoch": 5}, "UNKNOWN_MEMBER_ID"),
        ({"member_epoch": -1}, "UNKNOWN_MEMBER_ID"),
    ],
)
def test_a_heartbeat_that_cannot_be_followed_changes_nothing(told: dict[str, Any], code: str) -> None:
    bench = Bench()
    bench.join("ann", **told)
    assert bench.take_told() == [f"ann: {code}"]
    assert bench.records == []


def test_a_full_group_takes_nobody_but_those_who_are_in_it() -> None:
    bench = Bench(group_consumer_max_size="1")
    bench.join("ann", instance_id="one")
    bench.join("bob")
    bench.beat("ann")
    bench.leave("ann", for_a_while=True)
    bench.join("ann2", instance_id="one")
    told = bench.take_told()
    assert told[1] == "bob: GROUP_MAX_SIZE_REACHED"
    assert told[-1] == "ann2: epoch 2, owns orders 0 1 2 3 4 5"


def test_the_assignor_is_the_one_that_most_want() -> None:
    bench = Bench(Topics(a=1, b=1))
    for name in ("ann", "bob"):
        bench.join(name, "a", "b", server_assignor="range")
    bench.settle("ann", "bob")
    assert bench.owned() == {"ann": "a 0, b 0", "bob": "nothing"}, "each topic's first partition"
    assert bench.group.describe().assignor == "range"


# Offsets.


def test_commits_are_of_members_in_the_epoch_in_which_they_own_the_partition() -> None:
    bench = Bench()
    bench.join("ann")
    assert bench.may_commit("ann", ("orders", 5)) is ErrorCode.NONE
    assert bench.may_commit("ann", ("orders", 5), epoch=3) is ErrorCode.STALE_MEMBER_EPOCH
    bench.join("bob")
    bench.settle("ann", "bob")
    assert bench.may_commit("ann", ("orders", 0), epoch=2) is ErrorCode.NONE, "it was its own all the time"
    assert bench.may_commit("ann", ("orders", 5), epoch=2) is ErrorCode.STALE_MEMBER_EPOCH
    assert bench.may_commit("bob", ("orders", 5), epoch=2) is ErrorCode.STALE_MEMBER_EPOCH
    assert bench.may_commit("bob", ("orders", 5)) is ErrorCode.NONE


def test_what_is_to_be_given_up_may_still_be_committed() -> None:
    bench = Bench()
    bench.join("ann")
    bench.join("bob")
    bench.beat("ann")
    assert bench.may_commit("ann", ("orders", 5)) is ErrorCode.NONE


def test_from_outside_offsets_are_committed_while_nobody_is_there() -> None:
    bench = Bench()
    bench.group.check_commit("", -1, [])
    bench.join("ann")
    calls: list[Callable[[], None]] = [
        lambda: bench.group.check_commit("", -1, []),
        lambda: bench.group.check_fetch("eve", 1),
    ]
    for work in calls:
        with pytest.raises(KafkaError) as refused:
            work()
        assert refused.value.code is ErrorCode.UNKNOWN_MEMBER_ID
    with pytest.raises(KafkaError) as refused:
        bench.group.check_commit("ann-id", 2, [], knows_epochs=False)
    assert refused.value.code is ErrorCode.UNSUPPORTED_VERSION


def test_offsets_are_read_by_members_in_their_epoch_and_by_anybody_from_outside() -> None:
    bench = Bench()
    bench.join("ann")
    bench.group.check_fetch(None, -1)
    bench.group.check_fetch("ann-id", 2)
    with pytest.raises(KafkaError) as refused:
        bench.group.check_fetch("ann-id", 1)
    assert refused.value.code is ErrorCode.STALE_MEMBER_EPOCH


def test_offsets_of_topics_that_somebody_wants_are_needed() -> None:
    bench = Bench(Topics(orders=1, payments_eu=1))
    bench.join("ann", "orders")
    bench.join("bob", topic_pattern="payments_.*")
    bench.group.check_deletion_of_offsets()
    needed = [name for name in ("orders", "payments_eu", "other") if bench.group.needs_offsets_of(name)]
    assert needed == ["orders", "payments_eu"]


# Restarts and the end.


def test_members_go_on_after_a_restart() -> None:
    bench = Bench()
    bench.join("ann", instance_id="one")
    bench.join("bob", topic_pattern="ord.*")
    bench.settle("ann", "bob")
    described, state = bench.group.describe(), bench.group.state
    bench.restart()
    assert (bench.group.describe(), bench.group.state) == (described, state)
    bench.beat("ann")
    bench.beat("bob")
    assert bench.take_told() == ["ann: epoch 3", "bob: epoch 3"]
    bench.wait(SESSION_MS)
    assert bench.group.is_unused, "sessions have begun anew"


def test_a_rebalance_goes_on_after_a_restart() -> None:
    bench = Bench()
    bench.join("ann")
    bench.join("bob")
    clinging = bench.clients["ann"].owned
    bench.beat("ann", owned=clinging)
    bench.restart()
    bench.wait(REBALANCE_MS)
    assert removed(bench.records) == ["ann-id"]


def test_topics_that_have_changed_meanwhile_are_seen_after_a_restart() -> None:
    bench = Bench()
    bench.join("ann")
    bench.topics.set("orders", 7)
    bench.restart()
    bench.beat("ann")
    assert bench.take_told()[1:] == ["ann: epoch 3, owns orders 0 1 2 3 4 5 6"]
    assert epochs(bench.records) == [2, 2, 3, 3]


def test_a_group_that_is_gone_answers_nobody() -> None:
    bench = Bench()
    bench.join("ann")
    bench.group.dissolve(KafkaError(ErrorCode.NOT_COORDINATOR, ""))
    bench.take_told()
    bench.beat("ann")
    assert bench.take_told() == ["ann: COORDINATOR_NOT_AVAILABLE"]
    assert bench.group.state is GroupState.DEAD
    assert bench.group.next_deadline_ms is None


def test_describe_shows_what_each_has_and_is_to_have() -> None:
    bench = Bench()
    bench.join("ann", instance_id="one", rack_id="r1")
    bench.join("bob", "orders", "payments")
    bench.beat("ann")
    found = bench.group.describe()
    assert (found.state, found.group_epoch, found.assignment_epoch, found.assignor) == (
        "Reconciling",
        3,
        3,
        "uniform",
    )
    ann, bob = found.members
    assert (ann.instance_id, ann.rack_id, ann.member_epoch, ann.client_id) == ("one", "r1", 2, "ann")
    assert ann.assigned == {"orders": [0, 1, 2, 3, 4, 5]}, "also what it has not given up yet"
    assert ann.target == {"orders": [0, 1, 2]}
    assert (bob.topic_names, bob.assigned, bob.target) == (["orders", "payments"], {}, {"orders": [3, 4, 5]})


# All states.


def in_state(state: GroupState) -> Bench:
    bench = Bench()
    if state is GroupState.EMPTY:
        return bench
    bench.join("ann")
    if state is GroupState.ASSIGNING:
        bench.join("bob")
        bench.leave("bob")
    elif state is GroupState.RECONCILING:
        bench.join("bob")
    elif state is GroupState.DEAD:
        bench.group.dissolve(KafkaError(ErrorCode.NOT_COORDINATOR, ""))
    assert bench.group.state is state
    return bench


@pytest.mark.parametrize("state", list(GroupState))
@pytest.mark.parametrize("what", ["join", "beat", "leave", "expire", "grow", "dissolve"])
def test_whatever_is_done_in_whatever_state_leads_where_the_table_says(state: GroupState, what: str) -> None:
    bench = in_state(state)
    if what == "join":
        bench.join("cem")
    elif what == "beat" and bench.clients:
        bench.beat("ann")
    elif what == "leave" and bench.clients:
        bench.leave("ann")
    elif what == "expire":
        bench.wait(SESSION_MS)
    elif what == "grow":
        bench.topics.set("orders", 9)
        if bench.clients:
            bench.beat("ann")
    elif what == "dissolve":
        bench.group.dissolve(KafkaError(ErrorCode.NOT_COORDINATOR, ""))
    assert bench.group.state is state or bench.group.state in NEXT[state]
