"""Members are found by id, and static ones by instance id, which is the newest's that has it."""

import pytest

from broker.coordinator.group.classic.member import Member
from broker.coordinator.group.classic.members import Members
from broker.coordinator.group.classic.messages import Protocol, StoredMember
from broker.protocol.errors import ErrorCode, KafkaError


def member(member_id: str, instance_id: str | None = None, *, rebalance_timeout_ms: int = 1) -> Member:
    offered = (Protocol("range", b""),)
    return Member(StoredMember(member_id, instance_id, "c", "/h", 1, rebalance_timeout_ms, offered, b""))


def with_members(*members: Member) -> Members:
    made = Members("g")
    for each in members:
        made.add(each)
    return made


def test_they_come_in_their_order_and_may_go_meanwhile() -> None:
    members = with_members(member("b"), member("a"))
    seen = []
    for each in members:
        seen.append(each.member_id)
        members.remove(each)
    assert seen == ["b", "a"]
    assert len(members) == 0


def test_an_instance_id_is_the_newest_members() -> None:
    old, new = member("old", "i"), member("new", "i")
    members = with_members(old, new)
    assert members.with_instance_id("i") is new
    members.remove(old)
    assert members.with_instance_id("i") is new
    members.remove(new)
    assert members.with_instance_id("i") is None
    assert members.with_instance_id(None) is None


@pytest.mark.parametrize(
    ("member_id", "instance_id", "code"),
    [
        ("a", None, None),
        ("s", "i", None),
        ("s", None, None),
        ("x", None, ErrorCode.UNKNOWN_MEMBER_ID),
        ("a", "i", ErrorCode.FENCED_INSTANCE_ID),
        ("a", "unheard of", ErrorCode.UNKNOWN_MEMBER_ID),
    ],
)
def test_who_says_who_it_is_is_looked_at(
    member_id: str, instance_id: str | None, code: ErrorCode | None
) -> None:
    members = with_members(member("a"), member("s", "i"))
    if code is None:
        assert members.validated(member_id, instance_id).member_id == member_id
        return
    with pytest.raises(KafkaError) as refused:
        members.validated(member_id, instance_id)
    assert refused.value.code is code


def test_the_most_patient_member_says_how_long_a_rebalance_may_take() -> None:
    assert with_members().rebalance_timeout_ms == 0
    patient = with_members(member("a", rebalance_timeout_ms=5), member("b", rebalance_timeout_ms=9))
    assert patient.rebalance_timeout_ms == 9


def test_those_that_wait_for_the_others_have_joined() -> None:
    waiting, other = member("a"), member("b")
    waiting.join_waiter = "somebody"
    members = with_members(waiting, other)
    assert members.joined == [waiting]
    assert members.offers == [(("range", b""),)] * 2
