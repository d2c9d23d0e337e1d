"""A group in memory arms one timer, and answers those who are still there."""

import asyncio

from broker.coordinator.group.classic.group import ClassicGroup
from broker.coordinator.group.hosted_group import HostedGroup, answer
from broker.coordinator.group.offsets import GroupOffsets, OffsetRemoved
from broker.coordinator.step import Reply
from broker.protocol.errors import ErrorCode, KafkaError
from broker.settings.broker import BrokerSettings
from broker.state.rows import OffsetRow
from broker.state.store import StateStore
from tests.coordinator.group.house import SESSION_MS, joining, soon
from tests.fakes.clock import VirtualClock

OFFSET = OffsetRow("orders", 0, bytes(16), 5, -1, "", 1_000, None)


class Bench:
    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.state = StateStore.open(None)
        self.discarded: list[HostedGroup] = []
        self.group = self.hosted()

    def hosted(self) -> HostedGroup:
        return HostedGroup(
            ClassicGroup("g", BrokerSettings.from_values({}), lambda prefix: f"{prefix}/1"),
            GroupOffsets(max_metadata_bytes=10),
            clock=self.clock,
            state=self.state,
            discard=self.discarded.append,
        )


def test_a_group_that_was_never_kept_is_not_there() -> None:
    assert not Bench().group.load()


def test_one_timer_stands_for_all_deadlines_and_none_where_there_is_none() -> None:
    async def scenario() -> None:
        bench = Bench()
        assert bench.clock.next_timer_ms() is None
        future = asyncio.get_running_loop().create_future()
        now_ms = bench.clock.monotonic_ms()
        asked = joining(needs_known_id=True)
        bench.group.run(bench.group.machine.join(asked, waiter=future, now_ms=now_ms))
        assert bench.clock.next_timer_ms() == now_ms + SESSION_MS
        bench.clock.advance(SESSION_MS)
        assert bench.clock.next_timer_ms() is None
        assert bench.discarded == [bench.group], "nobody has come"

    asyncio.run(scenario())


def test_offsets_are_kept_and_removed() -> None:
    async def scenario() -> None:
        bench = Bench()
        loop = asyncio.get_running_loop()
        for records, left in (([OFFSET], [OFFSET]), ([OffsetRemoved("orders", 0)], [])):
            done = loop.create_future()
            bench.group.keep_offsets(records, Reply(done, "done"))
            assert await soon(done) == "done"
            assert bench.state.groups.offsets("g") == left

    asyncio.run(scenario())


def test_a_removed_group_leaves_nothing() -> None:
    async def scenario() -> None:
        bench = Bench()
        loop = asyncio.get_running_loop()
        kept, removed = loop.create_future(), loop.create_future()
        bench.group.keep_offsets([OFFSET], Reply(kept, None))
        bench.group.remove(Reply(removed, None))
        await soon(removed)
        assert not bench.hosted().load()

    asyncio.run(scenario())


def test_each_gets_its_answer_or_its_error_and_who_has_gone_nothing() -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        here, refused, gone = (loop.create_future() for _ in range(3))
        gone.cancel()
        error = KafkaError(ErrorCode.NOT_COORDINATOR, "")
        answer([Reply(here, 1), Reply(refused, error), Reply(gone, 2)])
        assert here.result() == 1
        assert refused.exception() is error

    asyncio.run(scenario())
