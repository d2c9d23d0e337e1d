"""What a consumer group knows of topics: their names, ids and how many partitions they have."""

from collections.abc import Collection, Iterable, Mapping
from hashlib import blake2b
from typing import NamedTuple, Protocol

from broker.coordinator.group.assignors import TopicPartitions


class TopicShape(NamedTuple):
    name: str
    topic_id: bytes
    partitions: int


class TopicShapes(Protocol):
    """The topics there are."""

    @property
    def version(self) -> int:
        """Rises with every change."""

    def named(self, name: str) -> TopicShape | None: ...

    def with_id(self, topic_id: bytes) -> TopicShape | None: ...

    def names(self) -> Collection[str]:
        """Of all but internal topics."""


def fingerprint(shapes: Iterable[TopicShape]) -> int:
    """The same for the same topics, also after a restart; another one, as good as always, for others."""
    found = blake2b(digest_size=8)
    for name, topic_id, partitions in sorted(shapes):
        found.update(b"%s/%s/%d;" % (name.encode(), topic_id, partitions))
    return int.from_bytes(found.digest(), "big", signed=True)


def by_topic_name(partitions: TopicPartitions, topics: TopicShapes) -> dict[str, list[int]]:
    """In order; topics that are there no more are left out."""
    shapes = ((topics.with_id(topic_id), each) for topic_id, each in partitions.items())
    named = {shape.name: sorted(each) for shape, each in shapes if shape is not None}
    return dict(sorted(named.items()))


def by_topic_id(partitions: Mapping[str, Iterable[int]], topics: TopicShapes) -> dict[bytes, frozenset[int]]:
    """Topics that are not there are left out."""
    shapes = ((topics.named(name), each) for name, each in partitions.items())
    return {shape.topic_id: frozenset(each) for shape, each in shapes if shape is not None}
