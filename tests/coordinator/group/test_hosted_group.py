"""A group in memory arms one timer, and answers those who are still there."""

import asyncio
from typing import Any

from broker.coordinator.group.classic.group import ClassicGroup
from broker.coordinator.group.classic.messages import Joined
from broker.coordinator.group.consumer.group import ConsumerGroup
from broker.coordinator.group.consumer.messages import HeartbeatAnswer
from broker.coordinator.group.hosted_group import HostedGroup, answer
from broker.coordinator.group.machines import consumer_group, join
from broker.coordinator.group.offsets import GroupOffsets, OffsetRemoved
from broker.coordinator.step import Reply
from broker.protocol.errors import ErrorCode, KafkaError
from broker.state.rows import OffsetRow
from tests.coordinator.group.house import SESSION_MS, House, heartbeat_of, joining, run, soon
from tests.fakes.clock import VirtualClock

OFFSET = OffsetRow("orders", 0, bytes(16), 5, -1, "", 1_000, None)


class Bench:
    def __init__(self, made: House) -> None:
        self.clock = VirtualClock()
        self.state = made.data.state
        self.machines = made.machines
        self.discarded: list[HostedGroup] = []
        self.group = self.hosted()

    def hosted(self) -> HostedGroup:
        return HostedGroup(
            "g",
            GroupOffsets(max_metadata_bytes=10),
            machines=self.machines,
            clock=self.clock,
            state=self.state,
            discard=self.discarded.append,
        )

    async def beat(self, member_id: str, **told: Any) -> HeartbeatAnswer:
        """Of the consumer protocol; the group becomes one by it."""
        if not isinstance(self.group.machine, ConsumerGroup):
            self.group.become(self.machines.consumer("g"), ())
        machine = consumer_group(self.group.machine)
        waiter: asyncio.Future[HeartbeatAnswer] = asyncio.get_running_loop().create_future()
        asked = heartbeat_of(member_id, **told)
        self.group.run(machine.heartbeat(asked, waiter=waiter, now_ms=self.clock.monotonic_ms()))
        return await soon(waiter)


def test_a_group_that_was_never_kept_is_not_there() -> None:
    async def scenario(made: House) -> None:
        assert not Bench(made).group.load()

    run(scenario)


def test_one_timer_stands_for_all_deadlines_and_none_where_there_is_none() -> None:
    async def scenario(made: House) -> None:
        bench = Bench(made)
        assert bench.clock.next_timer_ms() is None
        future = asyncio.get_running_loop().create_future()
        now_ms = bench.clock.monotonic_ms()
        asked = joining(needs_known_id=True)
        bench.group.run(join(bench.group.machine, asked, waiter=future, now_ms=now_ms))
        assert bench.clock.next_timer_ms() == now_ms + SESSION_MS
        bench.clock.advance(SESSION_MS)
        assert bench.clock.next_timer_ms() is None
        assert bench.discarded == [bench.group], "nobody has come"

    run(scenario)


def test_offsets_are_kept_and_removed() -> None:
    async def scenario(made: House) -> None:
        bench = Bench(made)
        loop = asyncio.get_running_loop()
        for records, left in (([OFFSET], [OFFSET]), ([OffsetRemoved("orders", 0)], [])):
            done = loop.create_future()
            bench.group.keep_offsets(records, Reply(done, "done"))
            assert await soon(done) == "done"
            assert bench.state.groups.offsets("g") == left

    run(scenario)


def test_a_consumer_group_that_only_classic_members_are_left_in_becomes_a_classic_group() -> None:
    async def scenario(made: House) -> None:
        made.topic()
        bench = Bench(made)
        await bench.beat("new", topic_names=frozenset({"orders"}))
        waiter: asyncio.Future[Joined] = asyncio.get_running_loop().create_future()
        bench.group.run(
            join(bench.group.machine, joining(), waiter=waiter, now_ms=bench.clock.monotonic_ms())
        )
        old = await soon(waiter)
        await bench.beat("new", member_epoch=-1)
        assert isinstance(bench.group.machine, ClassicGroup)
        assert bench.group.machine.state == "PreparingRebalance", "what the other had is to be shared out"
        again = bench.hosted()
        assert again.load()
        assert isinstance(again.machine, ClassicGroup)
        assert [member.member_id for member in again.machine.describe().members] == [old.member_id]

    run(scenario)


def test_a_removed_group_leaves_nothing() -> None:
    async def scenario(made: House) -> None:
        bench = Bench(made)
        loop = asyncio.get_running_loop()
        kept, removed = loop.create_future(), loop.create_future()
        bench.group.keep_offsets([OFFSET], Reply(kept, None))
        bench.group.remove(Reply(removed, None))
        await soon(removed)
        assert not bench.hosted().load()

    run(scenario)


def test_each_gets_its_answer_or_its_error_and_who_has_gone_nothing() -> None:
    async def scenario(_: House) -> None:
        loop = asyncio.get_running_loop()
        here, refused, gone = (loop.create_future() for _ in range(3))
        gone.cancel()
        error = KafkaError(ErrorCode.NOT_COORDINATOR, "")
        answer([Reply(here, 1), Reply(refused, error), Reply(gone, 2)])
        assert here.result() == 1
        assert refused.exception() is error

    run(scenario)
