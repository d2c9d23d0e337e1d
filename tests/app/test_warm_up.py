"""What the first client will need is prepared while nobody waits."""

import asyncio

from broker.app.warm_up import QUIET_MS, WarmUp
from tests.fakes.clock import VirtualClock
from tests.handlers.serving import nodes


def test_nothing_happens_while_the_first_client_may_be_knocking() -> None:
    clock, told = VirtualClock(), []
    WarmUp(clock, lambda: told.append("loaded"), ())
    clock.advance(QUIET_MS - 1)
    assert told == []
    clock.advance(1)
    assert told == ["loaded"]


def test_it_can_be_called_off() -> None:
    clock, told = VirtualClock(), []
    WarmUp(clock, lambda: told.append("loaded"), ()).stop()
    clock.advance(10_000)
    assert told == []


def test_it_comes_to_an_end() -> None:
    clock = VirtualClock()
    WarmUp(clock, lambda: None, ())
    clock.advance(10_000)
    assert clock.next_timer_ms() is None


def test_offsets_are_looked_after_though_nobody_asks_for_a_group() -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            clock = VirtualClock()
            WarmUp(clock, lambda: None, [broker])
            assert broker.group_coordinator.made is None
            clock.advance(10_000)
            assert broker.group_coordinator.made is not None

    asyncio.run(scenario())
