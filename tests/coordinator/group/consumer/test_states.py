"""The table of states; that it is kept to is in `test_group`."""

from broker.coordinator.group.consumer.states import NEXT, GroupState


def test_every_state_is_in_the_table_and_only_death_is_for_ever() -> None:
    assert set(NEXT) == set(GroupState)
    assert [state for state in GroupState if not NEXT[state]] == [GroupState.DEAD]
    assert all(GroupState.DEAD in NEXT[state] for state in GroupState if state is not GroupState.DEAD)
