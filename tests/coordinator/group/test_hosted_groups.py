"""Groups are loaded when they are asked for, and move with their partition."""

from collections.abc import Callable

from broker.cluster.coordinators import group_partition
from broker.coordinator.group.machines import Committer
from broker.coordinator.group.offsets import Commit
from broker.protocol.errors import ErrorCode
from tests.coordinator.group.house import (
    FROM_OUTSIDE,
    House,
    code_of,
    heartbeat_of,
    house,
    joining,
    run,
    soon,
)


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
            lambda: groups.describe_consumers(foreign),
            lambda: groups.consumer_heartbeat(foreign, heartbeat_of("m")),
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
        assert await code_of(lambda: made.groups.heartbeat(group_id, *who[:3])) is ErrorCode.NOT_COORDINATOR
        made.nodes[1].heartbeat(group_id, *who[:3])

    run(scenario, count=2)


def test_a_moved_consumer_group_goes_on_where_it_was() -> None:
    async def scenario(made: House) -> None:
        made.topic()
        group_id = made.mine()
        epoch = (await made.beat(group_id, "m")).member_epoch
        topics = made.data.cluster.topics
        topics.lead(group_partition(topics, group_id), 2)
        again = heartbeat_of("m", member_epoch=epoch, topic_names=None)
        assert await code_of(lambda: made.groups.consumer_heartbeat(group_id, again)) is (
            ErrorCode.NOT_COORDINATOR
        )
        assert (await soon(made.nodes[1].consumer_heartbeat(group_id, again))).member_epoch == epoch

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
