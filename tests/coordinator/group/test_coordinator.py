"""One node's groups: loaded when they are asked for, moved with their partition, forgotten in time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from broker.cluster.coordinators import group_partition
from broker.coordinator.group.coordinator import GROUPS_A_TURN, Committer
from broker.coordinator.group.offsets import Commit
from broker.protocol.errors import ErrorCode
from tests.coordinator.group.house import (
    FROM_OUTSIDE,
    SESSION_MS,
    House,
    code_of,
    house,
    joining,
    soon,
    turns,
)

MINUTE_MS = 60_000


def run(scenario: Callable[[House], Awaitable[None]], count: int = 1, **values: Any) -> None:
    async def inside() -> None:
        async with house(count, **values) as made:
            await scenario(made)

    asyncio.run(inside())


def test_a_member_joins_syncs_commits_and_leaves() -> None:
    async def scenario(made: House) -> None:
        joined = await made.member("g")
        who = Committer(joined.member_id, None, joined.generation_id)
        assert await made.commit("g", 7, who=who) == [ErrorCode.NONE]
        made.groups.heartbeat("g", *who)
        assert made.groups.leave("g", [(joined.member_id, None), ("unheard of", None)]) == [
            ErrorCode.NONE,
            ErrorCode.UNKNOWN_MEMBER_ID,
        ]
        assert await made.states() == {"g": "Empty"}
        assert await made.committed("g") == [7]

    run(scenario)


def test_who_speaks_of_a_group_that_is_not_there_is_told_as_kafka_tells_it() -> None:
    async def scenario(made: House) -> None:
        groups = made.groups
        assert await code_of(lambda: groups.join("g", joining("x"))) is ErrorCode.UNKNOWN_MEMBER_ID
        assert await code_of(lambda: groups.heartbeat("g", "x", None, 1)) is ErrorCode.UNKNOWN_MEMBER_ID
        assert groups.leave("g", [("x", None)]) == [ErrorCode.UNKNOWN_MEMBER_ID]
        in_a_generation = Committer("x", None, 3)
        assert await code_of(lambda: groups.commit("g", in_a_generation, [])) is ErrorCode.GROUP_ID_NOT_FOUND
        assert await made.committed("g") == []
        assert await code_of(lambda: groups.describe("g")) is ErrorCode.GROUP_ID_NOT_FOUND
        assert await code_of(lambda: groups.delete("g")) is ErrorCode.GROUP_ID_NOT_FOUND
        assert await code_of(lambda: groups.delete_offsets("g", [])) is ErrorCode.GROUP_ID_NOT_FOUND
        assert await made.states() == {}

    run(scenario)


def test_a_group_without_a_name_has_no_members_but_may_have_offsets() -> None:
    async def scenario(made: House) -> None:
        groups = made.groups
        assert await code_of(lambda: groups.join("", joining())) is ErrorCode.INVALID_GROUP_ID
        assert await code_of(lambda: groups.heartbeat("", "x", None, 1)) is ErrorCode.INVALID_GROUP_ID
        assert await code_of(lambda: groups.leave("", [])) is ErrorCode.INVALID_GROUP_ID
        assert await made.commit("", 4) == [ErrorCode.NONE]
        assert await made.committed("") == [4]

    run(scenario)


def test_what_was_kept_is_there_for_another_coordinator_and_members_go_on() -> None:
    async def scenario(made: House) -> None:
        joined = await made.member("g")
        who = Committer(joined.member_id, None, joined.generation_id)
        await made.commit("g", 1, 2, 3, who=who)
        async with house(data=made.data) as after:
            assert await after.committed("g") == [1, 2, 3]
            after.groups.heartbeat("g", *who)
            assert (await after.sync("g", joined)).assignment == b"all"
            after.clock.advance(SESSION_MS)
            await turns()
            assert await after.states() == {"g": "Empty"}

    run(scenario)


def test_a_silent_member_is_out_without_anybody_asking() -> None:
    async def scenario(made: House) -> None:
        joined = await made.member("g")
        made.clock.advance(SESSION_MS - 1)
        made.groups.heartbeat("g", joined.member_id, None, joined.generation_id)
        made.clock.advance(SESSION_MS - 1)
        assert await made.states() == {"g": "Stable"}
        made.clock.advance(1)
        await turns()
        assert await made.states() == {"g": "Empty"}

    run(scenario)


def test_an_id_that_nobody_comes_back_with_leaves_no_group() -> None:
    async def scenario(made: House) -> None:
        joined = await soon(made.groups.join("g", joining(needs_known_id=True)))
        assert joined.error is ErrorCode.MEMBER_ID_REQUIRED
        made.clock.advance(SESSION_MS)
        assert made.groups._groups == {}

    run(scenario)


def test_a_refused_newcomer_leaves_no_group() -> None:
    async def scenario(made: House) -> None:
        asked = joining()._replace(session_timeout_ms=1)
        assert await code_of(lambda: made.groups.join("g", asked)) is ErrorCode.INVALID_SESSION_TIMEOUT
        assert made.groups._groups == {}

    run(scenario)


def test_an_answer_waits_until_what_came_before_it_is_kept() -> None:
    async def scenario(made: House) -> None:
        commit = made.groups.commit("g", FROM_OUTSIDE, [Commit("orders", bytes(16), 0, 5, -1, "")])
        fetched = made.groups.offsets("g")
        assert not commit.done()
        assert not fetched.done()
        await soon(commit)
        assert (await soon(fetched)).get("orders", 0) is not None

    run(scenario)


def test_what_cannot_be_kept_is_not_acknowledged_and_the_group_is_loaded_anew() -> None:
    async def scenario(made: House) -> None:
        await made.commit("g", 5)
        made.data.state._database.write("ALTER TABLE offsets RENAME TO elsewhere")
        lost = made.groups.commit("g", FROM_OUTSIDE, [Commit("orders", bytes(16), 0, 6, -1, "")])
        behind = made.groups.offsets("g")
        assert await code_of(lambda: lost) is ErrorCode.NOT_COORDINATOR
        assert await code_of(lambda: behind) is ErrorCode.NOT_COORDINATOR
        made.data.state._database.write("ALTER TABLE elsewhere RENAME TO offsets")
        assert await made.committed("g") == [5]

    run(scenario)


def test_a_waiter_that_has_gone_disturbs_nobody() -> None:
    async def scenario(made: House) -> None:
        await made.member("g")
        waiting = made.groups.join("g", joining())
        waiting.cancel()
        made.clock.advance(SESSION_MS)
        await turns()
        assert await made.states() == {"g": "CompletingRebalance"}

    run(scenario)


# Administration.


def test_a_group_with_members_is_not_deleted() -> None:
    async def scenario(made: House) -> None:
        joined = await made.member("g")
        assert await code_of(lambda: made.groups.delete("g")) is ErrorCode.NON_EMPTY_GROUP
        made.groups.leave("g", [(joined.member_id, None)])
        await soon(made.groups.delete("g"))
        assert await made.states() == {}
        assert made.data.state.groups.ids() == []

    run(scenario)


def test_offsets_are_deleted_unless_a_member_reads_the_topic() -> None:
    async def scenario(made: House) -> None:
        joined = await made.member("g")
        await made.commit("g", 1, 2, who=Committer(joined.member_id, None, joined.generation_id))
        wanted = [("orders", 0), ("bills", 0)]
        assert await soon(made.groups.delete_offsets("g", wanted)) == [
            ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC,
            ErrorCode.NONE,
        ]
        made.groups.leave("g", [(joined.member_id, None)])
        assert await soon(made.groups.delete_offsets("g", wanted)) == [ErrorCode.NONE] * 2
        assert await made.committed("g") == [2]

    run(scenario)


def test_every_group_is_listed_also_of_those_that_nobody_has_asked_for_yet() -> None:
    async def scenario(made: House) -> None:
        names = {f"g{number}" for number in range(2 * GROUPS_A_TURN + 1)}
        for name in names:
            await made.commit(name, 1)
        await made.member("with a member")
        async with house(data=made.data) as after:
            assert await after.states() == {**dict.fromkeys(names, "Empty"), "with a member": "Stable"}

    run(scenario)


def test_a_deleted_group_is_gone_for_whoever_asks_next() -> None:
    async def scenario(made: House) -> None:
        await made.commit("g", 5)
        deleted = made.groups.delete("g")
        fetched = made.groups.offsets("g")
        assert len(await soon(fetched)) == 0
        await soon(deleted)

    run(scenario)


def test_a_commit_of_nothing_leaves_no_group() -> None:
    async def scenario(made: House) -> None:
        assert await soon(made.groups.commit("g", FROM_OUTSIDE, [])) == []
        assert made.groups._groups == {}

    run(scenario)


def test_who_looks_at_all_groups_does_not_keep_them_in_memory() -> None:
    async def scenario(made: House) -> None:
        await made.commit("empty", 5)
        await made.member("stable")
        async with house(data=made.data, **RETENTION) as after:
            assert await after.states() == {"empty": "Empty", "stable": "Stable"}
            assert list(after.groups._groups) == ["stable"]
            after.clock.advance(MINUTE_MS)
            await turns()
            assert "empty" not in after.groups._groups

    run(scenario)


# Nodes.


def test_only_the_node_whose_partition_it_is_coordinates_a_group() -> None:
    async def scenario(made: House) -> None:
        foreign = made.mine(node_id=2)
        groups = made.groups
        calls: list[Callable[[], object]] = [
            lambda: groups.join(foreign, joining()),
            lambda: groups.heartbeat(foreign, "x", None, 1),
            lambda: groups.commit(foreign, FROM_OUTSIDE, []),
            lambda: groups.offsets(foreign),
            lambda: groups.describe(foreign),
            lambda: groups.delete(foreign),
        ]
        assert [await code_of(call) for call in calls] == [ErrorCode.NOT_COORDINATOR] * len(calls)
        await soon(made.nodes[1].commit(foreign, FROM_OUTSIDE, []))

    run(scenario, count=3)


def test_a_moved_partition_takes_its_groups_with_it() -> None:
    async def scenario(made: House) -> None:
        group_id = made.mine()
        joined = await made.member(group_id)
        waiting = made.groups.join(group_id, joining())
        topics = made.data.cluster.topics
        topics.lead(group_partition(topics, group_id), 2)
        assert await code_of(lambda: waiting) is ErrorCode.NOT_COORDINATOR
        who = Committer(joined.member_id, None, joined.generation_id)
        assert await code_of(lambda: made.groups.heartbeat(group_id, *who)) is ErrorCode.NOT_COORDINATOR
        made.nodes[1].heartbeat(group_id, *who)

    run(scenario, count=2)


def test_a_moved_group_has_also_what_was_on_its_way_into_the_store() -> None:
    async def scenario(made: House) -> None:
        group_id = made.mine()
        commit = made.groups.commit(group_id, FROM_OUTSIDE, [Commit("orders", bytes(16), 0, 5, -1, "")])
        topics = made.data.cluster.topics
        topics.lead(group_partition(topics, group_id), 2)
        offsets = await soon(made.nodes[1].offsets(group_id))
        assert len(offsets) == 1
        assert await soon(commit) == [ErrorCode.NONE]

    run(scenario, count=2)


def test_who_waits_when_the_node_stops_is_told() -> None:
    async def scenario(made: House) -> None:
        await made.member("g")
        waiting = made.groups.join("g", joining())
        made.groups.close()
        assert await code_of(lambda: waiting) is ErrorCode.NOT_COORDINATOR
        assert made.clock.next_timer_ms() is None

    run(scenario)


# Topics that go, and time.


def test_offsets_of_a_deleted_topic_are_gone_also_for_a_new_one_of_its_name() -> None:
    async def scenario(made: House) -> None:
        made.topic()
        await made.commit("g", 5)
        topics = made.data.cluster.topics
        topics.delete(topics.by_name["orders"])
        made.topic()
        assert await made.committed("g") == []
        async with house(data=made.data) as after:
            assert await after.committed("g") == []

    run(scenario)


RETENTION: dict[str, Any] = {
    "offsets_retention_minutes": "60",
    "offsets_retention_check_interval_ms": "60000",
}


async def pass_minutes(made: House, minutes: int) -> None:
    for _ in range(minutes):
        made.clock.advance(MINUTE_MS)
        await turns()


def test_offsets_that_nobody_uses_are_forgotten_and_the_group_with_them() -> None:
    async def scenario(made: House) -> None:
        await made.commit("g", 5)
        await pass_minutes(made, 59)
        assert await made.committed("g") == [5]
        await pass_minutes(made, 2)
        assert await made.states() == {}
        assert made.data.state.groups.ids() == []

    run(scenario, **RETENTION)


def test_of_a_group_that_had_members_time_runs_from_when_the_last_one_left() -> None:
    async def scenario(made: House) -> None:
        joined = await made.member("g")
        who = Committer(joined.member_id, None, joined.generation_id)
        await made.commit("g", 5, who=who)
        for _ in range(12 * 90):
            made.clock.advance(5_000)
            made.groups.heartbeat("g", *who)
        assert await made.committed("g") == [5], "it is read"
        made.groups.leave("g", [(joined.member_id, None)])
        await pass_minutes(made, 59)
        assert await made.committed("g") == [5]
        await pass_minutes(made, 2)
        assert await made.states() == {}

    run(scenario, **RETENTION)


def test_of_what_no_member_reads_any_more_time_runs_from_the_commit() -> None:
    async def scenario(made: House) -> None:
        joined = await made.member("g")
        who = Committer(joined.member_id, None, joined.generation_id)
        commits = [Commit(topic, bytes(16), 0, 5, -1, "") for topic in ("orders", "bills")]
        await soon(made.groups.commit("g", who, commits))
        for _ in range(12 * 61):
            made.clock.advance(5_000)
            made.groups.heartbeat("g", *who)
        await turns()
        assert list((await soon(made.groups.offsets("g"))).all()) == ["orders"]

    run(scenario, **RETENTION)


def test_many_groups_are_looked_at_in_turns() -> None:
    async def scenario(made: House) -> None:
        for number in range(2 * GROUPS_A_TURN + 5):
            await made.commit(f"g{number}", 1)
        made.clock.advance(61 * MINUTE_MS)
        assert len(made.data.state.groups.ids()) > 0
        await turns(20)
        assert made.data.state.groups.ids() == []

    run(scenario, **RETENTION)


def test_a_note_that_is_too_long_is_refused_by_the_brokers_setting() -> None:
    async def scenario(made: House) -> None:
        commits = [Commit("orders", bytes(16), 0, 5, -1, "x" * length) for length in (3, 4)]
        assert await soon(made.groups.commit("g", FROM_OUTSIDE, commits)) == [
            ErrorCode.NONE,
            ErrorCode.OFFSET_METADATA_TOO_LARGE,
        ]

    run(scenario, offset_metadata_max_bytes="3")
