"""What a consumer group has to find again after a restart: epochs, members, and what each is to own.

Every change is made at once and noted as a record, which `replay` would make again. What members ask
for and when they have to show up is the group's matter, not this one's.

    subscription or topics change -> `refresh`: group epoch + 1
    group epoch > assignment epoch -> `assign`: a target for every member, assignment epoch = group epoch
    a member's heartbeat -> `reconcile`: the member one step nearer to its target

Follows Kafka's ConsumerGroup and TargetAssignmentBuilder (KIP-848).
"""

from collections.abc import Callable

from broker.coordinator.group.assignors import Assignor, MemberSpec, TopicPartitions
from broker.coordinator.group.consumer.member import Member
from broker.coordinator.group.consumer.members import Members
from broker.coordinator.group.consumer.patterns import TopicPatterns
from broker.coordinator.group.consumer.reconciliation import Target, reconcile
from broker.coordinator.group.consumer.records import (
    ConsumerRecord,
    GroupEpochs,
    MemberRemoved,
    MemberTarget,
)
from broker.coordinator.group.consumer.topic_shapes import TopicShapes, fingerprint

FIRST_GROUP_EPOCH = 1  # so that a member that subscribes to nothing has an epoch, too
NOT_LOOKED_AT = -1


class Ledger:
    """It begins empty."""

    def __init__(self, group_id: str, topics: TopicShapes) -> None:
        self.members = Members(group_id)
        self.patterns = TopicPatterns(topics)
        self.group_epoch = FIRST_GROUP_EPOCH
        self.assignment_epoch = 0
        self._topics = topics
        self._topics_version = NOT_LOOKED_AT
        self._topics_fingerprint = fingerprint(())
        self._targets: dict[str, TopicPartitions] = {}
        self._records: list[ConsumerRecord] = []

    def replay(self, record: ConsumerRecord) -> None:
        """Be as the record says."""
        if isinstance(record, GroupEpochs):
            self.group_epoch, self.assignment_epoch, self._topics_fingerprint = record
        elif isinstance(record, Member):
            self.members.put(record)
        elif isinstance(record, MemberTarget):
            self._targets[record.member_id] = record.partitions
        else:
            self.members.remove(record.member_id)
            self._targets.pop(record.member_id, None)

    def take_records(self) -> tuple[ConsumerRecord, ...]:
        """Of all that has changed since the last time."""
        records = tuple(self._records)
        self._records.clear()
        return records

    def target(self, member_id: str) -> TopicPartitions:
        return self._targets.get(member_id, {})

    def topic_names(self, member: Member) -> frozenset[str]:
        """What it subscribes to, whether it is there or not."""
        return member.topic_names | self.patterns.topics(member.topic_pattern)

    def all_topic_names(self) -> frozenset[str]:
        """What anybody subscribes to."""
        return frozenset().union(*{self.topic_names(member) for member in self.members})

    # What changes.

    def put(self, member: Member) -> None:
        """A member is new or has changed."""
        if self.members.get(member.member_id) != member:
            self._note(member)

    def replace(self, old: Member, new: Member) -> None:
        """A static member has another id from now on."""
        target = self.target(old.member_id)
        self._note(MemberRemoved(old.member_id))
        self._note(new)
        self._note(MemberTarget(new.member_id, target))

    def remove(self, member: Member) -> None:
        """It has left, or is put out: the others are to get what was its own."""
        self._note(MemberRemoved(member.member_id))
        self.refresh(has_changed=True)

    def refresh(self, *, has_changed: bool) -> None:
        """Begin a new group epoch if members or their subscriptions have changed, or their topics have."""
        if not has_changed and self._topics_version == self._topics.version:
            return
        self.patterns.forget_all_but(member.topic_pattern for member in self.members)
        found = (self._topics.named(name) for name in self.all_topic_names())
        now = fingerprint(shape for shape in found if shape is not None)
        self._topics_version = self._topics.version
        if has_changed or now != self._topics_fingerprint:
            self._note(GroupEpochs(self.group_epoch + 1, self.assignment_epoch, now))

    def assign(self, assignor: Assignor) -> None:
        """Work out anew who is to own what."""
        shapes = [self._topics.named(name) for name in self.all_topic_names()]
        partitions = {shape.topic_id: shape.partitions for shape in shapes if shape is not None}
        specs = {
            member.member_id: MemberSpec(
                self._subscribed(member), member.instance_id, member.rack_id, self.target(member.member_id)
            )
            for member in self.members
        }
        for member_id, target in assignor.assign(specs, partitions).items():
            if target != self._targets.get(member_id):
                self._note(MemberTarget(member_id, target))
        self._note(GroupEpochs(self.group_epoch, self.group_epoch, self._topics_fingerprint))

    def reconcile(
        self, member: Member, owned: TopicPartitions | None, *, has_new_subscription: bool
    ) -> Member:
        """The member, one step nearer to its target; `owned` as in `reconciliation.reconcile`."""
        if not has_new_subscription and member.is_reconciled_to(self.assignment_epoch):
            return member
        nearer = reconcile(
            member,
            Target(self.assignment_epoch, self.target(member.member_id)),
            subscribed=self._subscribed(member),
            owned=owned,
            has_new_subscription=has_new_subscription,
            is_owned_by_another=self._is_owned_by_another(member.member_id),
        )
        self.put(nearer)
        return nearer

    def waits_for_others(self, member: Member) -> bool:
        """Whether something that it is to own is still another's."""
        is_anothers = self._is_owned_by_another(member.member_id)
        target = self.target(member.member_id)
        return any(
            is_anothers(topic_id, partition) for topic_id, each in target.items() for partition in each
        )

    def _is_owned_by_another(self, member_id: str) -> Callable[[bytes, int], bool]:
        owner = self.members.owner
        return lambda topic_id, partition: owner(topic_id, partition) not in {None, member_id}

    def _subscribed(self, member: Member) -> frozenset[bytes]:
        """The ids of its topics, as far as they are there."""
        shapes = (self._topics.named(name) for name in self.topic_names(member))
        return frozenset(shape.topic_id for shape in shapes if shape is not None)

    def _note(self, record: ConsumerRecord) -> None:
        self.replay(record)
        self._records.append(record)
