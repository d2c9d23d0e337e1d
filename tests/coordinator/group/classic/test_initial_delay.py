"""The first members wait for others, again while somebody comes, never longer than a rebalance may take."""

from broker.coordinator.group.classic.initial_delay import InitialDelay


def test_without_a_delay_nobody_waits() -> None:
    delay = InitialDelay()
    assert delay.begin(delay_ms=0, rebalance_timeout_ms=1000) is None
    assert not delay.is_on


def test_it_is_over_when_nobody_has_come_meanwhile() -> None:
    delay = InitialDelay()
    assert delay.begin(delay_ms=300, rebalance_timeout_ms=1000) == 300
    assert delay.is_on
    assert delay.again() is None
    assert not delay.is_on


def test_it_is_prolonged_while_somebody_comes_until_the_time_of_a_rebalance_is_used_up() -> None:
    delay = InitialDelay()
    waits = [delay.begin(delay_ms=300, rebalance_timeout_ms=1000)]
    while waits[-1] is not None:
        delay.note_newcomer()
        waits.append(delay.again())
    assert waits == [300, 300, 300, 100, None]


def test_a_rebalance_may_be_shorter_than_the_delay() -> None:
    delay = InitialDelay()
    assert delay.begin(delay_ms=3000, rebalance_timeout_ms=1000) == 1000
    delay.note_newcomer()
    assert delay.again() is None


def test_it_can_be_ended() -> None:
    delay = InitialDelay()
    delay.begin(delay_ms=300, rebalance_timeout_ms=1000)
    delay.note_newcomer()
    delay.end()
    assert delay.again() is None
