"""How a member comes from what it owns to what it is to own, one heartbeat after another.

It first gives up what is not its own any more, and stays in its epoch until it says that it has. Then
it moves to the epoch of the assignment and gets what is free; what others still own it gets when they
have given that up. So no partition ever has two owners.

Follows Kafka's CurrentAssignmentBuilder (KIP-848).
"""

from collections.abc import Callable, Collection
from typing import NamedTuple

from broker.coordinator.group.assignors import TopicPartitions
from broker.coordinator.group.consumer.member import Member
from broker.coordinator.group.consumer.partition_epochs import (
    NO_PARTITIONS,
    PartitionEpochs,
    each_partition,
    overlap,
)
from broker.coordinator.group.consumer.states import MemberState


class Target(NamedTuple):
    """What a member is to own, by the assignment of an epoch."""

    epoch: int
    partitions: TopicPartitions


class Difference(NamedTuple):
    """From what a member owns to what it is to own; a part of that may not be free yet."""

    kept: dict[bytes, dict[int, int]]
    lost: dict[bytes, dict[int, int]]
    free: list[tuple[bytes, int]]
    is_all_free: bool


def reconcile(
    member: Member,
    target: Target,
    *,
    subscribed: Collection[bytes],
    owned: TopicPartitions | None,
    has_new_subscription: bool,
    is_owned_by_another: Callable[[bytes, int], bool],
) -> Member:
    """The member after a heartbeat in which it said that it owns `owned` (None: it did not say).

    `subscribed` are the ids of its topics: of others it is to own nothing, whatever the target says.
    """
    if member.state is MemberState.STABLE and member.epoch == target.epoch:
        return _unsubscribed(member, subscribed, owned) if has_new_subscription else member
    if member.state is MemberState.UNREVOKED_PARTITIONS and _may_own(owned, member.revoking):
        return _unsubscribed(member, subscribed, owned) if has_new_subscription else member
    difference = _difference(member, target, subscribed, is_owned_by_another)
    if difference.lost and _may_own(owned, difference.lost):
        return member._replace(
            state=MemberState.UNREVOKED_PARTITIONS,
            previous_epoch=member.epoch,
            assigned=difference.kept,
            revoking=difference.lost,
        )
    for topic_id, partition in difference.free:
        difference.kept.setdefault(topic_id, {})[partition] = target.epoch
    return member._replace(
        state=MemberState.STABLE if difference.is_all_free else MemberState.UNRELEASED_PARTITIONS,
        epoch=target.epoch,
        previous_epoch=member.epoch,
        assigned=difference.kept,
        revoking=NO_PARTITIONS,
    )


def _difference(
    member: Member,
    target: Target,
    subscribed: Collection[bytes],
    is_owned_by_another: Callable[[bytes, int], bool],
) -> Difference:
    wanted = {topic_id: each for topic_id, each in target.partitions.items() if topic_id in subscribed}
    nothing: frozenset[int] = frozenset()
    kept: dict[bytes, dict[int, int]] = {}
    lost: dict[bytes, dict[int, int]] = {}
    for topic_id, partition in each_partition(member.assigned):
        side = kept if partition in wanted.get(topic_id, nothing) else lost
        side.setdefault(topic_id, {})[partition] = member.assigned[topic_id][partition]
    missing = [
        (topic_id, partition)
        for topic_id, each in wanted.items()
        for partition in each - kept.get(topic_id, {}).keys()
    ]
    free = [place for place in missing if not is_owned_by_another(*place)]
    return Difference(kept, lost, free, len(free) == len(missing))


def _unsubscribed(member: Member, subscribed: Collection[bytes], owned: TopicPartitions | None) -> Member:
    """Between assignments: without the topics that it does not subscribe to any more."""
    kept, revoking = dict(member.assigned), dict(member.revoking)
    for topic_id in member.assigned.keys() - set(subscribed):
        revoking[topic_id] = {**revoking.get(topic_id, {}), **kept.pop(topic_id)}
    if len(kept) == len(member.assigned):
        return member
    shrunk = member._replace(assigned=kept, previous_epoch=member.epoch)
    if not _may_own(owned, revoking):
        return shrunk
    return shrunk._replace(state=MemberState.UNREVOKED_PARTITIONS, revoking=revoking)


def _may_own(owned: TopicPartitions | None, partitions: PartitionEpochs) -> bool:
    return owned is None or overlap(owned, partitions)
