"""One member of a consumer group, as it has to be found again after a restart.

Follows Kafka's ConsumerGroupMember (KIP-848).
"""

from typing import NamedTuple, Self

from broker.coordinator.group.classic.messages import Protocol
from broker.coordinator.group.consumer.messages import AS_BEFORE, JOINING, LEAVING_FOR_A_WHILE, Heartbeat
from broker.coordinator.group.consumer.partition_epochs import (
    NO_PARTITIONS,
    PartitionEpochs,
    epoch_of,
    in_epoch,
)
from broker.coordinator.group.consumer.states import MemberState


class ClassicMembership(NamedTuple):
    """What a member that speaks the classic protocol has told when it joined."""

    session_timeout_ms: int
    protocols: tuple[Protocol, ...]

    @property
    def protocol_name(self) -> str:
        """What it is told that the group assigns by: its own first choice, since it never assigns."""
        return self.protocols[0].name


class Member(NamedTuple):
    """A value: what changes it makes another one."""

    member_id: str
    instance_id: str | None = None
    rack_id: str | None = None
    client_id: str = ""
    client_host: str = ""
    rebalance_timeout_ms: int = AS_BEFORE
    topic_names: frozenset[str] = frozenset()
    topic_pattern: str = ""
    server_assignor: str | None = None
    classic: ClassicMembership | None = None
    epoch: int = JOINING
    previous_epoch: int = JOINING
    state: MemberState = MemberState.STABLE
    assigned: PartitionEpochs = NO_PARTITIONS
    revoking: PartitionEpochs = NO_PARTITIONS
    """What it has been told to give up and may still own."""

    def told(self, asked: Heartbeat) -> Self:
        """With what a heartbeat says of it; it speaks the consumer protocol from then on."""
        timeout_ms, names, pattern = asked.rebalance_timeout_ms, asked.topic_names, asked.topic_pattern
        return self._replace(
            instance_id=self.instance_id if asked.instance_id is None else asked.instance_id,
            rack_id=self.rack_id if asked.rack_id is None else asked.rack_id,
            client_id=asked.client_id,
            client_host=asked.client_host,
            rebalance_timeout_ms=self.rebalance_timeout_ms if timeout_ms == AS_BEFORE else timeout_ms,
            topic_names=self.topic_names if names is None else names,
            topic_pattern=self.topic_pattern if pattern is None else pattern,
            server_assignor=self.server_assignor if asked.server_assignor is None else asked.server_assignor,
            classic=None,
        )

    def under(self, member_id: str) -> Self:
        """The same static member, come back under another id: it owns what it owned, from the beginning."""
        return self._replace(member_id=member_id, epoch=JOINING, previous_epoch=JOINING)

    def away(self) -> Self:
        """A static member that will be back: what it owned is kept for it."""
        kept = in_epoch(self.assigned, 0)
        return self._replace(epoch=LEAVING_FOR_A_WHILE, assigned=kept, revoking=NO_PARTITIONS)

    @property
    def is_away(self) -> bool:
        return self.epoch == LEAVING_FOR_A_WHILE

    def subscribes_like(self, other: "Member") -> bool:
        return self.topic_names == other.topic_names and self.topic_pattern == other.topic_pattern

    def is_reconciled_to(self, assignment_epoch: int) -> bool:
        return self.state is MemberState.STABLE and self.epoch == assignment_epoch

    def owns_since(self, topic_id: bytes, partition: int) -> int | None:
        """The epoch in which the partition was given to it, also if it is to give it up."""
        since = epoch_of(self.assigned, topic_id, partition)
        return epoch_of(self.revoking, topic_id, partition) if since is None else since
