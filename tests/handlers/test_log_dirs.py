"""DescribeLogDirs over a real log in memory and on disk."""

import asyncio
from pathlib import Path

import pytest

from broker.app.process import running
from broker.cluster.creation import plan_topic
from broker.handlers.context import Broker
from broker.handlers.log_dirs import describe_log_dirs
from broker.protocol.codec import decode, encode
from broker.protocol.messages.describe_log_dirs import (
    DescribableLogDirTopic,
    DescribeLogDirsRequest,
    DescribeLogDirsResponse,
    DescribeLogDirsResult,
)
from broker.protocol.records.record import Record
from broker.protocol.records.writer import write_batch
from broker.settings.broker import BrokerSettings
from tests.handlers.serving import context, nodes

KEY = 35


def fill(broker: Broker, name: str, partitions: int = 2) -> int:
    """A topic with one batch in its first partition; the batch's size."""
    topic = broker.cluster.topics.create(plan_topic(broker.cluster, name, partitions=partitions))
    batch = write_batch([Record(offset=0, timestamp_ms=1, key=None, value=b"value")])
    topic.partitions[0].log.append(memoryview(batch), leader_epoch=0)
    return len(batch)


async def describe(
    broker: Broker, topics: list[DescribableLogDirTopic] | None, version: int = 5
) -> DescribeLogDirsResult:
    request = DescribeLogDirsRequest(topics=topics)
    response = await describe_log_dirs(request, context(broker, KEY, version), broker)
    data = memoryview(b"".join(map(bytes, encode(response, version))))
    (result,) = decode(DescribeLogDirsResponse, version, data).results
    return result


def sizes(result: DescribeLogDirsResult) -> dict[tuple[str, int], int]:
    return {
        (topic.name, each.partition_index): each.partition_size
        for topic in result.topics
        for each in topic.partitions
    }


@pytest.mark.parametrize("version", range(1, 6))
def test_all_partitions_are_told_with_their_sizes(version: int) -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            size_bytes = fill(broker, "orders")
            assert sizes(await describe(broker, None, version)) == {
                ("orders", 0): size_bytes,
                ("orders", 1): 0,
            }

    asyncio.run(scenario())


def test_only_the_partitions_that_are_named_are_told() -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            fill(broker, "orders")
            fill(broker, "other")
            asked = [DescribableLogDirTopic(topic="orders", partitions=[0, 9])]
            assert set(sizes(await describe(broker, asked))) == {("orders", 0)}
            assert sizes(await describe(broker, [])) == {}

    asyncio.run(scenario())


def test_a_node_tells_the_partitions_it_has_a_replica_of_and_no_internal_ones() -> None:
    async def scenario() -> None:
        async with nodes(2) as (one, two):
            one.cluster.topics.create(plan_topic(one.cluster, "orders", partitions=2))
            told = [set(sizes(await describe(broker, None))) for broker in (one, two)]
            assert all(len(partitions) == 1 for partitions in told)
            assert told[0] | told[1] == {("orders", 0), ("orders", 1)}

    asyncio.run(scenario())


def test_a_directory_on_disk_has_a_path_and_room(tmp_path: Path) -> None:
    async def scenario() -> None:
        settings = BrokerSettings.from_values(
            {"log.dirs": str(tmp_path), "listeners": "PLAINTEXT://127.0.0.1:0"}
        )
        async with running(settings) as process:
            broker = process.nodes[0].broker
            fill(broker, "orders", partitions=1)
            result = await describe(broker, None)
            assert result.log_dir == str(tmp_path)
            assert result.total_bytes >= result.usable_bytes > 0

    asyncio.run(scenario())
