"""Deadlines come when they are due, wherever they were moved to."""

from random import Random

from broker.coordinator.deadlines import Deadlines


def test_what_is_due_comes_once_and_the_earliest_first() -> None:
    deadlines: Deadlines[str] = Deadlines()
    for name, at_ms in (("later", 30), ("b", 20), ("a", 10)):
        deadlines.set(name, at_ms)
    assert deadlines.next_ms == 10
    assert deadlines.take_due(20) == ["a", "b"]
    assert deadlines.next_ms == 30
    assert deadlines.take_due(29) == []
    assert deadlines.take_due(30) == ["later"]
    assert deadlines.next_ms is None


def test_a_moved_deadline_is_due_at_its_new_time_only() -> None:
    deadlines: Deadlines[str] = Deadlines()
    deadlines.set("a", 10)
    deadlines.set("a", 50)
    assert deadlines.next_ms == 10, "too early, never too late"
    assert deadlines.take_due(10) == []
    assert deadlines.next_ms == 50


def test_a_cancelled_deadline_never_comes() -> None:
    deadlines: Deadlines[str] = Deadlines()
    deadlines.set("a", 10)
    deadlines.cancel("a")
    deadlines.cancel("never set")
    assert deadlines.take_due(100) == []


def test_nothing_is_looked_at_too_late_whatever_is_moved() -> None:
    chance = Random(1)
    deadlines: Deadlines[int] = Deadlines()
    wanted: dict[int, int] = {}
    for now_ms in range(500):
        name, at_ms = chance.randrange(10), now_ms + chance.randrange(1, 60)
        deadlines.set(name, at_ms)
        wanted[name] = at_ms
        if deadlines.next_ms is not None and deadlines.next_ms <= now_ms:
            due = deadlines.take_due(now_ms)
            assert sorted(due) == sorted(name for name, at_ms in wanted.items() if at_ms <= now_ms)
            for each in due:
                del wanted[each]
        assert all(at_ms > now_ms for at_ms in wanted.values())
