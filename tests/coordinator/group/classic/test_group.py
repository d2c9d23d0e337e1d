"""The well-known scenarios of a classic group, as transcripts: what is done, and who is told what."""

import pytest

from broker.coordinator.group.classic import group as group_module
from broker.coordinator.group.classic.group import NEW_MEMBER_JOIN_TIMEOUT_MS
from broker.coordinator.group.classic.messages import Join, Protocol, Sync
from broker.coordinator.group.classic.states import NEXT, State
from broker.protocol.errors import ErrorCode, KafkaError
from tests.coordinator.group.classic.bench import RANGE, REBALANCE_MS, SESSION_MS, Bench

BOTH = (Protocol("range", b"r"), Protocol("sticky", b"s"))
STICKY = (Protocol("sticky", b"s"),)


# First joins.


def test_a_first_member_leads_at_once() -> None:
    bench = Bench()
    bench.join("ann")
    assert bench.take_told() == ["ann joins: generation 1 by range, leads ann"]
    assert bench.state() == "CompletingRebalance"
    bench.sync("ann", ann="all")
    assert bench.take_told() == ["ann syncs: has 'all'"]
    assert bench.state() == "Stable"
    assert bench.heartbeat("ann") is ErrorCode.NONE


def test_a_new_member_that_can_is_told_its_id_first() -> None:
    bench = Bench()
    bench.join("ann", needs_known_id=True)
    assert bench.take_told() == ["ann joins: MEMBER_ID_REQUIRED ann/1"]
    assert bench.group.state is State.EMPTY
    bench.join("ann", needs_known_id=True)
    assert bench.take_told() == ["ann joins: generation 1 by range, leads ann"]


def test_an_id_that_nobody_comes_back_with_is_forgotten() -> None:
    bench = Bench()
    bench.join("ann", needs_known_id=True)
    assert not bench.group.is_unused
    bench.wait(SESSION_MS)
    assert bench.group.is_unused
    bench.take_told()
    bench.join("ann")
    assert bench.take_told() == ["ann joins: UNKNOWN_MEMBER_ID"]


def test_the_others_wait_for_one_that_was_told_its_id() -> None:
    bench = Bench()
    bench.stable("ann")
    bench.join("bob", needs_known_id=True)
    bench.join("ann")
    assert bench.take_told() == ["bob joins: MEMBER_ID_REQUIRED bob/2"]
    bench.join("bob")
    assert bench.take_told() == [
        "ann joins: generation 2 by range, leads ann bob",
        "bob joins: generation 2 by range",
    ]


def test_one_that_was_told_its_id_and_leaves_is_no_longer_waited_for() -> None:
    bench = Bench()
    bench.stable("ann")
    bench.join("bob", needs_known_id=True)
    bench.join("ann")
    bench.take_told()
    bench.leave("bob")
    assert bench.take_told() == ["ann joins: generation 2 by range, leads ann"]


def test_the_first_members_wait_for_others_if_they_are_to() -> None:
    bench = Bench(group_initial_rebalance_delay_ms="3000")
    bench.join("ann")
    bench.wait(2_000)
    bench.join("bob")
    bench.wait(2_000)
    assert bench.take_told() == [], "bob has come meanwhile: they wait once more"
    bench.wait(2_000)
    assert len(bench.take_told()) == 2
    assert bench.group.generation_id == 1


# Rebalances.


def test_a_second_member_makes_the_first_join_again() -> None:
    bench = Bench()
    bench.stable("ann")
    bench.join("bob")
    assert bench.take_told() == []
    assert bench.heartbeat("ann") is ErrorCode.REBALANCE_IN_PROGRESS
    bench.join("ann")
    told = bench.take_told()
    assert [line.split(",")[0] for line in told] == [
        "ann joins: generation 2 by range",
        "bob joins: generation 2 by range",
    ]
    bench.sync("bob")
    assert bench.take_told() == []
    bench.sync("ann", ann="left", bob="right")
    assert sorted(bench.take_told()) == ["ann syncs: has 'left'", "bob syncs: has 'right'"]


def test_a_late_sync_gets_what_the_leader_has_assigned() -> None:
    bench = Bench()
    bench.join("ann")
    bench.join("bob")
    bench.join("ann")
    bench.take_told()
    bench.sync("ann", ann="left", bob="right")
    bench.sync("bob")
    assert bench.take_told() == ["ann syncs: has 'left'", "bob syncs: has 'right'"]


