"""DescribeCluster, elections and reassignments, over real nodes in memory."""

import asyncio

import pytest

from broker.cluster.creation import plan_topic
from broker.cluster.topics import Partition
from broker.handlers import authorized_operations
from broker.handlers.cluster import (
    alter_partition_reassignments,
    describe_cluster,
    elect_leaders,
    list_partition_reassignments,
)
from broker.handlers.context import Broker
from broker.protocol.codec import decode, encode
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.messages.alter_partition_reassignments import (
    AlterPartitionReassignmentsRequest,
    AlterPartitionReassignmentsResponse,
    ReassignablePartition,
    ReassignableTopic,
)
from broker.protocol.messages.describe_cluster import DescribeClusterRequest, DescribeClusterResponse
from broker.protocol.messages.elect_leaders import ElectLeadersRequest, ElectLeadersResponse, TopicPartitions
from broker.protocol.messages.list_partition_reassignments import ListPartitionReassignmentsRequest
from tests.handlers.serving import context, nodes

DESCRIBE, ELECT, REASSIGN, LIST = 60, 43, 45, 46
PREFERRED, UNCLEAN = 0, 1


def make(broker: Broker, name: str = "orders", partitions: int = 1, replicas: int = 3) -> list[Partition]:
    plan = plan_topic(broker.cluster, name, partitions=partitions, replication_factor=replicas)
    return broker.cluster.topics.create(plan).partitions


def led_by_another(broker: Broker, partition: Partition) -> int:
    """Let a replica lead that is not the preferred one; who."""
    other = partition.replicas[1]
    broker.cluster.topics.lead(partition, other)
    return other


async def elect(
    broker: Broker, asked: list[TopicPartitions] | None, kind: int = PREFERRED, version: int = 2
) -> dict[str, dict[int, int]]:
    request = ElectLeadersRequest(election_type=kind, topic_partitions=asked)
    response = await elect_leaders(request, context(broker, ELECT, version), broker)
    data = memoryview(b"".join(map(bytes, encode(response, version))))
    return {
        topic.topic: {each.partition_id: each.error_code for each in topic.partition_result}
        for topic in decode(ElectLeadersResponse, version, data).replica_election_results
    }


async def reassign(
    broker: Broker,
    index: int,
    replicas: list[int] | None,
    *,
    version: int = 1,
    factor_may_change: bool = True,
) -> int:
    wanted = ReassignablePartition(partition_index=index, replicas=replicas)
    request = AlterPartitionReassignmentsRequest(
        allow_replication_factor_change=factor_may_change,
        topics=[ReassignableTopic(name="orders", partitions=[wanted])],
    )
    response = await alter_partition_reassignments(request, context(broker, REASSIGN, version), broker)
    data = memoryview(b"".join(map(bytes, encode(response, version))))
    return decode(AlterPartitionReassignmentsResponse, version, data).responses[0].partitions[0].error_code


@pytest.mark.parametrize("version", range(3))
def test_a_cluster_has_an_id_and_nodes(version: int) -> None:
    async def scenario() -> None:
        async with nodes(3) as (broker, _, _):
            request = DescribeClusterRequest(include_cluster_authorized_operations=True)
            answer = await describe_cluster(request, context(broker, DESCRIBE, version), broker)
            data = memoryview(b"".join(map(bytes, encode(answer, version))))
            response = decode(DescribeClusterResponse, version, data)
            assert response.cluster_id == broker.cluster.cluster_id
            assert response.controller_id == 1
            assert {each.broker_id: each.port for each in response.brokers} == {
                node_id: node.endpoints["PLAINTEXT"].port for node_id, node in broker.cluster.nodes.items()
            }
            assert response.cluster_authorized_operations == authorized_operations.CLUSTER

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("kind", "code"), [(2, ErrorCode.MISMATCHED_ENDPOINT_TYPE), (7, ErrorCode.UNSUPPORTED_ENDPOINT_TYPE)]
)
def test_brokers_are_the_only_endpoints(kind: int, code: ErrorCode) -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            request = DescribeClusterRequest(include_cluster_authorized_operations=False, endpoint_type=kind)
            with pytest.raises(KafkaError) as refusal:
                await describe_cluster(request, context(broker, DESCRIBE, 2), broker)
            assert refusal.value.code == code

    asyncio.run(scenario())


