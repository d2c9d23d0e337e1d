"""From what a member owns to what it is to own: given up first, then given."""

import pytest

from broker.coordinator.group.consumer.member import Member
from broker.coordinator.group.consumer.reconciliation import Target, reconcile
from broker.coordinator.group.consumer.states import MemberState

A, B = b"a" * 16, b"b" * 16
UNREVOKED, UNRELEASED = MemberState.UNREVOKED_PARTITIONS, MemberState.UNRELEASED_PARTITIONS


def nearer(
    member: Member,
    *target: int,
    owned: set[int] | None = frozenset(),  # type: ignore[assignment]
    taken: tuple[int, ...] = (),
    subscribed: frozenset[bytes] = frozenset({A}),
    has_new_subscription: bool = False,
) -> Member:
    return reconcile(
        member,
        Target(2, {A: frozenset(target)} if target else {}),
        subscribed=subscribed,
        owned=None if owned is None else {A: frozenset(owned)},
        has_new_subscription=has_new_subscription,
        is_owned_by_another=lambda _, partition: partition in taken,
    )


MEMBER = Member("m", epoch=1, previous_epoch=0, assigned={A: {0: 1, 1: 1}})


def test_what_is_free_is_given_at_once_and_in_the_new_epoch() -> None:
    member = nearer(MEMBER, 0, 1, 2)
    assert member == MEMBER._replace(epoch=2, previous_epoch=1, assigned={A: {0: 1, 1: 1, 2: 2}})


def test_what_is_to_go_goes_before_anything_comes() -> None:
    member = nearer(MEMBER, 1, 2, owned={0, 1})
    assert (member.state, member.epoch) == (UNREVOKED, 1)
    assert (member.assigned, member.revoking) == ({A: {1: 1}}, {A: {0: 1}})
    assert nearer(member, 1, 2, owned={0, 1}) is member
    assert nearer(member, 1, 2, owned=None) is member, "it did not say"
    done = nearer(member, 1, 2, owned={1})
    assert (done.state, done.epoch, done.assigned, done.revoking) == (
        MemberState.STABLE,
        2,
        {A: {1: 1, 2: 2}},
        {},
    )


def test_what_it_does_not_own_any_more_need_not_be_waited_for() -> None:
    assert nearer(MEMBER, 1, owned={1}).epoch == 2


def test_what_others_own_is_waited_for() -> None:
    member = nearer(MEMBER, 0, 1, 2, 3, taken=(2,))
    assert (member.state, member.epoch, member.assigned) == (UNRELEASED, 2, {A: {0: 1, 1: 1, 3: 2}})
    member = nearer(member, 0, 1, 2, 3, taken=(2,))
    assert member.state is UNRELEASED
    assert nearer(member, 0, 1, 2, 3).state is MemberState.STABLE


@pytest.mark.parametrize("state", list(MemberState))
def test_of_topics_that_it_does_not_want_it_gets_nothing_whatever_the_target_says(state: MemberState) -> None:
    member = nearer(MEMBER._replace(state=state), 0, 1, 2, subscribed=frozenset({B}), owned=set())
    assert member.assigned == {}
    assert member.epoch == 2


def test_between_assignments_only_what_it_unsubscribes_from_goes() -> None:
    member = MEMBER._replace(epoch=2, assigned={A: {0: 2}, B: {0: 2}})
    assert nearer(member, 0, owned={0}) is member
    assert nearer(member, 0, owned={0}, subscribed=frozenset({A, B}), has_new_subscription=True) is member
    told = nearer(member, 0, owned={0}, subscribed=frozenset({B}), has_new_subscription=True)
    assert (told.state, told.assigned, told.revoking) == (UNREVOKED, {B: {0: 2}}, {A: {0: 2}})
    gone = nearer(member, 0, owned=set(), subscribed=frozenset({B}), has_new_subscription=True)
    assert (gone.state, gone.assigned, gone.revoking) == (MemberState.STABLE, {B: {0: 2}}, {})


def test_what_it_unsubscribes_from_while_it_gives_up_goes_too() -> None:
    member = MEMBER._replace(state=UNREVOKED, assigned={A: {0: 1}, B: {0: 1}}, revoking={A: {1: 1}})
    told = nearer(member, 0, owned={0, 1}, subscribed=frozenset({B}), has_new_subscription=True)
    assert (told.assigned, told.revoking) == ({B: {0: 1}}, {A: {0: 1, 1: 1}})
