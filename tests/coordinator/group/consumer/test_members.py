"""Members are found by their ids, and each partition has one owner."""

import pytest

from broker.coordinator.group.consumer.member import ClassicMembership, Member
from broker.coordinator.group.consumer.members import Members
from broker.protocol.errors import ErrorCode, KafkaError

A = b"a" * 16


def members(*each: Member) -> Members:
    made = Members("g")
    for member in each:
        made.put(member)
    return made


def code_of(made: Members, member_id: str, instance_id: str | None) -> ErrorCode:
    try:
        made.validated(member_id, instance_id)
    except KafkaError as error:
        return error.code
    return ErrorCode.NONE


def test_they_are_known_by_member_and_instance_ids() -> None:
    made = members(Member("dynamic"), Member("static", instance_id="one"))
    assert [code_of(made, *ids) for ids in (("dynamic", None), ("static", None), ("static", "one"))] == [
        ErrorCode.NONE
    ] * 3
    assert code_of(made, "nobody", None) is ErrorCode.UNKNOWN_MEMBER_ID
    assert code_of(made, "static", "two") is ErrorCode.UNKNOWN_MEMBER_ID
    assert code_of(made, "dynamic", "one") is ErrorCode.FENCED_INSTANCE_ID
    assert made.with_instance_id(None) is None


def test_an_instance_id_stays_with_the_newest_that_has_it() -> None:
    made = members(Member("old", instance_id="one"), Member("new", instance_id="one"))
    made.remove("old")
    found = made.with_instance_id("one")
    assert found is not None
    assert found.member_id == "new"


def test_what_a_member_owns_or_is_to_give_up_is_its_own() -> None:
    made = members(Member("m", assigned={A: {0: 1}}, revoking={A: {1: 1}}))
    assert [made.owner(A, partition) for partition in range(3)] == ["m", "m", None]
    made.put(Member("m", assigned={A: {2: 1}}))
    assert [made.owner(A, partition) for partition in range(3)] == [None, None, "m"]
    made.remove("m")
    assert made.owner(A, 2) is None


def test_two_owners_are_our_own_mistake() -> None:
    made = members(Member("m", assigned={A: {0: 1}}))
    with pytest.raises(AssertionError):
        made.put(Member("n", assigned={A: {0: 2}}))


def test_the_assignor_that_most_ask_for_is_preferred() -> None:
    assert members(Member("m")).preferred_assignor() is None
    wanted = [
        Member("1", server_assignor="a"),
        Member("2", server_assignor="b"),
        Member("3", server_assignor="b"),
    ]
    assert members(*wanted, Member("4")).preferred_assignor() == "b"


def test_whether_all_speak_the_classic_protocol_is_known() -> None:
    classic = Member("c", classic=ClassicMembership(10, ()))
    assert members(classic).are_all_classic
    assert not members(classic, Member("m")).are_all_classic


def test_nothing_is_left_when_all_are_cleared() -> None:
    made = members(Member("m", instance_id="one", assigned={A: {0: 1}}))
    made.clear()
    assert (len(made), made.get("m"), made.with_instance_id("one"), made.owner(A, 0)) == (0, None, None, None)
