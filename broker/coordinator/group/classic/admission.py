"""Whether somebody may join a classic group, new or again; who that is, is looked at later."""

from broker.coordinator.group.classic.members import Members
from broker.coordinator.group.classic.messages import Join
from broker.coordinator.group.classic.protocols import known_to_all
from broker.coordinator.group.classic.states import State
from broker.protocol.errors import ErrorCode, KafkaError
from broker.settings.broker import BrokerSettings

MOST_PENDING = 10_000
"""Ids that were given out and that nobody has come back with yet, whatever `group.max.size` allows."""


def check_admission(
    asked: Join, members: Members, state: State, protocol_type: str | None, settings: BrokerSettings
) -> None:
    """Raises: KafkaError: GROUP_MAX_SIZE_REACHED, INCONSISTENT_GROUP_PROTOCOL."""
    if not _has_place(asked.member_id, members, state, settings.group_max_size):
        raise KafkaError(
            ErrorCode.GROUP_MAX_SIZE_REACHED,
            f"The group has {len(members)} members already: no more may join.",
        )
    if not _fits(asked, members, protocol_type):
        raise KafkaError(
            ErrorCode.INCONSISTENT_GROUP_PROTOCOL,
            f"The members have no protocol of type {asked.protocol_type!r} in common with this one.",
        )


def check_session(asked: Join, settings: BrokerSettings) -> None:
    """Raises: KafkaError(INVALID_SESSION_TIMEOUT)."""
    lowest, highest = settings.group_min_session_timeout_ms, settings.group_max_session_timeout_ms
    if not lowest <= asked.session_timeout_ms <= highest:
        raise KafkaError(
            ErrorCode.INVALID_SESSION_TIMEOUT,
            f"A session of {asked.session_timeout_ms} ms; from {lowest} to {highest} are allowed.",
        )


def _has_place(member_id: str, members: Members, state: State, most: int) -> bool:
    """Counted are those that are there, or, while all join anew, those that have."""
    member = members.get(member_id)
    if state is State.PREPARING_REBALANCE:
        return (member is not None and member.join_waiter is not None) or len(members.joined) < most
    return member is not None or len(members) < most


def _fits(asked: Join, members: Members, protocol_type: str | None) -> bool:
    if not members:
        return bool(asked.protocol_type and asked.protocols)
    names = {protocol.name for protocol in asked.protocols}
    return asked.protocol_type == protocol_type and not names.isdisjoint(known_to_all(members.offers))
