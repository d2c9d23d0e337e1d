"""The table of states; that it is kept to is in `test_group`."""

from broker.coordinator.group.classic.states import NEXT, State


def test_every_state_is_in_the_table_and_can_be_reached() -> None:
    assert set(NEXT) == set(State)
    reached = {State.EMPTY}
    for _ in State:
        reached |= {following for state in reached for following in NEXT[state]}
    assert reached == set(State)


def test_a_group_can_die_in_any_state_and_only_once() -> None:
    assert all(State.DEAD in following for state, following in NEXT.items() if state is not State.DEAD)
    assert NEXT[State.DEAD] == frozenset()
