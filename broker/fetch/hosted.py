"""What a fetch needs to know of the cluster: where a partition is, and who leads it.

`broker.cluster` has it; a fetch takes it through these few names, so that neither room knows the other.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from broker.log.engine import Subscription
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
