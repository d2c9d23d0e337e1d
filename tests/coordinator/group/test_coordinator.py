"""What a node is asked of its groups, from the first join to the deletion."""

import pytest

from broker.coordinator.group.coordinator import GROUPS_A_TURN
from broker.coordinator.group.machines import Committer
from broker.coordinator.group.offsets import Commit
from broker.protocol.errors import ErrorCode, KafkaError
from broker.state.rows import ResourceType
from tests.coordinator.group.consumer.subscriptions import assignment
from tests.coordinator.group.house import (
    FROM_OUTSIDE,
    SESSION_MS,
    House,
    code_of,
    house,
    joining,
    run,
    soon,
    turns,
)

ALL_ORDERS = assignment({"orders": [0, 1, 2]})


def test_a_member_joins_syncs_commits_and_leaves() -> None:
    async def scenario(made: House) -> None:
        joined = await made.member("g")
        who = Committer(joined.member_id, None, joined.generation_id)
        assert await made.commit("g", 7, who=who) == [ErrorCode.NONE]
        made.groups.heartbeat("g", *who[:3])
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
            after.groups.heartbeat("g", *who[:3])
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
        assert made.hosted() == []

    run(scenario)


def test_a_refused_newcomer_leaves_no_group() -> None:
    async def scenario(made: House) -> None:
        asked = joining()._replace(session_timeout_ms=1)
        assert await code_of(lambda: made.groups.join("g", asked)) is ErrorCode.INVALID_SESSION_TIMEOUT
        assert made.hosted() == []

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
        assert made.hosted() == []

    run(scenario)


def test_a_note_that_is_too_long_is_refused_by_the_brokers_setting() -> None:
    async def scenario(made: House) -> None:
        commits = [Commit("orders", bytes(16), 0, 5, -1, "x" * length) for length in (3, 4)]
        assert await soon(made.groups.commit("g", FROM_OUTSIDE, commits)) == [
            ErrorCode.NONE,
            ErrorCode.OFFSET_METADATA_TOO_LARGE,
        ]

    run(scenario, offset_metadata_max_bytes="3")


# The consumer protocol, and changing over.


def test_a_member_of_the_consumer_protocol_comes_commits_and_leaves() -> None:
    async def scenario(made: House) -> None:
        topic_id = made.topic()
        answer = await made.beat("g", "m")
        assert (answer.member_id, answer.member_epoch) == ("m", 2)
        assert answer.assignment == {topic_id: frozenset({0, 1, 2})}
        assert await made.commit("g", 5, who=Committer("m", None, 2)) == [ErrorCode.NONE]
        assert (await soon(made.groups.offsets("g", "m", 2))).get("orders", 0) is not None
        stale = await code_of(lambda: made.groups.offsets("g", "m", 1))
        assert stale is ErrorCode.STALE_MEMBER_EPOCH
        assert [tuple(group) for group in await made.groups.listed()] == [
            ("g", "consumer", "Stable", "Consumer")
        ]
        await made.beat("g", "m", member_epoch=-1)
        assert await made.states() == {"g": "Empty"}
        await soon(made.groups.delete("g"))
        assert await made.states() == {}

    run(scenario)


def test_who_has_no_id_yet_gets_one() -> None:
    async def scenario(made: House) -> None:
        ids = {(await made.beat("g", "")).member_id for _ in range(2)}
        assert len(ids) == 2
        assert all(ids)

    run(scenario)


def test_members_of_the_consumer_protocol_go_on_with_another_coordinator() -> None:
    async def scenario(made: House) -> None:
        made.topic()
        await made.beat("g", "m")
        await made.beat("g", "n", topic_names=None, topic_pattern="ord.*")
        async with house(data=made.data) as after:
            described = after.groups.describe_consumers("g")
            assert described == made.groups.describe_consumers("g")
            told = await after.beat("g", "n", member_epoch=3, topic_names=None)
            assert told.member_epoch == 3

    run(scenario)


def test_each_kind_of_group_is_described_by_its_own_request() -> None:
    async def scenario(made: House) -> None:
        await made.member("classic")
        await made.beat("consumer", "m")
        for work in (
            lambda: made.groups.describe("consumer"),
            lambda: made.groups.describe_consumers("classic"),
            lambda: made.groups.describe_consumers("nobody's"),
        ):
            assert await code_of(work) is ErrorCode.GROUP_ID_NOT_FOUND
        assert made.groups.describe("classic").state == "Stable"
        assert made.groups.describe_consumers("consumer").state == "Stable"

    run(scenario)