def test_the_leader_leaves_and_another_leads() -> None:
    bench = Bench()
    bench.stable("ann", "bob")
    bench.leave("ann")
    assert bench.heartbeat("bob") is ErrorCode.REBALANCE_IN_PROGRESS
    bench.join("bob")
    assert bench.take_told() == ["bob joins: generation 3 by range, leads bob"]


def test_the_last_member_leaves_an_empty_group() -> None:
    bench = Bench()
    bench.stable("ann")
    bench.leave("ann")
    assert bench.group.state is State.EMPTY
    assert bench.records[-1].members == ()
    assert (bench.records[-1].protocol_type, bench.records[-1].generation_id) == ("consumer", 2)


def test_a_silent_member_is_removed_when_its_session_ends() -> None:
    bench = Bench()
    bench.stable("ann", "bob")
    bench.wait(SESSION_MS - 1)
    assert bench.heartbeat("ann") is ErrorCode.NONE
    bench.wait(1)
    assert bench.heartbeat("ann") is ErrorCode.REBALANCE_IN_PROGRESS
    bench.join("ann")
    assert bench.take_told() == ["ann joins: generation 3 by range, leads ann"]
    assert bench.heartbeat("bob") is ErrorCode.UNKNOWN_MEMBER_ID


def test_who_waits_for_others_is_not_silent() -> None:
    bench = Bench()
    bench.stable("ann", "bob")
    bench.join("ann")
    for _ in range(2):
        bench.wait(SESSION_MS - 1_000)
        assert bench.heartbeat("bob") is ErrorCode.REBALANCE_IN_PROGRESS
    assert bench.take_told() == []
    bench.join("bob")
    assert len(bench.take_told()) == 2


def test_who_does_not_join_in_time_is_out() -> None:
    bench = Bench()
    bench.stable("ann", "bob")
    bench.join("ann")
    for _ in range(REBALANCE_MS // 5_000):
        bench.heartbeat("bob")
        bench.wait(5_000)
    assert bench.take_told() == ["ann joins: generation 3 by range, leads ann"]
    assert bench.heartbeat("bob") is ErrorCode.UNKNOWN_MEMBER_ID


def test_a_new_member_whose_client_has_gone_is_not_waited_for_for_ever() -> None:
    bench = Bench()
    bench.stable("ann")
    bench.join("bob", rebalance_ms=10 * NEW_MEMBER_JOIN_TIMEOUT_MS)
    for _ in range(NEW_MEMBER_JOIN_TIMEOUT_MS // 5_000):
        bench.heartbeat("ann")
        bench.wait(5_000)
    assert bench.take_told()[0] == "bob joins: UNKNOWN_MEMBER_ID"


def test_a_member_that_never_syncs_is_out() -> None:
    bench = Bench()
    bench.stable("ann")
    bench.join("bob")
    bench.join("ann")
    bench.sync("ann", ann="left", bob="right")
    bench.take_told()
    for _ in range(REBALANCE_MS // 5_000):
        bench.heartbeat("ann")
        bench.heartbeat("bob")
        bench.wait(5_000)
    assert bench.heartbeat("bob") is ErrorCode.UNKNOWN_MEMBER_ID
    assert bench.heartbeat("ann") is ErrorCode.REBALANCE_IN_PROGRESS


def test_a_leader_that_never_assigns_is_out_and_those_who_wait_begin_anew() -> None:
    bench = Bench()
    bench.stable("ann")
    bench.join("bob")
    bench.join("ann")
    bench.sync("bob")
    bench.take_told()
    for _ in range(REBALANCE_MS // 5_000):
        bench.heartbeat("ann")
        bench.wait(5_000)
    assert bench.take_told() == ["bob syncs: REBALANCE_IN_PROGRESS"]
    bench.join("bob")
    assert bench.take_told() == ["bob joins: generation 3 by range, leads bob"]


def test_a_member_that_missed_the_answer_gets_it_again() -> None:
    bench = Bench()
    bench.join("ann")
    bench.join("ann")
    assert bench.take_told() == ["ann joins: generation 1 by range, leads ann"] * 2
    assert bench.group.generation_id == 1


def test_in_a_stable_group_a_follower_that_joins_as_before_disturbs_nobody() -> None:
    bench = Bench()
    bench.stable("ann", "bob")
    bench.join("bob")
    assert bench.take_told() == ["bob joins: generation 2 by range"]
    assert bench.group.state is State.STABLE


def test_a_leader_that_joins_again_wants_to_assign_anew() -> None:
    bench = Bench()
    bench.stable("ann", "bob")
    bench.join("ann")
    assert bench.group.state is State.PREPARING_REBALANCE


def test_a_second_request_of_a_member_that_waits_ends_the_first() -> None:
    bench = Bench()
    bench.stable("ann", "bob")
    bench.join("ann")
    bench.join("ann")
    assert bench.take_told() == ["ann joins: REBALANCE_IN_PROGRESS"]
    bench.join("bob")
    assert len(bench.take_told()) == 2


def test_a_protocol_changes_when_all_know_another() -> None:
    bench = Bench()
    bench.join("ann", protocols=BOTH)
    bench.sync("ann", ann="all")
    bench.join("bob", protocols=STICKY)
    bench.join("ann", protocols=BOTH)
    assert [line.split(",")[0] for line in bench.take_told()[2:]] == [
        "ann joins: generation 2 by sticky",
        "bob joins: generation 2 by sticky",
    ]


# What is refused.


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"protocol_type": "connect"}, "INCONSISTENT_GROUP_PROTOCOL"),
        ({"protocols": STICKY}, "INCONSISTENT_GROUP_PROTOCOL"),
        ({"protocols": ()}, "INCONSISTENT_GROUP_PROTOCOL"),
        ({"member_id": "unheard of"}, "UNKNOWN_MEMBER_ID"),
        ({"member_id": "unheard of", "instance_id": "i"}, "UNKNOWN_MEMBER_ID"),
    ],
)
def test_a_join_that_cannot_be_is_refused_and_changes_nothing(how: dict[str, object], code: str) -> None:
    bench = Bench()
    bench.stable("ann")
    bench.join("bob", **how)  # type: ignore[arg-type]
    assert bench.take_told() == [f"bob joins: {code}"]
    assert bench.group.state is State.STABLE
    assert bench.heartbeat("ann") is ErrorCode.NONE


