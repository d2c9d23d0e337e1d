"""Whether a heartbeat may be followed at all: is it well formed, is there room, does its epoch fit?"""

from collections.abc import Sequence

from broker.coordinator.group.consumer.member import Member
from broker.coordinator.group.consumer.members import Members
from broker.coordinator.group.consumer.messages import (
    AS_BEFORE,
    JOINING,
    LEAVING_FOR_A_WHILE,
    Heartbeat,
)
from broker.coordinator.group.consumer.partition_epochs import holds_all
from broker.protocol.errors import ErrorCode, KafkaError


def check_heartbeat(asked: Heartbeat, assignors: Sequence[str]) -> None:
    """Raises: KafkaError(INVALID_REQUEST, UNSUPPORTED_ASSIGNOR)."""
    for name, text in (("InstanceId", asked.instance_id), ("RackId", asked.rack_id)):
        if text is not None and not text.strip():
            raise _invalid(f"{name} can't be empty.")
    if asked.member_epoch == JOINING:
        _check_joining(asked)
    elif asked.member_epoch == LEAVING_FOR_A_WHILE and asked.instance_id is None:
        raise _invalid("InstanceId can't be null.")
    elif asked.member_epoch < LEAVING_FOR_A_WHILE:
        raise _invalid("MemberEpoch is invalid.")
    if asked.server_assignor is not None and asked.server_assignor not in assignors:
        raise KafkaError(
            ErrorCode.UNSUPPORTED_ASSIGNOR,
            f"There is no assignor {asked.server_assignor}; there are: {', '.join(assignors)}.",
        )


def _check_joining(asked: Heartbeat) -> None:
    if asked.rebalance_timeout_ms == AS_BEFORE:
        raise _invalid("RebalanceTimeoutMs must be provided in first request.")
    if asked.owned is None or asked.owned:
        raise _invalid("TopicPartitions must be empty when (re-)joining.")
    if asked.topic_names is None and asked.topic_pattern is None:
        raise _invalid(
            "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining."
        )


def check_place(asked_by: str, instance_id: str | None, members: Members, most: int) -> None:
    """Whether somebody may come, or is there already. Raises: KafkaError(GROUP_MAX_SIZE_REACHED)."""
    is_there = members.get(asked_by) is not None or members.with_instance_id(instance_id) is not None
    if not is_there and len(members) >= most:
        raise KafkaError(
            ErrorCode.GROUP_MAX_SIZE_REACHED, f"The group has {len(members)} members: no more may join."
        )


def check_epoch(member: Member, asked: Heartbeat) -> None:
    """Whether the member is where the group believes it to be.

    The epoch before is good, too, while the member owns nothing that is not its own: the answer that
    would have told it the newer one may have been lost. Raises: KafkaError(FENCED_MEMBER_EPOCH).
    """
    if asked.member_epoch == member.epoch:
        return
    missed_an_answer = (
        asked.member_epoch < member.epoch
        and asked.member_epoch == member.previous_epoch
        and asked.owned is not None
        and holds_all(member.assigned, asked.owned)
    )
    if not missed_an_answer:
        raise KafkaError(
            ErrorCode.FENCED_MEMBER_EPOCH,
            f"Member {member.member_id} is in epoch {member.epoch}, not {asked.member_epoch}: it must give up"
            " all its partitions and join again.",
        )


def _invalid(message: str) -> KafkaError:
    return KafkaError(ErrorCode.INVALID_REQUEST, message)
