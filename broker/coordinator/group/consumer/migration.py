"""How a group changes over between the classic and the consumer protocol while its members go on (KIP-848).

A classic group of consumers becomes a consumer group when a member that speaks the consumer protocol
joins it, and a consumer group becomes classic when the last of these has gone: what members own is what
they go on with. `group.consumer.migration.policy` says which of these may happen.

Follows the conversions of Kafka's ClassicGroup and ConsumerGroup.
"""

from broker.coordinator.group.classic.messages import GroupRecord, StoredMember
from broker.coordinator.group.classic.protocols import CONSUMER, select
from broker.coordinator.group.consumer.group import ConsumerGroup
from broker.coordinator.group.consumer.member import ClassicMembership, Member
from broker.coordinator.group.consumer.partition_epochs import each_partition, in_epoch, without_epochs
from broker.coordinator.group.consumer.records import ConsumerRecord, GroupEpochs, MemberTarget
from broker.coordinator.group.consumer.topic_shapes import (
    TopicShapes,
    by_topic_id,
    by_topic_name,
    fingerprint,
)
from broker.coordinator.group.embedded import (
    read_assignment,
    read_subscription,
    version_of,
    write_assignment,
)
from broker.protocol.errors import ErrorCode, KafkaError
from broker.settings.broker import BrokerSettings

UPGRADES = frozenset({"upgrade", "bidirectional"})
DOWNGRADES = frozenset({"downgrade", "bidirectional"})


def upgraded(
    group_id: str, found: GroupRecord, topics: TopicShapes, settings: BrokerSettings
) -> list[ConsumerRecord]:
    """A classic group with members as a consumer group.

    Raises: KafkaError(GROUP_ID_NOT_FOUND): it may not, or cannot, become one.
    """
    if settings.group_consumer_migration_policy.lower() not in UPGRADES:
        raise _stays_classic(group_id, "online upgrade is disabled")
    if found.protocol_type != CONSUMER:
        raise _stays_classic(group_id, f"its members are no consumers but of type {found.protocol_type}")
    if len(found.members) > settings.group_consumer_max_size:
        raise _stays_classic(group_id, f"it has more than {settings.group_consumer_max_size} members")
    try:
        members = [_upgraded_member(stored, found, topics) for stored in found.members]
    except ValueError as error:
        raise _stays_classic(group_id, str(error)) from error
    places = [place for member in members for place in each_partition(member.assigned)]
    if len(places) > len(set(places)):
        raise _stays_classic(group_id, "a partition is assigned to two of its members")
    names = frozenset().union(*(member.topic_names for member in members))
    shapes = [shape for shape in map(topics.named, sorted(names)) if shape is not None]
    targets = [MemberTarget(each.member_id, without_epochs(each.assigned)) for each in members]
    return [GroupEpochs(found.generation_id, found.generation_id, fingerprint(shapes)), *members, *targets]


def _upgraded_member(stored: StoredMember, found: GroupRecord, topics: TopicShapes) -> Member:
    """Raises: ValueError."""
    chosen = next(
        (each for each in stored.protocols if each.name == found.protocol_name), stored.protocols[0]
    )
    subscription = read_subscription(chosen.metadata)
    partitions: dict[str, list[int]] = {}
    if stored.assignment:
        partitions, user_data = read_assignment(stored.assignment)
        if user_data:
            raise ValueError("what an assignor of the members' own has kept would be lost")
    return Member(
        stored.member_id,
        instance_id=stored.instance_id,
        rack_id=subscription.rack_id,
        client_id=stored.client_id,
        client_host=stored.client_host,
        rebalance_timeout_ms=stored.rebalance_timeout_ms,
        topic_names=subscription.topics,
        classic=ClassicMembership(stored.session_timeout_ms, stored.protocols),
        epoch=found.generation_id,
        previous_epoch=found.generation_id,
        assigned=in_epoch(by_topic_id(partitions, topics), found.generation_id),
    )


def must_downgrade(group: ConsumerGroup) -> bool:
    """Whether all that are left speak the classic protocol, and the group may follow them."""
    members, settings = group.members, group.settings
    return (
        len(members) > 0
        and members.are_all_classic
        and settings.group_consumer_migration_policy.lower() in DOWNGRADES
        and len(members) <= settings.group_max_size
    )


def downgraded(group: ConsumerGroup) -> GroupRecord:
    """A consumer group whose members all speak the classic protocol as a classic group.

    Its generation is the assignment epoch: who is there is told of the rebalance that follows, and goes on
    until then; who is behind joins again.
    """
    members = [(member, member.classic) for member in group.members if member.classic is not None]
    protocol_name = select([classic.protocols for _, classic in members])
    stored = tuple(
        StoredMember(
            member.member_id,
            member.instance_id,
            member.client_id,
            member.client_host,
            classic.session_timeout_ms,
            member.rebalance_timeout_ms,
            classic.protocols,
            _assignment(group, member, classic),
        )
        for member, classic in members
    )
    leader = stored[0].member_id
    return GroupRecord(CONSUMER, group.ledger.assignment_epoch, protocol_name, leader, stored)


def _assignment(group: ConsumerGroup, member: Member, classic: ClassicMembership) -> bytes:
    partitions = by_topic_name(group.ledger.target(member.member_id), group.topics)
    return write_assignment(partitions, version=version_of(classic.protocols[0].metadata))


def _stays_classic(group_id: str, why: str) -> KafkaError:
    return KafkaError(
        ErrorCode.GROUP_ID_NOT_FOUND, f"Group {group_id} cannot become a consumer group: {why}."
    )