def test_a_first_member_has_to_know_a_protocol() -> None:
    bench = Bench()
    bench.join("ann", protocols=())
    bench.join("ann", protocol_type="")
    assert bench.take_told() == ["ann joins: INCONSISTENT_GROUP_PROTOCOL"] * 2


def test_a_full_group_takes_no_more() -> None:
    bench = Bench(group_max_size="2")
    bench.stable("ann", "bob")
    bench.join("cleo")
    assert bench.take_told() == ["cleo joins: GROUP_MAX_SIZE_REACHED"]
    bench.leave("bob")
    bench.join("cleo")
    bench.join("ann")
    assert len(bench.take_told()) == 2


def test_ids_are_not_given_out_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_module, "MOST_PENDING", 2)
    bench = Bench()
    for name in ("ann", "bob", "cleo"):
        bench.join(name, needs_known_id=True)
    assert bench.take_told()[2] == "cleo joins: GROUP_MAX_SIZE_REACHED"
    bench.wait(SESSION_MS)
    bench.join("cleo", needs_known_id=True)
    assert "MEMBER_ID_REQUIRED" in bench.take_told()[0]


def test_an_old_generation_has_nothing_to_say() -> None:
    bench = Bench()
    bench.stable("ann", "bob")
    old = bench.group.generation_id - 1
    assert bench.heartbeat("ann", generation_id=old) is ErrorCode.ILLEGAL_GENERATION
    bench.sync("ann", generation_id=old)
    assert bench.take_told() == ["ann syncs: ILLEGAL_GENERATION"]
    assert bench.may_commit("ann", generation_id=old) is ErrorCode.ILLEGAL_GENERATION


def test_a_sync_by_another_protocol_is_refused() -> None:
    bench = Bench()
    bench.join("ann")
    for protocol_type, name in (("connect", "range"), ("consumer", "sticky")):
        asked = Sync(bench.ids["ann"], None, 1, protocol_type, name, {})
        with pytest.raises(KafkaError) as refused:
            bench.group.sync(asked, waiter="x", now_ms=bench.now_ms)
        assert refused.value.code is ErrorCode.INCONSISTENT_GROUP_PROTOCOL


def test_a_sync_during_a_rebalance_is_told_of_it() -> None:
    bench = Bench()
    bench.stable("ann")
    bench.join("bob")
    bench.sync("ann")
    assert bench.take_told() == ["ann syncs: REBALANCE_IN_PROGRESS"]


# Commits.


def test_who_may_commit_in_which_state() -> None:
    bench = Bench()
    assert bench.may_commit("from outside", generation_id=-1) is ErrorCode.NONE
    bench.join("ann")
    assert bench.may_commit("ann") is ErrorCode.REBALANCE_IN_PROGRESS
    bench.sync("ann", ann="all")
    assert bench.may_commit("ann") is ErrorCode.NONE
    assert bench.may_commit("from outside", generation_id=-1) is ErrorCode.UNKNOWN_MEMBER_ID
    bench.join("bob")
    assert bench.may_commit("ann") is ErrorCode.NONE, "its last chance before it gives its partitions back"


