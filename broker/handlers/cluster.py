"""The cluster and who leads in it.

DescribeCluster 60   ElectLeaders 43   AlterPartitionReassignments 45   ListPartitionReassignments 46

Differences from Apache Kafka: elections and reassignments are complete when they are answered, so none
is ever listed as going on.
"""

from collections.abc import Iterator

from broker.cluster.leadership import PREFERRED, UNCLEAN, election, reassign
from broker.cluster.topics import Move, Partition
from broker.handlers import authorized_operations
from broker.handlers.context import Broker, RequestContext
from broker.handlers.leaders import find_partition
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.messages.alter_partition_reassignments import (
    AlterPartitionReassignmentsRequest,
    AlterPartitionReassignmentsResponse,
    ReassignablePartition,
    ReassignablePartitionResponse,
    ReassignableTopicResponse,
)
from broker.protocol.messages.describe_cluster import (
    DescribeClusterBroker,
    DescribeClusterRequest,
    DescribeClusterResponse,
)
from broker.protocol.messages.elect_leaders import (
    ElectLeadersRequest,
    ElectLeadersResponse,
    PartitionResult,
    ReplicaElectionResult,
)
from broker.protocol.messages.list_partition_reassignments import (
    ListPartitionReassignmentsRequest,
    ListPartitionReassignmentsResponse,
)

BROKERS, CONTROLLERS = 1, 2


async def describe_cluster(
    request: DescribeClusterRequest, context: RequestContext, broker: Broker
) -> DescribeClusterResponse:
    """Raises: KafkaError(MISMATCHED_ENDPOINT_TYPE, UNSUPPORTED_ENDPOINT_TYPE): brokers are what there is."""
    if request.endpoint_type == CONTROLLERS:
        raise KafkaError(
            ErrorCode.MISMATCHED_ENDPOINT_TYPE, "The request was sent to an endpoint of type BROKER."
        )
    if request.endpoint_type != BROKERS:
        raise KafkaError(
            ErrorCode.UNSUPPORTED_ENDPOINT_TYPE, f"Unsupported endpoint type {request.endpoint_type}."
        )
    cluster = broker.cluster
    brokers = []
    for node_id, node in cluster.nodes.items():
        host, port = cluster.endpoint(node_id, context)
        brokers.append(
            DescribeClusterBroker(broker_id=node_id, host=host, port=port, rack=node.rack, is_fenced=False)
        )
    asked = request.include_cluster_authorized_operations
    return DescribeClusterResponse(
        error_code=ErrorCode.NONE,
        cluster_id=cluster.cluster_id,
        controller_id=cluster.controller_id,
        brokers=brokers,
        cluster_authorized_operations=authorized_operations.CLUSTER
        if asked
        else authorized_operations.NOT_ASKED,
    )


async def elect_leaders(
    request: ElectLeadersRequest, context: RequestContext, broker: Broker
) -> ElectLeadersResponse:
    """Of all partitions (null) only those are told of whose leader had to change, or could not.

    Raises: KafkaError(INVALID_REQUEST): no such kind of election.
    """
    if request.election_type not in {PREFERRED, UNCLEAN}:
        raise KafkaError(ErrorCode.INVALID_REQUEST, f"There is no election type {request.election_type}.")
    asks_all = request.topic_partitions is None
    results = []
    moves: dict[Partition, Move] = {}
    for topic, numbers in _partitions_to_elect(request, broker):
        found = [_elect(topic, number, request.election_type, broker, moves) for number in numbers]
        if asks_all:
            found = [each for each in found if each.error_code != ErrorCode.ELECTION_NOT_NEEDED]
        results.append(ReplicaElectionResult(topic=topic, partition_result=found))
    if moves:
        broker.cluster.topics.lead_all(list(moves.values()))
    return ElectLeadersResponse(error_code=ErrorCode.NONE, replica_election_results=results)


def _partitions_to_elect(request: ElectLeadersRequest, broker: Broker) -> Iterator[tuple[str, list[int]]]:
    if request.topic_partitions is not None:
        for asked in request.topic_partitions:
            yield asked.topic, asked.partitions
        return
    for topic in list(broker.cluster.topics.by_name.values()):
        if not topic.is_internal:
            yield topic.name, [partition.index for partition in topic.partitions]


def _elect(
    topic: str, number: int, election_type: int, broker: Broker, moves: dict[Partition, Move]
) -> PartitionResult:
    """How it will end for one partition; what is to be done goes into `moves`, to be done together."""
    error = None
    try:
        partition = find_partition(broker, topic, number)
        if partition in moves:
            raise KafkaError(ErrorCode.ELECTION_NOT_NEEDED, "The partition is named twice.")
        moves[partition] = election(broker.cluster, partition, election_type)
    except KafkaError as refusal:
        error = refusal
    return PartitionResult(
        partition_id=number,
        error_code=ErrorCode.NONE if error is None else error.code,
        error_message=None if error is None else error.message,
    )


async def alter_partition_reassignments(
    request: AlterPartitionReassignmentsRequest, context: RequestContext, broker: Broker
) -> AlterPartitionReassignmentsResponse:
    """Give partitions other replicas (KIP-455)."""
    if not request.topics:  # Kafka's answer is then a blank one
        return AlterPartitionReassignmentsResponse(error_code=ErrorCode.NONE, error_message="", responses=[])
    factor_may_change = request.allow_replication_factor_change
    return AlterPartitionReassignmentsResponse(
        allow_replication_factor_change=factor_may_change,
        error_code=ErrorCode.NONE,
        error_message=None,
        responses=[
            ReassignableTopicResponse(
                name=topic.name,
                partitions=[
                    _reassign(topic.name, wanted, broker, factor_may_change=factor_may_change)
                    for wanted in topic.partitions
                ],
            )
            for topic in request.topics
        ],
    )


def _reassign(
    topic: str, wanted: ReassignablePartition, broker: Broker, *, factor_may_change: bool
) -> ReassignablePartitionResponse:
    error = None
    try:
        partition = find_partition(broker, topic, wanted.partition_index)
        reassign(broker.cluster, partition, wanted.replicas, factor_may_change=factor_may_change)
    except KafkaError as refusal:
        error = refusal
    return ReassignablePartitionResponse(
        partition_index=wanted.partition_index,
        error_code=ErrorCode.NONE if error is None else error.code,
        error_message=None if error is None else error.message,
    )


async def list_partition_reassignments(
    request: ListPartitionReassignmentsRequest, context: RequestContext, broker: Broker
) -> ListPartitionReassignmentsResponse:
    """None is going on: each was complete when it was answered."""
    return ListPartitionReassignmentsResponse(error_code=ErrorCode.NONE, error_message=None, topics=[])
