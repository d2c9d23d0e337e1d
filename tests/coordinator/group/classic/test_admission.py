"""Who may join: sessions, places, protocols. What comes of it in a group is in `test_group`."""

import pytest

from broker.coordinator.group.classic.admission import check_admission, check_session
from broker.coordinator.group.classic.member import Member
from broker.coordinator.group.classic.members import Members
from broker.coordinator.group.classic.messages import Join, Protocol
from broker.coordinator.group.classic.states import State
from broker.protocol.errors import ErrorCode, KafkaError
from broker.settings.broker import BrokerSettings

ASKED = Join("", None, "c", "/h", 10_000, 10_000, "consumer", (Protocol("range", b""),), True, True)


def members(*ids: str, joined: int = 0) -> Members:
    made = Members("g")
    for number, member_id in enumerate(ids):
        member = Member.joining(member_id, ASKED)
        member.join_waiter = "x" if number < joined else None
        made.add(member)
    return made


def code_of(asked: Join, there: Members, state: State, **settings: str) -> ErrorCode:
    values = {name.replace("_", "."): value for name, value in settings.items()}
    try:
        check_session(asked, BrokerSettings.from_values(values))
        check_admission(asked, there, state, "consumer", BrokerSettings.from_values(values))
    except KafkaError as error:
        return error.code
    return ErrorCode.NONE


@pytest.mark.parametrize(("session_ms", "fits"), [(99, False), (100, True), (200, True), (201, False)])
def test_a_session_is_within_the_brokers_limits(session_ms: int, fits: bool) -> None:
    asked = ASKED._replace(session_timeout_ms=session_ms)
    limits = {"group_min_session_timeout_ms": "100", "group_max_session_timeout_ms": "200"}
    found = code_of(asked, members(), State.EMPTY, **limits)
    assert found is (ErrorCode.NONE if fits else ErrorCode.INVALID_SESSION_TIMEOUT)


@pytest.mark.parametrize(
    ("member_id", "there", "state", "fits"),
    [
        ("", members(), State.EMPTY, True),
        ("", members("a"), State.STABLE, True),
        ("", members("a", "b"), State.STABLE, False),
        ("a", members("a", "b"), State.STABLE, True),
        ("", members("a", "b"), State.COMPLETING_REBALANCE, False),
        ("", members("a", "b", joined=1), State.PREPARING_REBALANCE, True),
        ("", members("a", "b", joined=2), State.PREPARING_REBALANCE, False),
        ("a", members("a", "b", joined=2), State.PREPARING_REBALANCE, True),
    ],
)
def test_there_are_as_many_places_as_members_may_be(
    member_id: str, there: Members, state: State, fits: bool
) -> None:
    found = code_of(ASKED._replace(member_id=member_id), there, state, group_max_size="2")
    assert found is (ErrorCode.NONE if fits else ErrorCode.GROUP_MAX_SIZE_REACHED)


@pytest.mark.parametrize(
    ("changes", "there", "fits"),
    [
        ({}, members("a"), True),
        ({"protocol_type": "connect"}, members(), True),
        ({"protocol_type": "connect"}, members("a"), False),
        ({"protocol_type": ""}, members(), False),
        ({"protocols": ()}, members(), False),
        ({"protocols": (Protocol("sticky", b""),)}, members("a"), False),
        ({"protocols": (Protocol("sticky", b""), Protocol("range", b""))}, members("a"), True),
    ],
)
def test_members_have_a_protocol_in_common(changes: dict[str, object], there: Members, fits: bool) -> None:
    found = code_of(ASKED._replace(**changes), there, State.STABLE)  # type: ignore[arg-type]
    assert found is (ErrorCode.NONE if fits else ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
