"""Members of a consumer group that speak the classic protocol, while a group changes over (KIP-848).

They join and sync as ever, but nobody leads: a join is answered at once with the member epoch as the
generation, the sync with what the member is to own. When it is to own something else, its heartbeat is
answered REBALANCE_IN_PROGRESS, and it joins again.

Follows Kafka's classicGroupJoinToConsumerGroup and its like.
"""

from collections.abc import Hashable

from broker.coordinator.group.classic.messages import Join, Joined, Sync, Synced
from broker.coordinator.group.classic.protocols import CONSUMER
from broker.coordinator.group.consumer.admission import check_place
from broker.coordinator.group.consumer.group import ConsumerGroup, Deadline
from broker.coordinator.group.consumer.member import ClassicMembership, Member
from broker.coordinator.group.consumer.partition_epochs import without_epochs
from broker.coordinator.group.consumer.states import MemberState
from broker.coordinator.group.consumer.topic_shapes import by_topic_id, by_topic_name
from broker.coordinator.group.embedded import (
    Subscription,
    read_subscription,
    version_of,
    write_assignment,
)
from broker.coordinator.step import Reply, Step
from broker.protocol.errors import ErrorCode, KafkaError

UNKNOWN = ""
NO_MIGRATION = "disabled"


def join(group: ConsumerGroup, asked: Join, *, waiter: Hashable, now_ms: int) -> Step:
    """JoinGroup. The answer is a `Joined`.

    Raises: KafkaError: INCONSISTENT_GROUP_PROTOCOL, GROUP_MAX_SIZE_REACHED, UNKNOWN_MEMBER_ID,
    FENCED_INSTANCE_ID, COORDINATOR_NOT_AVAILABLE.
    """
    group.refuse_dead()
    subscription = _check_join(group, asked)
    check_place(asked.member_id, asked.instance_id, group.members, group.settings.group_consumer_max_size)
    member_id = asked.member_id
    if member_id == UNKNOWN:
        member_id = group.new_member_id(asked.client_id if asked.instance_id is None else asked.instance_id)
        if asked.needs_known_id and asked.instance_id is None:
            return Step((), (Reply(waiter, Joined(member_id, ErrorCode.MEMBER_ID_REQUIRED)),))
    before = _member_of(group, asked, member_id)
    if before.member_id != member_id:
        back = before.under(member_id)
        group.replace(before, back)
        before = back
    owned = by_topic_id(subscription.owned, group.topics)
    member = group.follow(before, _told(before, asked, subscription), owned, now_ms=now_ms)
    group.deadlines.cancel(Deadline("join", member_id))
    group.deadlines.cancel(Deadline("rebalance", member_id))
    group.deadlines.set(Deadline("session", member_id), now_ms + asked.session_timeout_ms)
    group.deadlines.set(Deadline("sync", member_id), now_ms + asked.rebalance_timeout_ms)
    answer = Joined(
        member_id,
        generation_id=member.epoch,
        protocol_type=CONSUMER,
        protocol_name=asked.protocols[0].name,
    )
    return group.step(Reply(waiter, answer))


def sync(group: ConsumerGroup, asked: Sync, *, waiter: Hashable, now_ms: int) -> Step:
    """SyncGroup. The answer is a `Synced`.

    Raises: KafkaError: UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, ILLEGAL_GENERATION,
    INCONSISTENT_GROUP_PROTOCOL, REBALANCE_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE.
    """
    member, classic = _classic_member(group, asked.member_id, asked.instance_id, asked.generation_id)
    same_type, same_name = {None, CONSUMER}, {None, classic.protocol_name}
    if asked.protocol_type not in same_type or asked.protocol_name not in same_name:
        raise KafkaError(
            ErrorCode.INCONSISTENT_GROUP_PROTOCOL, f"It was told {CONSUMER}/{classic.protocol_name}."
        )
    is_behind = group.ledger.assignment_epoch > member.epoch
    if is_behind and member.state is not MemberState.UNREVOKED_PARTITIONS:
        raise _rejoin(group, member, now_ms)
    group.deadlines.cancel(Deadline("sync", member.member_id))
    group.deadlines.set(Deadline("session", member.member_id), now_ms + classic.session_timeout_ms)
    assignment = write_assignment(
        by_topic_name(without_epochs(member.assigned), group.topics),
        version=version_of(classic.protocols[0].metadata),
    )
    return Step((), (Reply(waiter, Synced(asked.protocol_type, asked.protocol_name, assignment)),))