@pytest.mark.parametrize("version", range(3))
def test_the_preferred_replica_leads_again_in_a_new_epoch(version: int) -> None:
    async def scenario() -> None:
        async with nodes(3) as (broker, _, _):
            (partition,) = make(broker)
            led_by_another(broker, partition)
            asked = [TopicPartitions(topic="orders", partitions=[0])]
            assert await elect(broker, asked, version=version) == {"orders": {0: ErrorCode.NONE}}
            assert (partition.leader, partition.leader_epoch) == (partition.replicas[0], 2)

    asyncio.run(scenario())


def test_an_election_that_is_not_needed_says_so() -> None:
    async def scenario() -> None:
        async with nodes(3) as (broker, _, _):
            (partition,) = make(broker)
            asked = [TopicPartitions(topic="orders", partitions=[0, 9])]
            assert await elect(broker, asked) == {
                "orders": {0: ErrorCode.ELECTION_NOT_NEEDED, 9: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION}
            }
            led_by_another(broker, partition)
            assert await elect(broker, asked[:1], UNCLEAN) == {
                "orders": {0: ErrorCode.ELECTION_NOT_NEEDED, 9: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION}
            }

    asyncio.run(scenario())


def test_of_all_partitions_only_those_that_changed_are_told() -> None:
    async def scenario() -> None:
        async with nodes(3) as (broker, _, _):
            partitions = make(broker, partitions=3)
            make(broker, "still")
            led_by_another(broker, partitions[1])
            assert await elect(broker, None) == {"orders": {1: ErrorCode.NONE}, "still": {}}

    asyncio.run(scenario())


def test_there_are_two_kinds_of_elections() -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            with pytest.raises(KafkaError) as refusal:
                await elect(broker, None, kind=5)
            assert refusal.value.code == ErrorCode.INVALID_REQUEST

    asyncio.run(scenario())


def test_reassignments_of_nothing_are_answered_with_no_words() -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            request = AlterPartitionReassignmentsRequest(topics=[], allow_replication_factor_change=False)
            answer = await alter_partition_reassignments(request, context(broker, REASSIGN, 1), broker)
            assert (answer.error_code, answer.error_message) == (ErrorCode.NONE, "")
            assert answer.allow_replication_factor_change

    asyncio.run(scenario())


@pytest.mark.parametrize("version", range(2))
def test_a_partition_gets_other_replicas_and_its_leader_stays_if_it_can(version: int) -> None:
    async def scenario() -> None:
        async with nodes(3) as (broker, _, _):
            (partition,) = make(broker, replicas=2)
            leader = partition.leader
            others = [node for node in broker.cluster.nodes if node != leader]
            assert await reassign(broker, 0, [others[0], leader], version=version) == ErrorCode.NONE
            assert (partition.leader, partition.leader_epoch) == (leader, 1)
            assert await reassign(broker, 0, others, version=version) == ErrorCode.NONE
            assert (partition.leader, partition.leader_epoch, partition.replicas) == (
                others[0],
                2,
                tuple(others),
            )

    asyncio.run(scenario())


def test_what_is_as_it_was_has_no_new_epoch() -> None:
    async def scenario() -> None:
        async with nodes(3) as (broker, _, _):
            (partition,) = make(broker)
            assert await reassign(broker, 0, list(partition.replicas)) == ErrorCode.NONE
            assert partition.leader_epoch == 0

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("index", "replicas", "code"),
    [
        (0, None, ErrorCode.NO_REASSIGNMENT_IN_PROGRESS),
        (0, [], ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        (0, [9], ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        (0, [1, 1], ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        (7, [1], ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
    ],
)
def test_what_cannot_be_reassigned_is_refused(
    index: int, replicas: list[int] | None, code: ErrorCode
) -> None:
    async def scenario() -> None:
        async with nodes(3) as (broker, _, _):
            (partition,) = make(broker)
            before = partition.row
            assert await reassign(broker, index, replicas) == code
            assert partition.row == before

    asyncio.run(scenario())


def test_the_replication_factor_changes_only_if_it_may() -> None:
    async def scenario() -> None:
        async with nodes(3) as (broker, _, _):
            make(broker, replicas=3)
            refused = await reassign(broker, 0, [1], factor_may_change=False)
            assert refused == ErrorCode.INVALID_REPLICATION_FACTOR
            assert await reassign(broker, 0, [1]) == ErrorCode.NONE

    asyncio.run(scenario())


def test_no_reassignment_is_ever_going_on() -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            make(broker, replicas=1)
            request = ListPartitionReassignmentsRequest()
            response = await list_partition_reassignments(request, context(broker, LIST, 0), broker)
            assert (response.error_code, response.topics) == (ErrorCode.NONE, [])

    asyncio.run(scenario())
