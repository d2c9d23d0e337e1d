from hypothesis import given

from broker.coordinator.group.assignors.range import RangeAssignor
from tests.coordinator.group.assignors import groups
from tests.coordinator.group.assignors.groups import Members, Topics, member, shown


def assign(members: Members, topics: Topics) -> dict[str, str]:
    return shown(RangeAssignor().assign(members, topics))


def test_each_member_gets_consecutive_partitions_and_the_first_the_longer_ranges() -> None:
    assert assign({"m1": member("a"), "m2": member("a"), "m3": member("a")}, {b"a": 8}) == {
        "m1": "a0 a1 a2",
        "m2": "a3 a4 a5",
        "m3": "a6 a7",
    }


def test_topics_of_equal_size_are_co_partitioned() -> None:
    assert assign({"m1": member("ab"), "m2": member("ab")}, {b"a": 3, b"b": 3}) == {
        "m1": "a0 a1 b0 b1",
        "m2": "a2 b2",
    }


def test_a_topic_is_shared_by_its_subscribers_only() -> None:
    assert assign({"m1": member("a"), "m2": member("ab"), "m3": member("b")}, {b"a": 3, b"b": 2}) == {
        "m1": "a0 a1",
        "m2": "a2 b0",
        "m3": "b1",
    }


def test_members_beyond_the_number_of_partitions_get_nothing() -> None:
    assert assign({"m1": member("a"), "m2": member("a")}, {b"a": 1}) == {"m1": "a0", "m2": ""}


def test_static_members_keep_their_ranges_under_another_member_id() -> None:
    topics = {b"a": 3}
    before = assign({"m1": member("a", instance_id="i1"), "m2": member("a", instance_id="i2")}, topics)
    after = assign({"m4": member("a", instance_id="i1"), "m3": member("a", instance_id="i2")}, topics)
    assert (before["m1"], before["m2"]) == (after["m4"], after["m3"])


def test_static_members_come_before_the_others() -> None:
    members = {"m1": member("a"), "m2": member("a", instance_id="i9")}
    assert assign(members, {b"a": 3}) == {"m2": "a0 a1", "m1": "a2"}


def test_a_topic_that_does_not_exist_is_not_assigned() -> None:
    assert assign({"m1": member("az", has="z0")}, {b"a": 1}) == {"m1": "a0"}


def test_a_group_without_members_gets_an_empty_assignment() -> None:
    assert assign({}, {b"a": 1}) == {}


@given(groups.any_members, groups.topics)
def test_each_partition_goes_to_exactly_one_subscriber(members: Members, topics: Topics) -> None:
    groups.check_complete(members, topics, RangeAssignor().assign(members, topics))


@given(groups.any_members, groups.topics)
def test_shares_of_a_topic_differ_by_one_at_most_and_are_consecutive(
    members: Members, topics: Topics
) -> None:
    assignment = RangeAssignor().assign(members, topics)
    for topic in topics:
        subscribers = [member_id for member_id, spec in members.items() if topic in spec.subscribed]
        shares = [sorted(assignment[member_id].get(topic, ())) for member_id in subscribers]
        assert not shares or max(map(len, shares)) - min(map(len, shares)) <= 1
        assert all(share == list(range(share[0], share[0] + len(share))) for share in shares if share)
