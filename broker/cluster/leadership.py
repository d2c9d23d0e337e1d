"""Elections and reassignments: on one machine they are done when they are asked for.

Follows Kafka's ReplicationControlManager (electLeaders, alterPartitionReassignments).
"""

from collections.abc import Sequence

from broker.cluster.cluster import Cluster
from broker.cluster.creation import check_replicas
from broker.cluster.topics import Move, Partition
from broker.protocol.errors import ErrorCode, KafkaError

PREFERRED, UNCLEAN = 0, 1


def election(cluster: Cluster, partition: Partition, election_type: int) -> Move:
    """How to let the preferred replica lead. Raises: KafkaError: why it need not, or cannot.

    An unclean election is for a partition without a leader, which there is none of here.
    """
    preferred = partition.replicas[0]
    if election_type == UNCLEAN or partition.leader == preferred:
        raise KafkaError(ErrorCode.ELECTION_NOT_NEEDED, "Leader election not needed for topic partition.")
    if preferred not in cluster.nodes:
        raise KafkaError(
            ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE,
            f"The preferred leader, broker {preferred}, is not there.",
        )
    return Move(partition, preferred)


def reassign(
    cluster: Cluster, partition: Partition, replicas: Sequence[int] | None, *, factor_may_change: bool
) -> None:
    """Give the partition other replicas; its leader stays if it is among them. Raises: KafkaError."""
    if replicas is None:
        raise KafkaError(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS, "No partition reassignment is in progress.")
    check_replicas(cluster, replicas)
    if not factor_may_change and len(replicas) != len(partition.replicas):
        raise KafkaError(
            ErrorCode.INVALID_REPLICATION_FACTOR,
            f"The replication factor is changed from {len(partition.replicas)} to {len(replicas)}.",
        )
    if tuple(replicas) != partition.replicas:
        leader = partition.leader if partition.leader in replicas else replicas[0]
        cluster.topics.lead(partition, leader, replicas=replicas)
