"""What the state store keeps: plain values, the same for every database."""

from enum import IntEnum
from typing import NamedTuple


class PartitionRow(NamedTuple):
    leader: int
    leader_epoch: int
    replicas: tuple[int, ...]


class TopicRow(NamedTuple):
    """A topic that exists. `partitions` is in the order of their numbers, without gaps."""

    name: str
    topic_id: bytes
    partitions: list[PartitionRow]


class DeletedTopic(NamedTuple):
    """A topic that no client sees any more, whose files may still be there."""

    name: str
    topic_id: bytes


class ResourceType(IntEnum):
    """What configs belong to; the numbers are those of Kafka's requests."""

    TOPIC = 2
    BROKER = 4
    CLIENT_METRICS = 16
    GROUP = 32


class OffsetRow(NamedTuple):
    """A group's committed offset of one partition. Times are of the wall clock; `expires_ms` None: as
    the broker is set."""

    topic: str
    partition: int
    topic_id: bytes
    offset: int
    leader_epoch: int
    metadata: str
    committed_ms: int
    expires_ms: int | None


class GroupRow(NamedTuple):
    """A part of a group: `kind` says which, `key` which of them (a member's id); the document is text."""

    kind: str
    key: str
    document: str
