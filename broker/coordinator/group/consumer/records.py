"""What is kept of a consumer group: one record of the group, two of each member.

Follows Kafka's records of consumer groups; what a member has told and what it owns are one record
here, and the topics that patterns match are not kept, since they follow from the topics there are.
"""

from typing import NamedTuple, TypeAlias

from broker.coordinator.group.assignors import TopicPartitions
from broker.coordinator.group.consumer.member import Member


class GroupEpochs(NamedTuple):
    """`topics_fingerprint` is of the topics that the group epoch was begun with."""

    group_epoch: int
    assignment_epoch: int
    topics_fingerprint: int


class MemberTarget(NamedTuple):
    """What a member is to own."""

    member_id: str
    partitions: TopicPartitions


class MemberRemoved(NamedTuple):
    """It is no member any more, and is to own nothing."""

    member_id: str


ConsumerRecord: TypeAlias = GroupEpochs | Member | MemberTarget | MemberRemoved