def test_a_commit_is_a_sign_of_life() -> None:
    bench = Bench()
    bench.stable("ann")
    for _ in range(3):
        bench.wait(SESSION_MS - 1)
        assert bench.may_commit("ann") is ErrorCode.NONE


def test_offsets_of_what_members_read_are_needed() -> None:
    topics = b"\0\0\0\0\0\1\0\6orders\xff\xff\xff\xff"
    bench = Bench()
    assert not bench.group.needs_offsets_of("orders")
    bench.join("ann", protocols=(Protocol("range", topics),))
    assert bench.group.needs_offsets_of("orders")
    assert not bench.group.needs_offsets_of("bills")
    bench.group.check_deletion_of_offsets()


def test_who_is_no_consumer_needs_all_offsets() -> None:
    bench = Bench()
    bench.join("ann", protocol_type="connect")
    assert bench.group.needs_offsets_of("anything")
    with pytest.raises(KafkaError) as refused:
        bench.group.check_deletion_of_offsets()
    assert refused.value.code is ErrorCode.NON_EMPTY_GROUP


# Static members.


def static(bench: Bench, **how: str) -> None:
    """ann and bob are static, ann leads, and all is stable."""
    bench.join("ann", instance_id="a")
    bench.join("bob", instance_id="b")
    bench.join("ann", instance_id="a")
    bench.sync("bob")
    bench.sync("ann", ann="left", bob="right")
    bench.take_told()


def test_a_static_member_comes_back_without_a_rebalance() -> None:
    bench = Bench()
    static(bench)
    old = bench.ids.pop("bob")
    bench.join("bob", instance_id="b")
    assert bench.take_told() == ["bob joins: generation 2 by range"]
    assert bench.ids["bob"] != old
    bench.sync("bob")
    assert bench.take_told() == ["bob syncs: has 'right'"]
    assert bench.group.state is State.STABLE
    with pytest.raises(KafkaError) as fenced:
        bench.group.heartbeat(old, "b", 2, now_ms=bench.now_ms)
    assert fenced.value.code is ErrorCode.FENCED_INSTANCE_ID
    assert bench.records[-1].members[-1].member_id == bench.ids["bob"]


@pytest.mark.parametrize(
    ("may_skip", "told"),
    [(True, "generation 2 by range, leads bob ann, skips"), (False, "generation 2 by range")],
)
def test_a_static_leader_that_comes_back_does_not_assign_anew(may_skip: bool, told: str) -> None:
    bench = Bench()
    static(bench)
    del bench.ids["ann"]
    bench.join("ann", instance_id="a", may_skip=may_skip)
    assert bench.take_told() == [f"ann joins: {told}"]
    assert bench.group.state is State.STABLE
    assert bench.group.leader == bench.ids["ann"]


def test_a_static_member_that_comes_back_with_another_protocol_rebalances() -> None:
    bench = Bench()
    bench.join("ann", instance_id="a", protocols=BOTH)
    bench.sync("ann", ann="all")
    del bench.ids["ann"]
    bench.join("ann", instance_id="a", protocols=STICKY)
    assert bench.take_told()[2:] == ["ann joins: generation 2 by sticky, leads ann"]


def test_whoever_a_static_member_replaces_is_fenced_where_it_waits() -> None:
    bench = Bench()
    static(bench)
    bench.join("ann", instance_id="a")
    bench.ids["first bob"] = bench.ids.pop("bob")
    bench.join("ann", instance_id="a", member_id="")
    assert bench.take_told() == ["ann joins: FENCED_INSTANCE_ID"]


def test_static_members_that_are_away_stay_until_their_sessions_end() -> None:
    bench = Bench()
    static(bench)
    bench.join("ann", instance_id="a", session_ms=60_000)
    bench.wait(SESSION_MS)
    assert bench.take_told() == ["ann joins: generation 3 by range, leads ann"]


def test_a_static_member_is_made_to_leave_by_its_instance_id() -> None:
    bench = Bench()
    static(bench)
    bench.leave("bob", instance_id="b")
    bench.leave("bob", instance_id="unheard of")
    assert bench.take_told() == ["bob leaves: UNKNOWN_MEMBER_ID"]
    assert bench.heartbeat("ann") is ErrorCode.REBALANCE_IN_PROGRESS


# Restarts, and the end.


