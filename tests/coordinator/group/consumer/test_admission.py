"""Whose heartbeat may be followed; what is refused as a whole is in `test_group`."""

import pytest

from broker.coordinator.group.consumer.admission import check_epoch, check_heartbeat, check_place
from broker.coordinator.group.consumer.member import Member
from broker.coordinator.group.consumer.members import Members
from broker.protocol.errors import ErrorCode, KafkaError
from tests.coordinator.group.house import heartbeat_of

A = b"a" * 16
MEMBER = Member("m", instance_id="one", epoch=5, previous_epoch=3, assigned={A: {0: 5}})


@pytest.mark.parametrize(
    ("epoch", "owned", "is_good"),
    [
        (5, None, True),
        (3, {A: frozenset({0})}, True),
        (3, {}, True),
        (3, {A: frozenset({1})}, False),
        (3, None, False),
        (4, {}, False),
        (6, {}, False),
    ],
)
def test_a_member_is_where_the_group_believes_or_one_answer_behind(
    epoch: int, owned: dict[bytes, frozenset[int]] | None, is_good: bool
) -> None:
    asked = heartbeat_of("m", member_epoch=epoch, owned=owned)
    if is_good:
        check_epoch(MEMBER, asked)
        return
    with pytest.raises(KafkaError) as refused:
        check_epoch(MEMBER, asked)
    assert refused.value.code is ErrorCode.FENCED_MEMBER_EPOCH


def test_a_full_group_has_place_for_those_who_are_in_it() -> None:
    members = Members("g")
    members.put(MEMBER)
    check_place("new", None, members, 2)
    check_place("m", None, members, 1)
    check_place("new", "one", members, 1)
    with pytest.raises(KafkaError) as refused:
        check_place("new", "two", members, 1)
    assert refused.value.code is ErrorCode.GROUP_MAX_SIZE_REACHED


def test_the_assignors_that_there_are_stand_in_the_answer() -> None:
    check_heartbeat(heartbeat_of("m", server_assignor="range"), ["uniform", "range"])
    with pytest.raises(KafkaError, match="uniform, range"):
        check_heartbeat(heartbeat_of("m", server_assignor="mine"), ["uniform", "range"])
