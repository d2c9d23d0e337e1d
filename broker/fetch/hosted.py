"""What a fetch needs to know of the cluster: where a partition is, and who leads it.

`broker.cluster` has it; a fetch takes it through these few names, so that neither room knows the other.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from broker.log.engine import EpochEndOffset, Subscription
from broker.protocol.errors import ErrorCode, KafkaError

if TYPE_CHECKING:
    from broker.log.engine import PartitionLog


class HostedPartition(Protocol):
    """One partition; `leader` is a node's id."""

    @property
    def leader(self) -> int: ...

    @property
    def leader_epoch(self) -> int: ...

    @property
    def replicas(self) -> Collection[int]: ...

    @property
    def log(self) -> "PartitionLog": ...


class HostedTopic(Protocol):
    """One topic; partition n is the n-th."""

    @property
    def name(self) -> str: ...

    @property
    def topic_id(self) -> bytes: ...

    @property
    def partitions(self) -> Sequence[HostedPartition]: ...


class HostedTopics(Protocol):
    """Every topic of the cluster."""

    @property
    def by_name(self) -> Mapping[str, HostedTopic]: ...

    @property
    def by_id(self) -> Mapping[bytes, HostedTopic]: ...

    def on_leader_change(self, callback: Callable[..., None]) -> Subscription:
        """Call back, with the partition, after its leader or its leader epoch has changed."""


def check_leader_epoch(epoch: int, partition: HostedPartition) -> None:
    """Whether a client's knowledge of the leader is ours (KIP-320). Raises: KafkaError: it is not."""
    ours = partition.leader_epoch
    if epoch < ours:
        raise KafkaError(ErrorCode.FENCED_LEADER_EPOCH, f"The leader epoch is {ours}, not {epoch}.")
    if epoch > ours:
        raise KafkaError(ErrorCode.UNKNOWN_LEADER_EPOCH, f"The leader epoch is {ours}, not yet {epoch}.")


def end_of_epoch(partition: HostedPartition, epoch: int) -> EpochEndOffset:
    """The greatest epoch up to `epoch` and where it ends in the leader's log; -1, -1: unknown (KIP-101).

    A log notes epochs by the records that were written under them; the leader's own has begun before
    its first record. Follows Kafka's Partition, which notes it when it becomes the leader.
    """
    log, ours = partition.log, partition.leader_epoch
    log_end_offset = log.log_end_offset
    if epoch == ours:
        return EpochEndOffset(epoch, log_end_offset)
    end = log.end_offset_for_epoch(epoch)
    if end.leader_epoch >= 0 or not 0 <= epoch < ours:
        return end
    written = log.epoch_for_offset(log_end_offset)
    if written < 0 and log.log_start_offset < log_end_offset:
        return end
    return EpochEndOffset(epoch if written < 0 else written, log_end_offset)
