"""CreateTopics, DeleteTopics and CreatePartitions, over real nodes in memory."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from broker.handlers.context import Broker
from broker.handlers.topics import create_partitions, create_topics, delete_topics
from broker.protocol.codec import decode, encode
from broker.protocol.errors import ErrorCode
from broker.protocol.messages.create_partitions import (
    CreatePartitionsAssignment,
    CreatePartitionsRequest,
    CreatePartitionsResponse,
    CreatePartitionsTopic,
    CreatePartitionsTopicResult,
)
from broker.protocol.messages.create_topics import (
    CreatableReplicaAssignment,
    CreatableTopic,
    CreatableTopicConfig,
    CreatableTopicResult,
    CreateTopicsRequest,
    CreateTopicsResponse,
)
from broker.protocol.messages.delete_topics import (
    DeletableTopicResult,
    DeleteTopicsRequest,
    DeleteTopicsResponse,
    DeleteTopicState,
)
from broker.protocol.uuids import ZERO_UUID
from tests.handlers.serving import context, nodes

CREATE, DELETE, GROW = 19, 20, 37


def wanted(
    name: str = "orders",
    *,
    partitions: int = -1,
    factor: int = -1,
    assignments: Sequence[Sequence[int]] = (),
    **configs: str | None,
) -> CreatableTopic:
    return CreatableTopic(
        name=name,
        num_partitions=partitions,
        replication_factor=factor,
        assignments=[
            CreatableReplicaAssignment(partition_index=index, broker_ids=list(ids))
            for index, ids in enumerate(assignments)
        ],
        configs=[
            CreatableTopicConfig(name=key.replace("_", "."), value=value) for key, value in configs.items()
        ],
    )


async def create(
    broker: Broker, *topics: CreatableTopic, version: int = 7, validate_only: bool = False
) -> list[CreatableTopicResult]:
    request = CreateTopicsRequest(topics=list(topics), validate_only=validate_only)
    response = await create_topics(request, context(broker, CREATE, version), broker)
    return decode(
        CreateTopicsResponse, version, memoryview(b"".join(map(bytes, encode(response, version))))
    ).topics


async def delete(
    broker: Broker, *states: tuple[str | None, bytes], version: int = 6
) -> list[DeletableTopicResult]:
    request = DeleteTopicsRequest(
        topics=[DeleteTopicState(name=name, topic_id=topic_id) for name, topic_id in states],
        topic_names=[name for name, _ in states if name is not None],
        timeout_ms=1_000,
    )
    response = await delete_topics(request, context(broker, DELETE, version), broker)
    return decode(
        DeleteTopicsResponse, version, memoryview(b"".join(map(bytes, encode(response, version))))
    ).responses


async def grow(
    broker: Broker,
    *topics: tuple[str, int, list[list[int]] | None],
    version: int = 3,
    validate_only: bool = False,
) -> list[CreatePartitionsTopicResult]:
    asked = [
        CreatePartitionsTopic(
            name=name,
            count=count,
            assignments=None
            if assignments is None
            else [CreatePartitionsAssignment(broker_ids=ids) for ids in assignments],
        )
        for name, count, assignments in topics
    ]
    request = CreatePartitionsRequest(topics=asked, timeout_ms=1_000, validate_only=validate_only)
    response = await create_partitions(request, context(broker, GROW, version), broker)
    return decode(
        CreatePartitionsResponse, version, memoryview(b"".join(map(bytes, encode(response, version))))
    ).results


def codes(results: Sequence[Any]) -> list[int]:
    return [result.error_code for result in results]


@pytest.mark.parametrize("version", range(2, 8))
def test_a_topic_is_made_with_its_partitions_and_configs(version: int) -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            (result,) = await create(
                broker, wanted(partitions=3, factor=1, retention_ms="1000"), version=version
            )
            topic = broker.cluster.topics.by_name["orders"]
            assert (result.error_code, len(topic.partitions)) == (ErrorCode.NONE, 3)
            assert broker.cluster.configs.topic("orders").retention_ms == 1_000
            if version >= 5:
                shown = {config.name: config for config in result.configs or ()}
                assert (shown["retention.ms"].value, shown["retention.ms"].config_source) == ("1000", 1)
                assert all(config.config_source > 0 for config in shown.values())
                assert (result.num_partitions, result.replication_factor) == (3, 1)
            if version >= 7:
                assert result.topic_id == topic.topic_id

    asyncio.run(scenario())


def test_counts_of_minus_one_are_the_brokers_defaults() -> None:
    async def scenario() -> None:
        async with nodes(num_partitions="5") as (broker,):
            (result,) = await create(broker, wanted())
            assert (result.num_partitions, result.replication_factor) == (5, 1)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("topic", "code"),
    [
        (wanted("bad name"), ErrorCode.INVALID_TOPIC_EXCEPTION),
        (wanted("__consumer_offsets"), ErrorCode.TOPIC_ALREADY_EXISTS),
        (wanted("__cluster_metadata"), ErrorCode.INVALID_REQUEST),
        (wanted("there.is"), ErrorCode.INVALID_TOPIC_EXCEPTION),  # collides with there_is
        (wanted(partitions=0), ErrorCode.INVALID_PARTITIONS),
        (wanted(partitions=10_001), ErrorCode.POLICY_VIOLATION),
        (wanted(factor=3), ErrorCode.INVALID_REPLICATION_FACTOR),
        (wanted(retention_ms="soon"), ErrorCode.INVALID_CONFIG),
        (wanted(retention_ms=None), ErrorCode.INVALID_CONFIG),
        (wanted(no_such="1"), ErrorCode.INVALID_CONFIG),
        (wanted(assignments=[[1], [7]]), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        (wanted(assignments=[[1, 1]]), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        (wanted(assignments=[[]]), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        (wanted(partitions=1, assignments=[[1]]), ErrorCode.INVALID_REQUEST),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_what_cannot_be_made_is_refused_and_nothing_is_left(topic: CreatableTopic, code: ErrorCode) -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            await create(broker, wanted("there_is"))
            before = set(broker.cluster.topics.by_name)
            (result,) = await create(broker, topic)
            assert result.error_code == code
            assert result.error_message
            assert result.configs == []
            assert set(broker.cluster.topics.by_name) == before

    asyncio.run(scenario())


def test_an_assignment_that_numbers_a_partition_twice_is_refused() -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            topic = wanted(assignments=[[1], [1]])
            topic.assignments[1].partition_index = 0
            assert codes(await create(broker, topic)) == [ErrorCode.INVALID_REPLICA_ASSIGNMENT]

    asyncio.run(scenario())


def test_replicas_are_placed_as_they_are_assigned() -> None:
    async def scenario() -> None:
        async with nodes(3) as (broker, _, _):
            assert codes(await create(broker, wanted(assignments=[[3, 1], [2, 3]]))) == [ErrorCode.NONE]
            partitions = broker.cluster.topics.by_name["orders"].partitions
            assert [(each.leader, each.replicas) for each in partitions] == [(3, (3, 1)), (2, (2, 3))]

    asyncio.run(scenario())


def test_a_name_that_is_given_twice_is_answered_once_and_not_made() -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            results = await create(broker, wanted("twice"), wanted("once"), wanted("twice"))
            assert {result.name: result.error_code for result in results} == {
                "once": ErrorCode.NONE,
                "twice": ErrorCode.INVALID_REQUEST,
            }
            assert len(results) == 2
            assert "twice" not in broker.cluster.topics.by_name

    asyncio.run(scenario())


def test_validating_makes_nothing() -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            (result,) = await create(broker, wanted(partitions=2), validate_only=True)
            assert (result.error_code, result.num_partitions) == (ErrorCode.NONE, 2)
            assert "orders" not in broker.cluster.topics.by_name

    asyncio.run(scenario())


@pytest.mark.parametrize("version", range(1, 7))
def test_a_topic_is_deleted_by_its_name(version: int) -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            await create(broker, wanted())
            assert codes(await delete(broker, ("orders", ZERO_UUID), version=version)) == [ErrorCode.NONE]
            assert "orders" not in broker.cluster.topics.by_name

    asyncio.run(scenario())


def test_a_topic_is_deleted_by_its_id_and_made_anew_with_another() -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            (made,) = await create(broker, wanted(retention_ms="5"))
            assert codes(await delete(broker, (None, made.topic_id))) == [ErrorCode.NONE]
            (again,) = await create(broker, wanted())
            assert again.topic_id != made.topic_id
            assert broker.cluster.configs.topic("orders").retention_ms != 5

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([("nope", ZERO_UUID)], [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]),
        ([(None, bytes(range(16)))], [ErrorCode.UNKNOWN_TOPIC_ID]),
        ([(None, ZERO_UUID)], [ErrorCode.INVALID_REQUEST]),
        ([("orders", bytes(range(16)))], [ErrorCode.INVALID_REQUEST]),
        ([("orders", ZERO_UUID)] * 2, [ErrorCode.INVALID_REQUEST]),
        ([("orders", ZERO_UUID), ("nope", ZERO_UUID)] * 2, [ErrorCode.INVALID_REQUEST] * 2),
        ([(None, ZERO_UUID)] * 2, [ErrorCode.INVALID_REQUEST] * 2),
        ([("__consumer_offsets", ZERO_UUID)], [ErrorCode.INVALID_REQUEST]),
    ],
)
def test_what_cannot_be_deleted_is_refused(
    states: list[tuple[str | None, bytes]], expected: list[ErrorCode]
) -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            await create(broker, wanted())
            assert codes(await delete(broker, *states)) == expected
            assert "orders" in broker.cluster.topics.by_name

    asyncio.run(scenario())


def test_a_topic_that_is_named_by_id_and_by_name_is_not_deleted() -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            (made,) = await create(broker, wanted())
            (result,) = await delete(broker, (None, made.topic_id), ("orders", ZERO_UUID))
            assert (result.error_code, result.name) == (ErrorCode.INVALID_REQUEST, "orders")
            assert result.topic_id == made.topic_id
            assert "orders" in broker.cluster.topics.by_name

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("version", "code"), [(2, ErrorCode.INVALID_REQUEST), (3, ErrorCode.TOPIC_DELETION_DISABLED)]
)
def test_nothing_is_deleted_where_deletion_is_disabled(version: int, code: ErrorCode) -> None:
    async def scenario() -> None:
        async with nodes(delete_topic_enable="false") as (broker,):
            await create(broker, wanted())
            assert codes(await delete(broker, ("orders", ZERO_UUID), version=version)) == [code]
            assert "orders" in broker.cluster.topics.by_name

    asyncio.run(scenario())


@pytest.mark.parametrize("version", range(4))
def test_a_topic_grows(version: int) -> None:
    async def scenario() -> None:
        async with nodes(3) as (broker, _, _):
            await create(broker, wanted(partitions=2, factor=2))
            assert codes(await grow(broker, ("orders", 5, None), version=version)) == [ErrorCode.NONE]
            partitions = broker.cluster.topics.by_name["orders"].partitions
            assert [each.index for each in partitions] == list(range(5))
            assert {len(each.replicas) for each in partitions} == {2}

    asyncio.run(scenario())


def test_new_partitions_are_placed_as_they_are_assigned() -> None:
    async def scenario() -> None:
        async with nodes(3) as (broker, _, _):
            await create(broker, wanted(partitions=1, factor=1))
            assert codes(await grow(broker, ("orders", 3, [[2], [3]]))) == [ErrorCode.NONE]
            partitions = broker.cluster.topics.by_name["orders"].partitions
            assert [each.leader for each in partitions[1:]] == [2, 3]

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (("nope", 3, None), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        (("__consumer_offsets", 60, None), ErrorCode.INVALID_REQUEST),
        (("orders", 2, None), ErrorCode.INVALID_PARTITIONS),
        (("orders", 1, None), ErrorCode.INVALID_PARTITIONS),
        (("orders", 20_000, None), ErrorCode.POLICY_VIOLATION),
        (("orders", 3, []), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        (("orders", 3, [[9]]), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
    ],
)
def test_what_cannot_grow_is_refused(asked: tuple[str, int, list[list[int]] | None], code: ErrorCode) -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            await create(broker, wanted(partitions=2))
            assert codes(await grow(broker, asked)) == [code]
            assert len(broker.cluster.topics.by_name["orders"].partitions) == 2

    asyncio.run(scenario())


def test_other_numbers_of_replicas_than_the_topics_are_refused() -> None:
    async def scenario() -> None:
        async with nodes(2) as (broker, _):
            await create(broker, wanted(partitions=1, factor=1))
            results = await grow(broker, ("orders", 2, [[1, 2]]))
            assert codes(results) == [ErrorCode.INVALID_REPLICA_ASSIGNMENT]

    asyncio.run(scenario())


def test_growing_is_validated_without_being_done_and_duplicates_are_refused() -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            await create(broker, wanted(partitions=1))
            assert codes(await grow(broker, ("orders", 2, None), validate_only=True)) == [ErrorCode.NONE]
            results = await grow(broker, ("orders", 2, None), ("orders", 3, None))
            assert codes(results) == [ErrorCode.INVALID_REQUEST]
            assert len(broker.cluster.topics.by_name["orders"].partitions) == 1

    asyncio.run(scenario())
