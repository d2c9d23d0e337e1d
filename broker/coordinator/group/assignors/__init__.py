"""The server-side assignors of the consumer protocol (KIP-848), in Kafka's order: the default first."""

from broker.coordinator.group.assignors.interface import Assignor, MemberSpec, TopicPartitions
from broker.coordinator.group.assignors.range import RangeAssignor
from broker.coordinator.group.assignors.uniform import UniformAssignor

ASSIGNORS: dict[str, Assignor] = {
    assignor.name: assignor for assignor in (UniformAssignor(), RangeAssignor())
}

__all__ = ["ASSIGNORS", "Assignor", "MemberSpec", "TopicPartitions"]
