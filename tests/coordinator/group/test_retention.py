"""Offsets are forgotten in time, and groups with them."""

from typing import Any

from broker.coordinator.group.machines import Committer
from broker.coordinator.group.offsets import Commit
from broker.coordinator.group.retention import GROUPS_A_TURN
from tests.coordinator.group.house import (
    House,
    house,
    run,
    soon,
    turns,
)

MINUTE_MS = 60_000


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
            made.groups.heartbeat("g", *who[:3])
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
            made.groups.heartbeat("g", *who[:3])
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


def test_who_looks_at_all_groups_does_not_keep_them_in_memory() -> None:
    async def scenario(made: House) -> None:
        await made.commit("empty", 5)
        await made.member("stable")
        async with house(data=made.data, **RETENTION) as after:
            assert await after.states() == {"empty": "Empty", "stable": "Stable"}
            assert after.hosted() == ["stable"]
            after.clock.advance(MINUTE_MS)
            await turns()
            assert "empty" not in after.hosted()

    run(scenario)
