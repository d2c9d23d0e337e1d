"""The range assignor: consecutive partitions of a topic to each subscriber, as Kafka's `RangeAssignor`.

Members that subscribe to the same topics with equally many partitions get the same partition numbers of each
(co-partitioning, which joins need). What a member had before and its rack play no part.
"""

from collections import Counter
from collections.abc import Mapping
from itertools import chain

from broker.coordinator.group.assignors.interface import MemberSpec


class RangeAssignor:
    """Static members come first, by instance id: they keep their place, and so their ranges, in a restart."""

    name = "range"

    def assign(
        self, members: Mapping[str, MemberSpec], topics: Mapping[bytes, int]
    ) -> dict[str, dict[bytes, frozenset[int]]]:
        """Member id -> its partitions, every member included; `topics` is topic id -> partition count."""
        subscribers = Counter(chain.from_iterable(spec.subscribed for spec in members.values()))
        ranges = {topic: _Ranges(partitions, subscribers[topic]) for topic, partitions in topics.items()}
        assignment: dict[str, dict[bytes, frozenset[int]]] = {}
        for member_id in sorted(members, key=lambda member_id: _place(member_id, members[member_id])):
            shares = (
                (topic, ranges[topic].take()) for topic in members[member_id].subscribed if topic in ranges
            )
            assignment[member_id] = {topic: frozenset(share) for topic, share in shares if share}
        return assignment


class _Ranges:
    """Cuts the partitions of one topic into as many ranges as it has subscribers, the longer ones first."""

    def __init__(self, partitions: int, subscribers: int) -> None:
        self._quota, self._extra = divmod(partitions, subscribers) if subscribers else (0, 0)
        self._next_partition = 0

    def take(self) -> range:
        """The next subscriber's range, empty when there are more subscribers than partitions."""
        start = self._next_partition
        self._next_partition += self._quota + (self._extra > 0)
        self._extra -= 1
        return range(start, self._next_partition)


def _place(member_id: str, spec: MemberSpec) -> tuple[bool, str]:
    return (True, member_id) if spec.instance_id is None else (False, spec.instance_id)
