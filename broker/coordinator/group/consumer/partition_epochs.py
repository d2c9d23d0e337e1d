"""Partitions that a member owns, each with the member epoch in which it was given to it.

A commit is good if it was made in that epoch or later, even if the member has moved on since
(KIP-1251): nobody else can have owned the partition meanwhile.
"""

from collections.abc import Iterator, Mapping

from broker.coordinator.group.assignors import TopicPartitions

PartitionEpochs = Mapping[bytes, Mapping[int, int]]
"""Topic id -> partition -> member epoch; no topic without partitions."""

NO_PARTITIONS: PartitionEpochs = {}


def each_partition(partitions: PartitionEpochs) -> Iterator[tuple[bytes, int]]:
    return ((topic_id, partition) for topic_id, epochs in partitions.items() for partition in epochs)


def without_epochs(partitions: PartitionEpochs) -> dict[bytes, frozenset[int]]:
    return {topic_id: frozenset(epochs) for topic_id, epochs in partitions.items()}


def in_epoch(partitions: TopicPartitions | PartitionEpochs, epoch: int) -> PartitionEpochs:
    """All of them as given in this epoch."""
    return {topic_id: dict.fromkeys(each, epoch) for topic_id, each in partitions.items() if each}


def epoch_of(partitions: PartitionEpochs, topic_id: bytes, partition: int) -> int | None:
    return partitions.get(topic_id, {}).get(partition)


def overlap(owned: TopicPartitions, partitions: PartitionEpochs) -> bool:
    """Whether any partition is in both."""
    return any(not owned[topic_id].isdisjoint(partitions[topic_id]) for topic_id in owned.keys() & partitions)


def holds_all(partitions: PartitionEpochs, owned: TopicPartitions) -> bool:
    """Whether `owned` is a part of them."""
    return all(each <= partitions.get(topic_id, {}).keys() for topic_id, each in owned.items())
