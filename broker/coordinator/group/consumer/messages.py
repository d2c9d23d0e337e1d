"""What members ask a consumer group, and what it answers: requests and responses without the wire."""

from collections.abc import Mapping
from typing import NamedTuple

from broker.coordinator.group.assignors import TopicPartitions

JOINING, LEAVING, LEAVING_FOR_A_WHILE = 0, -1, -2
"""Member epochs with a meaning of their own; the last is a static member's that will be back."""

AS_BEFORE = -1  # a rebalance timeout that the member does not repeat


class Heartbeat(NamedTuple):
    """ConsumerGroupHeartbeat; None is "as before"."""

    member_id: str
    member_epoch: int
    instance_id: str | None
    rack_id: str | None
    client_id: str
    client_host: str
    rebalance_timeout_ms: int
    topic_names: frozenset[str] | None
    topic_pattern: str | None
    server_assignor: str | None
    owned: TopicPartitions | None

    @property
    def is_full(self) -> bool:
        """The member tells all that it has to tell, as it does when it does not know what has arrived."""
        has_subscription = self.topic_names is not None or self.topic_pattern is not None
        return self.rebalance_timeout_ms != AS_BEFORE and has_subscription and self.owned is not None


class HeartbeatAnswer(NamedTuple):
    """`assignment`: what the member is to own from now on; None: as before."""

    member_id: str
    member_epoch: int
    heartbeat_interval_ms: int
    assignment: TopicPartitions | None


class DescribedMember(NamedTuple):
    """Partitions by the names of their topics, those that are there no more left out."""

    member_id: str
    instance_id: str | None
    rack_id: str | None
    member_epoch: int
    client_id: str
    client_host: str
    topic_names: list[str]
    topic_pattern: str
    assigned: Mapping[str, list[int]]
    target: Mapping[str, list[int]]
    is_classic: bool


class DescribedConsumers(NamedTuple):
    """A consumer group as ConsumerGroupDescribe shows it."""

    state: str
    group_epoch: int
    assignment_epoch: int
    assignor: str
    members: list[DescribedMember]
