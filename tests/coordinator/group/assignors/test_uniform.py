from time import process_time

import pytest
from hypothesis import given

from broker.coordinator.group.assignors import MemberSpec
from broker.coordinator.group.assignors.uniform import UniformAssignor
from tests.coordinator.group.assignors import groups
from tests.coordinator.group.assignors.groups import Members, Topics, count, having, member, pairs, shown


def assign(members: Members, topics: Topics) -> dict[str, str]:
    return shown(UniformAssignor().assign(members, topics))


def test_partitions_are_spread_evenly() -> None:
    assert assign({"m1": member("ab"), "m2": member("ab")}, {b"a": 3, b"b": 2}) == {
        "m1": "a0 a1 a2",
        "m2": "b0 b1",
    }


def test_a_member_that_joins_takes_only_its_share() -> None:
    members = {"m1": member("a", has="a0 a1 a2"), "m2": member("a", has="a3 a4 a5"), "m0": member("a")}
    assert assign(members, {b"a": 6}) == {"m0": "a2 a5", "m1": "a0 a1", "m2": "a3 a4"}


def test_what_a_member_leaves_is_shared_by_those_that_stay() -> None:
    members = {"m1": member("a", has="a0 a1"), "m3": member("a", has="a4 a5")}
    assert assign(members, {b"a": 6}) == {"m1": "a0 a1 a2", "m3": "a3 a4 a5"}


def test_the_larger_quota_stays_with_those_that_fill_it() -> None:
    members = {"m1": member("a", has="a0"), "m2": member("a", has="a1 a2"), "m3": member("a")}
    assert assign(members, {b"a": 4}) == {"m1": "a0", "m2": "a1 a2", "m3": "a3"}


def test_partitions_that_are_added_go_to_the_members_with_least() -> None:
    members = {"m1": member("a", has="a0 a1"), "m2": member("a", has="a2")}
    assert assign(members, {b"a": 4}) == {"m1": "a0 a1", "m2": "a2 a3"}


def test_members_with_unlike_subscriptions_are_balanced_over_all_topics() -> None:
    assert assign({"m1": member("ab"), "m2": member("b")}, {b"a": 2, b"b": 2}) == {
        "m1": "a0 a1",
        "m2": "b0 b1",
    }


def test_a_topic_is_taken_from_a_member_that_no_longer_subscribes_to_it() -> None:
    members = {"m1": member("a", has="a0 b0"), "m2": member("ab", has="a1 b1")}
    assert assign(members, {b"a": 2, b"b": 2}) == {"m1": "a0 a1", "m2": "b0 b1"}


def test_only_as_much_moves_between_unlike_members_as_balance_asks_for() -> None:
    members = {"m1": member("a", has="a0 a1 a2 a3"), "m2": member("ab", has="b0")}
    assert assign(members, {b"a": 4, b"b": 1}) == {"m1": "a0 a1 a2", "m2": "a3 b0"}


def test_a_topic_that_does_not_exist_is_not_assigned() -> None:
    assert assign({"m1": member("az", has="z0")}, {b"a": 1}) == {"m1": "a0"}


def test_a_group_without_members_gets_an_empty_assignment() -> None:
    assert assign({}, {b"a": 1}) == {}


@given(groups.any_members, groups.topics)
def test_each_partition_goes_to_exactly_one_subscriber(members: Members, topics: Topics) -> None:
    groups.check_complete(members, topics, UniformAssignor().assign(members, topics))


@given(groups.any_members, groups.topics)
def test_racks_and_the_order_of_members_play_no_part(members: Members, topics: Topics) -> None:
    without = {member_id: spec._replace(rack=None) for member_id, spec in reversed(list(members.items()))}
    assert UniformAssignor().assign(members, topics) == UniformAssignor().assign(without, topics)


@given(groups.any_members, groups.topics)
def test_nothing_moves_when_nothing_changed(members: Members, topics: Topics) -> None:
    assignment = UniformAssignor().assign(members, topics)
    assert UniformAssignor().assign(having(members, assignment), topics) == assignment


@given(groups.alike_members, groups.topics)
def test_members_of_equal_subscriptions_differ_by_one_at_most(members: Members, topics: Topics) -> None:
    counts = [count(assigned) for assigned in UniformAssignor().assign(members, topics).values()]
    assert max(counts) - min(counts) <= 1


@given(groups.alike_members, groups.alike_members, groups.topics, groups.topics)
def test_no_more_moves_than_an_even_spread_needs(
    before: Members, after: Members, topics_before: Topics, topics: Topics
) -> None:
    old = UniformAssignor().assign(before, topics_before)
    members = {member_id: spec._replace(assigned=old.get(member_id, {})) for member_id, spec in after.items()}
    new = UniformAssignor().assign(members, topics)
    valid = {
        member_id: {
            (topic, partition)
            for topic, partition in pairs(spec.assigned)
            if topic in spec.subscribed and partition < topics.get(topic, 0)
        }
        for member_id, spec in members.items()
    }
    quota, extra = divmod(sum(map(count, new.values())), len(new))
    had = sorted((len(kept) for kept in valid.values()), reverse=True)
    most_that_can_stay = sum(min(size, quota + (place < extra)) for place, size in enumerate(had))
    assert sum(len(valid[member_id] & pairs(new[member_id])) for member_id in new) == most_that_can_stay


@given(groups.any_members, groups.topics)
def test_no_subscriber_of_a_topic_has_two_fewer_than_one_that_could_give_of_it(
    members: Members, topics: Topics
) -> None:
    assignment = UniformAssignor().assign(members, topics)
    for topic in topics:
        subscribers = [member_id for member_id, spec in members.items() if topic in spec.subscribed]
        least = min((count(assignment[member_id]) for member_id in subscribers), default=0)
        givers = [member_id for member_id in subscribers if topic in assignment[member_id]]
        assert all(count(assignment[member_id]) - least <= 1 for member_id in givers)


@pytest.mark.parametrize("unlike", [False, True])
def test_a_large_group_is_assigned_in_well_under_a_second(unlike: bool) -> None:
    topics = {b"topic-%02d" % number: 100 for number in range(100)}
    everything = frozenset(topics)
    members = {
        f"member-{number:04d}": MemberSpec(
            subscribed=everything - {b"topic-%02d" % (number % 100)} if unlike else everything,
            instance_id=None,
            rack=None,
            assigned={},
        )
        for number in range(1_000)
    }
    started = process_time()
    assignment = UniformAssignor().assign(members, topics)
    UniformAssignor().assign({**having(members, assignment), "new": member("")}, topics)
    assert process_time() - started < 2
    assert {count(assigned) for assigned in assignment.values()} == {10}
