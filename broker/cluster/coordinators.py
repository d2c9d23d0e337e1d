"""Which node coordinates a group, a transactional id or a partition of a share group.

It is the leader of the partition of an internal topic that the name's hash falls on; so it moves when
that partition's leader does, and clients and tools of Kafka work it out in the same way.

Follows Kafka's GroupCoordinator.partitionFor and SharePartitionKey.
"""

from collections.abc import Sequence

from broker.cluster.topic_names import CONSUMER_OFFSETS, TRANSACTION_STATE
from broker.cluster.topics import Partition, Topics
from broker.protocol.uuids import uuid_from_text


def group_partition(topics: Topics, group_id: str) -> Partition:
    """The partition of `__consumer_offsets` that a group belongs to."""
    return _partition(topics, CONSUMER_OFFSETS, group_id)


def transaction_partition(topics: Topics, transactional_id: str) -> Partition:
    """The partition of `__transaction_state` that a transactional id belongs to."""
    return _partition(topics, TRANSACTION_STATE, transactional_id)


def share_node(node_ids: Sequence[int], key: str, *, partitions: int) -> int:
    """The node for a key as `group:topic id:partition`; the topic that its state would be in is not
    there, but has so many partitions, spread as those of the others are.

    Raises: ValueError: the key is of another form.
    """
    parts = key.rsplit(":", 2)
    if len(parts) < 3 or not parts[0].strip():
        raise ValueError(f"{key!r} is not of the form group:topic id:partition")
    uuid_from_text(parts[1])
    int(parts[2])
    return node_ids[(java_hash(key) & 0x7FFFFFFF) % partitions % len(node_ids)]


def _partition(topics: Topics, topic: str, name: str) -> Partition:
    partitions = topics.by_name[topic].partitions
    return partitions[(java_hash(name) & 0x7FFFFFFF) % len(partitions)]


def java_hash(text: str) -> int:
    """Java's `String.hashCode`: over UTF-16 code units, in 32 bits without a sign."""
    encoded = text.encode("utf-16-be", "surrogatepass")
    value = 0
    for index in range(0, len(encoded), 2):
        value = (31 * value + (encoded[index] << 8 | encoded[index + 1])) & 0xFFFFFFFF
    return value
