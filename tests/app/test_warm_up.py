"""What the first client will need is prepared while nobody waits."""

from broker.app.warm_up import QUIET_MS, WarmUp
from tests.fakes.clock import VirtualClock


def test_nothing_happens_while_the_first_client_may_be_knocking() -> None:
    clock, told = VirtualClock(), []
    WarmUp(clock, lambda: told.append("loaded"))
    clock.advance(QUIET_MS - 1)
    assert told == []
    clock.advance(1)
    assert told == ["loaded"]


def test_it_can_be_called_off() -> None:
    clock, told = VirtualClock(), []
    WarmUp(clock, lambda: told.append("loaded")).stop()
    clock.advance(10_000)
    assert told == []


def test_it_comes_to_an_end() -> None:
    clock = VirtualClock()
    WarmUp(clock, lambda: None)
    clock.advance(10_000)
    assert clock.next_timer_ms() is None