def test_after_a_restart_members_go_on_without_joining() -> None:
    bench = Bench()
    bench.stable("ann", "bob")
    bench.restart()
    assert bench.state() == "Stable"
    assert [bench.heartbeat(name) for name in ("ann", "bob")] == [ErrorCode.NONE] * 2
    assert bench.may_commit("bob") is ErrorCode.NONE
    bench.sync("bob")
    assert bench.take_told() == ["bob syncs: has 'part of bob'"]
    bench.wait(SESSION_MS)
    assert bench.state() == "Empty", "who did not come back is out"


def test_a_restart_in_mid_rebalance_goes_back_to_what_was_kept() -> None:
    bench = Bench()
    bench.stable("ann")
    bench.join("bob")
    bench.restart()
    assert bench.heartbeat("ann") is ErrorCode.NONE


def test_a_stable_group_tells_all_of_itself() -> None:
    bench = Bench()
    bench.stable("ann")
    described = bench.group.describe()
    assert (described.state, described.protocol_type, described.protocol_name) == (
        "Stable",
        "consumer",
        "range",
    )
    (member,) = described.members
    assert (member.client_id, member.client_host) == ("ann", "/host")
    assert (member.metadata, member.assignment) == (b"r", b"part of ann")
    bench.join("bob")
    described = bench.group.describe()
    assert (described.state, described.protocol_name) == ("PreparingRebalance", "")
    shown = [(each.metadata, each.assignment) for each in described.members]
    assert shown == [(b"", b"part of ann"), (b"", b"")]


def test_when_it_moves_all_who_wait_are_told() -> None:
    bench = Bench()
    bench.stable("ann", "bob")
    bench.join("ann")
    bench.take(bench.group.dissolve(KafkaError(ErrorCode.NOT_COORDINATOR, "it has moved")))
    assert bench.take_told() == ["ann joins: NOT_COORDINATOR"]
    assert bench.group.next_deadline_ms is None
    assert bench.heartbeat("bob") is ErrorCode.COORDINATOR_NOT_AVAILABLE
    assert bench.may_commit("bob") is ErrorCode.COORDINATOR_NOT_AVAILABLE
    bench.join("bob")
    bench.sync("bob")
    bench.leave("bob")
    assert [line.split(": ")[1] for line in bench.take_told()] == ["COORDINATOR_NOT_AVAILABLE"] * 3
    with pytest.raises(KafkaError) as refused:
        bench.group.check_deletion_of_offsets()
    assert refused.value.code is ErrorCode.GROUP_ID_NOT_FOUND


# States.


def in_state(state: State) -> Bench:
    bench = Bench()
    if state is State.DEAD:
        bench.take(bench.group.dissolve(KafkaError(ErrorCode.NOT_COORDINATOR, "")))
    elif state is State.COMPLETING_REBALANCE:
        bench.join("ann")
    elif state is not State.EMPTY:
        bench.stable("ann")
        if state is State.PREPARING_REBALANCE:
            bench.join("bob")
    assert bench.group.state is state
    return bench


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("following", State)
def test_only_the_table_leads_from_one_state_to_another(state: State, following: State) -> None:
    group = in_state(state).group
    if following in NEXT[state]:
        group._enter(following)
        assert group.state is following
    else:
        with pytest.raises(AssertionError, match=f"{state} does not lead to {following}"):
            group._enter(following)


@pytest.mark.parametrize(
    ("state", "codes"),
    [
        (State.EMPTY, ["UNKNOWN_MEMBER_ID", "UNKNOWN_MEMBER_ID"]),
        (State.PREPARING_REBALANCE, ["REBALANCE_IN_PROGRESS", "REBALANCE_IN_PROGRESS"]),
        (State.COMPLETING_REBALANCE, ["NONE", "waits"]),
        (State.STABLE, ["NONE", "has"]),
        (State.DEAD, ["COORDINATOR_NOT_AVAILABLE", "COORDINATOR_NOT_AVAILABLE"]),
    ],
)
def test_each_state_answers_heartbeats_and_syncs_in_its_way(state: State, codes: list[str]) -> None:
    bench = in_state(state)
    bench.ids.setdefault("ann", "ann/1")
    bench.take_told()
    assert bench.heartbeat("ann").name == codes[0]
    bench.group.leader = None  # a follower's sync
    bench.sync("ann")
    told = [line.split()[2] for line in bench.take_told()] or ["waits"]
    assert told == [codes[1]]


def test_a_refused_newcomer_leaves_no_trace() -> None:
    bench = Bench()
    asked = Join("", None, "x", "/host", 1, 1, "", RANGE, False, False)
    with pytest.raises(KafkaError):
        bench.group.join(asked, waiter="x", now_ms=0)
    assert bench.group.is_unused
    assert bench.group.next_deadline_ms is None
