"""The uniform assignor: an even spread with as few moves as that allows, as Kafka's `UniformAssignor`.

Balance goes before stickiness. When all members subscribe to the same topics their counts differ by one at
most, and nothing moves that need not. When they do not, every topic is levelled between its own subscribers,
one after another. Racks play no part (neither do they in Kafka 4.3).

Differences from Apache Kafka: between members that are equally loaded Kafka decides by the order of its hash
maps, this by the order of the member ids.
"""

from collections.abc import Mapping
from heapq import heapify, heapreplace

from broker.coordinator.group.assignors.interface import MemberSpec

MAX_ROUNDS = 16
"""Overlapping subscriptions may need many rounds for ever smaller gains; Kafka stops after as many."""


class UniformAssignor:
    """Chooses how to balance by whether all members have the same subscription."""

    name = "uniform"

    def assign(
        self, members: Mapping[str, MemberSpec], topics: Mapping[bytes, int]
    ) -> dict[str, dict[bytes, frozenset[int]]]:
        """Member id -> its partitions, every member included; `topics` is topic id -> partition count."""
        partitions = _Partitions(members, topics)
        if len({spec.subscribed for spec in members.values()}) == 1:
            _spread(partitions)
        else:
            subscribers = _subscribers(members, partitions)
            for topic in subscribers:
                _fill(topic, subscribers[topic], partitions)
            for _ in range(MAX_ROUNDS):
                if not sum(_level(topic, subscribers[topic], partitions) for topic in subscribers):
                    break
        return partitions.by_member()


class _Partitions:
    """Who has each partition; at first each member what it had, if it exists and is still subscribed to."""

    def __init__(self, members: Mapping[str, MemberSpec], topics: Mapping[bytes, int]) -> None:
        subscribed = frozenset().union(*{spec.subscribed for spec in members.values()})
        self.owners: dict[bytes, list[str | None]] = {
            topic: [None] * topics[topic] for topic in sorted(subscribed & topics.keys())
        }
        self.counts = dict.fromkeys(sorted(members), 0)
        for member_id in self.counts:
            spec = members[member_id]
            for topic in spec.assigned.keys() & spec.subscribed & self.owners.keys():
                self._keep(member_id, topic, spec.assigned[topic])

    def _keep(self, member_id: str, topic: bytes, partitions: frozenset[int]) -> None:
        owners = self.owners[topic]
        for partition in partitions:
            if partition < len(owners) and owners[partition] is None:
                owners[partition] = member_id
                self.counts[member_id] += 1

    def move(self, topic: bytes, partition: int, member_id: str) -> None:
        """Give a partition to a member, taking it from the one that has it."""
        owner = self.owners[topic][partition]
        if owner is not None:
            self.counts[owner] -= 1
        self.owners[topic][partition] = member_id
        self.counts[member_id] += 1

    def by_member(self) -> dict[str, dict[bytes, frozenset[int]]]:
        """Member id -> topic id -> partitions, without topics of which it has none."""
        assigned: dict[str, dict[bytes, list[int]]] = {member_id: {} for member_id in self.counts}
        for topic, owners in self.owners.items():
            for partition, owner in enumerate(owners):
                if owner is not None:
                    assigned[owner].setdefault(topic, []).append(partition)
        return {
            member_id: {topic: frozenset(numbers) for topic, numbers in by_topic.items()}
            for member_id, by_topic in assigned.items()
        }


def _spread(partitions: _Partitions) -> None:
    """Balance members of equal subscriptions; those that have most get the larger quota, and keep as much."""
    quota, extra = divmod(sum(map(len, partitions.owners.values())), len(partitions.counts))
    by_count = sorted(partitions.counts, key=lambda member_id: -partitions.counts[member_id])
    room = {member_id: quota + (place < extra) for place, member_id in enumerate(by_count)}
    homeless: list[tuple[bytes, int]] = []
    for topic, owners in partitions.owners.items():
        for partition, owner in enumerate(owners):
            if owner is not None and room[owner]:
                room[owner] -= 1
            else:
                homeless.append((topic, partition))
    vacancies = (member_id for member_id, count in room.items() for _ in range(count))
    for (topic, partition), member_id in zip(homeless, vacancies, strict=True):
        partitions.move(topic, partition, member_id)


def _subscribers(members: Mapping[str, MemberSpec], partitions: _Partitions) -> dict[bytes, list[str]]:
    """Topic id -> its subscribers, those with most partitions a subscriber first: they weigh most."""
    subscribers: dict[bytes, list[str]] = {topic: [] for topic in partitions.owners}
    for member_id in partitions.counts:
        for topic in members[member_id].subscribed & subscribers.keys():
            subscribers[topic].append(member_id)

    def order(topic: bytes) -> tuple[float, int, bytes]:
        return -len(partitions.owners[topic]) / len(subscribers[topic]), len(subscribers[topic]), topic

    return {topic: subscribers[topic] for topic in sorted(subscribers, key=order)}


def _fill(topic: bytes, subscribers: list[str], partitions: _Partitions) -> None:
    """Give each partition that nobody has to the subscriber with the least."""
    least = [(partitions.counts[member_id], member_id) for member_id in subscribers]
    heapify(least)
    for partition, owner in enumerate(partitions.owners[topic]):
        if owner is None:
            count, member_id = least[0]
            partitions.move(topic, partition, member_id)
            heapreplace(least, (count + 1, member_id))


def _level(topic: bytes, subscribers: list[str], partitions: _Partitions) -> int:
    """Move partitions of a topic from its most to its least loaded subscribers; returns how many moved.

    Ends when the most loaded that has any of them is at most one above the least loaded.
    """
    counts = partitions.counts
    lowest = min(counts[member_id] for member_id in subscribers)
    if max(counts[member_id] for member_id in subscribers) - lowest <= 1:
        return 0
    owned: dict[str, list[int]] = {}
    for partition, owner in enumerate(partitions.owners[topic]):
        if owner is not None and counts[owner] - lowest > 1:
            owned.setdefault(owner, []).append(partition)
    # Nobody becomes the least loaded by giving, nor gives after taking: each heap tells enough by itself.
    most = [(-counts[member_id], member_id) for member_id in owned]
    least = [(counts[member_id], member_id) for member_id in subscribers]
    heapify(most)
    heapify(least)
    moved = 0
    while most and -most[0][0] - least[0][0] > 1:
        (negated, giver), (count, taker) = most[0], least[0]
        partitions.move(topic, owned[giver].pop(), taker)
        moved += 1
        heapreplace(least, (count + 1, taker))
        # One with nothing left to give goes last, and ends the loop once it comes first.
        heapreplace(most, (negated + 1 if owned[giver] else 0, giver))
    return moved