def test_a_heartbeat_to_nobodys_group_is_told_so() -> None:
    async def scenario(made: House) -> None:
        for epoch in (1, -1):
            beat = made.beat("g", "m", member_epoch=epoch)
            with pytest.raises(KafkaError) as refused:
                await beat
            assert refused.value.code is ErrorCode.GROUP_ID_NOT_FOUND
        assert made.hosted() == []

    run(scenario)


def test_a_classic_group_changes_over_when_a_member_of_the_consumer_protocol_comes_and_back() -> None:
    async def scenario(made: House) -> None:
        made.topic()
        old = await made.member("g", assignment=ALL_ORDERS)
        await made.commit("g", 7, who=Committer(old.member_id, None, old.generation_id))
        answer = await made.beat("g", "new")
        assert (answer.member_epoch, answer.assignment) == (2, {})
        assert (await made.groups.listed())[0].kind == "Consumer"
        heartbeat = await code_of(lambda: made.groups.heartbeat("g", old.member_id, None, 1))
        assert heartbeat is ErrorCode.REBALANCE_IN_PROGRESS
        async with house(data=made.data) as after:
            assert await after.committed("g") == [7]
            await after.beat("g", "new", member_epoch=-1)
            assert [tuple(group) for group in await after.groups.listed()] == [
                ("g", "consumer", "PreparingRebalance", "Classic")
            ]
            again = await soon(after.groups.join("g", joining(old.member_id)))
            assert (again.error, again.generation_id) == (ErrorCode.NONE, 3)
            assert await after.committed("g") == [7]

    run(scenario)


def test_who_waits_in_a_classic_group_that_changes_over_joins_again() -> None:
    async def scenario(made: House) -> None:
        made.topic()
        await made.member("g", assignment=ALL_ORDERS)
        waiting = made.groups.join("g", joining())
        await made.beat("g", "new")
        assert await code_of(lambda: waiting) is ErrorCode.REBALANCE_IN_PROGRESS

    run(scenario)


def test_a_refused_heartbeat_changes_no_group_over() -> None:
    async def scenario(made: House) -> None:
        made.topic()
        await made.member("g", assignment=ALL_ORDERS)
        for told in ({"topic_pattern": "("}, {"server_assignor": "mine"}, {"member_epoch": 3}):
            with pytest.raises(KafkaError):
                await made.beat("g", "new", **told)
        assert (await made.groups.listed())[0].kind == "Classic"

    run(scenario)


def test_an_empty_group_is_of_the_kind_of_who_comes_next() -> None:
    async def scenario(made: House) -> None:
        await made.commit("g", 5)
        await made.beat("g", "m")
        await made.beat("g", "m", member_epoch=-1)
        unknown = await code_of(lambda: made.groups.join("g", joining("x")))
        assert unknown is ErrorCode.UNKNOWN_MEMBER_ID
        assert (await made.groups.listed())[0].kind == "Consumer"
        await made.member("g")
        assert (await made.groups.listed())[0].kind == "Classic"
        async with house(data=made.data) as after:
            assert after.groups.describe("g").state == "Stable"
            assert await after.committed("g") == [5]

    run(scenario)


def test_groups_of_the_consumer_protocol_can_be_switched_off() -> None:
    async def scenario(made: House) -> None:
        with pytest.raises(KafkaError) as refused:
            await made.beat("g", "m")
        assert refused.value.code is ErrorCode.UNSUPPORTED_VERSION

    run(scenario, group_coordinator_rebalance_protocols="classic")


def test_what_is_set_for_a_group_acts_at_once() -> None:
    async def scenario(made: House) -> None:
        assert (await made.beat("g", "m")).heartbeat_interval_ms == 1_000
        configs = made.data.cluster.configs
        configs.set(ResourceType.GROUP, "g", {"consumer.heartbeat.interval.ms": "2000"})
        assert (await made.beat("g", "m")).heartbeat_interval_ms == 2_000
        assert (await made.beat("other", "m")).heartbeat_interval_ms == 1_000
        configs.set(ResourceType.GROUP, "g", {})
        assert (await made.beat("g", "m")).heartbeat_interval_ms == 1_000

    run(scenario)


def test_offsets_that_a_consumer_group_reads_are_not_deleted() -> None:
    async def scenario(made: House) -> None:
        made.topic()
        await made.commit("g", 5)
        await made.beat("g", "m")
        wanted = [("orders", 0), ("bills", 0)]
        assert await soon(made.groups.delete_offsets("g", wanted)) == [
            ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC,
            ErrorCode.NONE,
        ]
        assert await code_of(lambda: made.groups.delete("g")) is ErrorCode.NON_EMPTY_GROUP

    run(scenario)
