"""Where the state store can keep nothing, whoever changes something hears of it, and nothing has changed."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from broker.handlers import configs, producers, topics
from broker.handlers.context import Broker
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.messages.create_partitions import CreatePartitionsRequest, CreatePartitionsTopic
from broker.protocol.messages.create_topics import CreatableTopic, CreateTopicsRequest
from broker.protocol.messages.delete_topics import DeleteTopicsRequest
from broker.protocol.messages.incremental_alter_configs import (
    AlterableConfig,
    AlterConfigsResource,
    IncrementalAlterConfigsRequest,
)
from broker.protocol.messages.init_producer_id import InitProducerIdRequest
from tests.handlers.serving import context, nodes


async def create(broker: Broker) -> int:
    new = CreatableTopic(name="new", num_partitions=1, replication_factor=1, assignments=[], configs=[])
    request = CreateTopicsRequest(topics=[new], timeout_ms=1_000)
    return (await topics.create_topics(request, context(broker, 19, 7), broker)).topics[0].error_code


async def grow(broker: Broker) -> int:
    wanted = CreatePartitionsTopic(name="there", count=9, assignments=None)
    request = CreatePartitionsRequest(topics=[wanted], timeout_ms=1_000, validate_only=False)
    return (await topics.create_partitions(request, context(broker, 37, 3), broker)).results[0].error_code


async def delete(broker: Broker) -> int:
    request = DeleteTopicsRequest(topic_names=["there"], timeout_ms=1_000)
    return (await topics.delete_topics(request, context(broker, 20, 5), broker)).responses[0].error_code


async def configure(broker: Broker) -> int:
    change = AlterableConfig(name="retention.ms", config_operation=0, value="5")
    resource = AlterConfigsResource(resource_type=2, resource_name="there", configs=[change])
    request = IncrementalAlterConfigsRequest(resources=[resource], validate_only=False)
    answer = await configs.incremental_alter_configs(request, context(broker, 44, 1), broker)
    return answer.responses[0].error_code


async def new_producer(broker: Broker) -> int:
    request = InitProducerIdRequest(transactional_id=None, transaction_timeout_ms=1_000)
    try:
        return producers.init_producer_id(request, context(broker, 22, 5), broker).error_code
    except KafkaError as error:  # which dispatch makes the whole answer's
        return error.code


@pytest.mark.parametrize("change", [create, grow, delete, configure, new_producer])
def test_a_change_that_cannot_be_kept_is_a_storage_error(change: Callable[[Broker], Awaitable[int]]) -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            existing = CreatableTopic(
                name="there", num_partitions=1, replication_factor=1, assignments=[], configs=[]
            )
            request = CreateTopicsRequest(topics=[existing], timeout_ms=1_000)
            await topics.create_topics(request, context(broker, 19, 7), broker)
            before = {name: len(topic.partitions) for name, topic in broker.cluster.topics.by_name.items()}
            broker.state.close()
            assert await change(broker) == ErrorCode.KAFKA_STORAGE_ERROR
            after = {name: len(topic.partitions) for name, topic in broker.cluster.topics.by_name.items()}
            assert after == before
            assert broker.cluster.configs.topic("there").retention_ms == 604_800_000

    asyncio.run(scenario())
