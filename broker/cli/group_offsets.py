"""Offsets by partition for `kawa groups`: what a group has committed, and where logs begin and end."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from kafka import KafkaAdminClient


class Place(NamedTuple):
    """A partition."""

    topic: str
    partition: int


def committed_offsets(admin: "KafkaAdminClient", group_id: str) -> dict[Place, int]:
    """Of every partition for which the group has one."""
    found = admin.list_group_offsets({group_id: None})[group_id]
    return {Place(*place): stored.offset for place, stored in found.items() if stored.offset >= 0}


def log_offsets(admin: "KafkaAdminClient", places: Iterable[Place], spec: int) -> dict[Place, int]:
    """By an OffsetSpec or the milliseconds since 1970 of a time; -1 where no record is as young as that."""
    from kafka import TopicPartition

    wanted = {TopicPartition(*place): spec for place in places}
    found = admin.list_partition_offsets(wanted) if wanted else {}
    return {Place(*place): answer.offset for place, answer in found.items()}


def places_with_leaders(admin: "KafkaAdminClient", topics: Iterable[str]) -> set[Place]:
    """The partitions of those topics that can be asked for; none of a topic that does not exist."""
    names = sorted(set(topics))
    return {
        Place(topic["name"], row["partition_index"])
        for topic in (admin.describe_topics(names) if names else [])
        for row in topic["partitions"]
        if row["leader_id"] >= 0
    }
