"""Elections and reassignments, judged before they are carried out."""

import asyncio

import pytest

from broker.cluster.creation import plan_topic
from broker.cluster.leadership import PREFERRED, election, reassign
from broker.protocol.errors import ErrorCode, KafkaError
from tests.handlers.serving import nodes


def test_a_preferred_replica_that_is_absent_cannot_be_elected() -> None:
    async def scenario() -> None:
        async with nodes(2) as (broker, _):
            plan = plan_topic(broker.cluster, "orders", partitions=1, replication_factor=2)
            (partition,) = broker.cluster.topics.create(plan).partitions
            preferred, other = partition.replicas
            broker.cluster.topics.lead(partition, other)
            del broker.cluster.nodes[preferred]
            with pytest.raises(KafkaError) as refusal:
                election(broker.cluster, partition, PREFERRED)
            assert refusal.value.code == ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE
            assert partition.leader == other

    asyncio.run(scenario())


def test_whoever_waits_for_a_partition_hears_of_its_new_leader() -> None:
    async def scenario() -> None:
        async with nodes(2) as (broker, _):
            plan = plan_topic(broker.cluster, "orders", partitions=1, replication_factor=1)
            (partition,) = broker.cluster.topics.create(plan).partitions
            other = 3 - partition.leader
            heard = []
            subscription = broker.cluster.topics.on_leader_change(
                lambda moved: heard.append((moved.index, moved.leader))
            )
            reassign(broker.cluster, partition, [other], factor_may_change=True)
            subscription.cancel()
            reassign(broker.cluster, partition, [3 - other], factor_may_change=True)
            assert heard == [(0, other)]

    asyncio.run(scenario())
