"""The fake clock keeps the promises of `Clock`, or every test that rests on it is worth nothing."""

from broker.clock import Clock
from tests.fakes.clock import VirtualClock


def test_time_stands_still_until_it_is_moved() -> None:
    clock: Clock = VirtualClock(wall_ms=50, monotonic_ms=7)
    assert (clock.wall_ms(), clock.monotonic_ms()) == (50, 7)


def test_advancing_moves_both_times() -> None:
    clock = VirtualClock(wall_ms=50, monotonic_ms=7)
    clock.advance(3)
    assert (clock.wall_ms(), clock.monotonic_ms()) == (53, 10)


def test_a_timer_runs_at_its_own_moment_and_sees_it() -> None:
    clock = VirtualClock(monotonic_ms=0)
    seen: list[int] = []
    clock.call_at(5, lambda: seen.append(clock.monotonic_ms()))
    clock.advance(4)
    assert seen == []
    clock.advance(10)
    assert seen == [5]


def test_timers_run_in_the_order_of_their_times_then_of_their_making() -> None:
    clock = VirtualClock(monotonic_ms=0)
    seen: list[str] = []
    clock.call_at(2, lambda: seen.append("late"))
    clock.call_at(1, lambda: seen.append("first"))
    clock.call_at(1, lambda: seen.append("second"))
    clock.advance(2)
    assert seen == ["first", "second", "late"]


def test_a_timer_arranged_by_a_timer_runs_in_the_same_advance() -> None:
    clock = VirtualClock(monotonic_ms=0)
    seen: list[int] = []
    clock.call_at(1, lambda: clock.call_at(2, lambda: seen.append(clock.monotonic_ms())))
    clock.advance(3)
    assert seen == [2]


def test_a_cancelled_timer_does_not_run() -> None:
    clock = VirtualClock(monotonic_ms=0)
    timer = clock.call_at(1, lambda: 1 / 0)
    timer.cancel()
    assert clock.next_timer_ms() is None
    clock.advance(2)


def test_the_wall_clock_can_jump_without_the_monotonic_one() -> None:
    clock = VirtualClock(wall_ms=100, monotonic_ms=0)
    clock.jump_wall(-60)
    assert (clock.wall_ms(), clock.monotonic_ms()) == (40, 0)
