"""Which node coordinates a group or a transactional id.

It is the leader of the partition of an internal topic that the name's hash falls on; so it moves when
that partition's leader does, and clients and tools of Kafka work it out in the same way.

Follows Kafka's GroupCoordinator.partitionFor.
"""

from broker.cluster.topic_names import CONSUMER_OFFSETS, TRANSACTION_STATE
from broker.cluster.topics import Partition, Topics


def group_partition(topics: Topics, group_id: str) -> Partition:
    """The partition of `__consumer_offsets` that a group belongs to."""
    return _partition(topics, CONSUMER_OFFSETS, group_id)


def transaction_partition(topics: Topics, transactional_id: str) -> Partition:
    """The partition of `__transaction_state` that a transactional id belongs to."""
    return _partition(topics, TRANSACTION_STATE, transactional_id)


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