def heartbeat(
    group: ConsumerGroup, member_id: str, instance_id: str | None, generation_id: int, *, now_ms: int
) -> None:
    """Heartbeat.

    Raises: KafkaError: UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, ILLEGAL_GENERATION,
    REBALANCE_IN_PROGRESS (the member is alive all the same), COORDINATOR_NOT_AVAILABLE.
    """
    member, classic = _classic_member(group, member_id, instance_id, generation_id)
    group.deadlines.set(Deadline("session", member_id), now_ms + classic.session_timeout_ms)
    waits = member.state is MemberState.UNRELEASED_PARTITIONS
    if (
        member.epoch < group.ledger.assignment_epoch
        or member.state is MemberState.UNREVOKED_PARTITIONS
        or (waits and not group.ledger.waits_for_others(member))
    ):
        raise _rejoin(group, member, now_ms)


def leave(group: ConsumerGroup, member_id: str, instance_id: str | None) -> Step:
    """One member of a LeaveGroup, of either protocol; a static one may be named by its instance id alone.

    Raises: KafkaError: UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, COORDINATOR_NOT_AVAILABLE.
    """
    group.refuse_dead()
    static = group.members.with_instance_id(instance_id)
    if member_id == UNKNOWN and static is not None:
        member_id = static.member_id
    group.put_out(group.members.validated(member_id, instance_id))
    return group.step()


def _check_join(group: ConsumerGroup, asked: Join) -> Subscription:
    if group.settings.group_consumer_migration_policy.lower() == NO_MIGRATION:
        raise _inconsistent(f"{group.group_id} takes no members of the classic protocol.")
    offered = {protocol.name for protocol in asked.protocols}
    for member in group.members:
        if member.classic is not None:
            offered &= {protocol.name for protocol in member.classic.protocols}
    if asked.protocol_type != CONSUMER or not offered:
        raise _inconsistent(f"The members have no {CONSUMER} protocol in common with this one.")
    try:
        return read_subscription(asked.protocols[0].metadata)
    except ValueError as error:
        raise _inconsistent(f"The subscription cannot be read: {error}") from error


def _member_of(group: ConsumerGroup, asked: Join, member_id: str) -> Member:
    """Who joins: a member, a new one, or the static one that it takes the place of."""
    if asked.instance_id is None:
        return group.members.get(member_id) or Member(member_id)
    static = group.members.with_instance_id(asked.instance_id)
    if asked.member_id == UNKNOWN:
        return Member(member_id) if static is None else static
    return group.members.validated(member_id, asked.instance_id)


def _told(before: Member, asked: Join, subscription: Subscription) -> Member:
    return before._replace(
        instance_id=before.instance_id if asked.instance_id is None else asked.instance_id,
        rack_id=before.rack_id if subscription.rack_id is None else subscription.rack_id,
        client_id=asked.client_id,
        client_host=asked.client_host,
        rebalance_timeout_ms=asked.rebalance_timeout_ms,
        topic_names=subscription.topics,
        topic_pattern="",
        classic=ClassicMembership(asked.session_timeout_ms, asked.protocols),
    )


def _classic_member(
    group: ConsumerGroup, member_id: str, instance_id: str | None, generation_id: int
) -> tuple[Member, ClassicMembership]:
    group.refuse_dead()
    member = group.members.validated(member_id, instance_id)
    if member.classic is None:
        raise KafkaError(ErrorCode.UNKNOWN_MEMBER_ID, f"{member_id} does not speak the classic protocol.")
    if generation_id != member.epoch:
        raise KafkaError(
            ErrorCode.ILLEGAL_GENERATION, f"{member_id} is in generation {member.epoch}, not {generation_id}."
        )
    return member, member.classic


def _rejoin(group: ConsumerGroup, member: Member, now_ms: int) -> KafkaError:
    """It has its rebalance timeout for joining again, from when it was first told."""
    deadline = Deadline("join", member.member_id)
    if deadline not in group.deadlines:
        group.deadlines.set(deadline, now_ms + member.rebalance_timeout_ms)
    return KafkaError(ErrorCode.REBALANCE_IN_PROGRESS, f"{group.group_id} rebalances: join again.")


def _inconsistent(message: str) -> KafkaError:
    return KafkaError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, message)
