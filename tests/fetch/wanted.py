"""Short ways to say what is fetched."""

from typing import Any

from broker.cluster.topics import Topic
from broker.fetch.partitions import PartitionFetch
from broker.fetch.reading import FetchTerms
from broker.log.engine import Isolation
from broker.protocol.messages.fetch import FetchPartition
from tests.fakes.data_plane import NODE, FakeTopics


def terms(topics: FakeTopics, **how: Any) -> FetchTerms:
    """A client's fetch by name, without limits, that waits for one byte."""
    values: dict[str, Any] = {
        "node_id": NODE,
        "topics": topics,
        "isolation": Isolation.READ_UNCOMMITTED,
        "max_bytes": 1 << 20,
        "min_bytes": 1,
        "by_topic_id": False,
        "leader_only": False,
        "is_replica": False,
    }
    return FetchTerms(**{**values, **how})


def want(
    topic: Topic | str, partition: int = 0, offset: int = 0, *, max_bytes: int = 1 << 20, **how: Any
) -> PartitionFetch:
    asked = FetchPartition(partition=partition, fetch_offset=offset, partition_max_bytes=max_bytes, **how)
    if isinstance(topic, str):
        return PartitionFetch(topic, bytes(16), asked)
    return PartitionFetch(topic.name, topic.topic_id, asked)


def want_by_id(topic_id: bytes, partition: int = 0, *, topic: str | None = None) -> PartitionFetch:
    """`topic`: the name that the session remembers."""
    asked = FetchPartition(partition=partition, fetch_offset=0, partition_max_bytes=1 << 20)
    return PartitionFetch(topic, topic_id, asked)
