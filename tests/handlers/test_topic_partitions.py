"""DescribeTopicPartitions by the page, over real nodes in memory."""

import asyncio

import pytest

from broker.cluster.creation import plan_topic
from broker.handlers import authorized_operations
from broker.handlers.context import Broker
from broker.handlers.topic_partitions import describe_topic_partitions
from broker.protocol.codec import decode, encode
from broker.protocol.errors import ErrorCode
from broker.protocol.messages.describe_topic_partitions import (
    Cursor,
    DescribeTopicPartitionsRequest,
    DescribeTopicPartitionsResponse,
    TopicRequest,
)
from tests.handlers.serving import context, nodes

KEY = 75


def make(broker: Broker, name: str, partitions: int) -> None:
    broker.cluster.topics.create(plan_topic(broker.cluster, name, partitions=partitions))


async def describe(
    broker: Broker, *names: str, limit: int = 2_000, cursor: tuple[str, int] | None = None
) -> DescribeTopicPartitionsResponse:
    request = DescribeTopicPartitionsRequest(
        topics=[TopicRequest(name=name) for name in names],
        response_partition_limit=limit,
        cursor=None if cursor is None else Cursor(topic_name=cursor[0], partition_index=cursor[1]),
    )
    response = await describe_topic_partitions(request, context(broker, KEY, 0), broker)
    return decode(DescribeTopicPartitionsResponse, 0, memoryview(b"".join(map(bytes, encode(response, 0)))))


def page(response: DescribeTopicPartitionsResponse) -> list[tuple[str | None, list[int]]]:
    return [(topic.name, [each.partition_index for each in topic.partitions]) for topic in response.topics]


def test_topics_come_in_the_order_of_their_names_with_all_that_is_known() -> None:
    async def scenario() -> None:
        async with nodes(2) as (broker, _):
            make(broker, "b", 2)
            make(broker, "a", 1)
            response = await describe(broker, "b", "a")
            assert page(response) == [("a", [0]), ("b", [0, 1])]
            assert response.next_cursor is None
            topic = response.topics[1]
            assert topic.topic_id == broker.cluster.topics.by_name["b"].topic_id
            assert topic.topic_authorized_operations == authorized_operations.TOPIC
            assert {each.leader_id for each in topic.partitions} == {1, 2}

    asyncio.run(scenario())


def test_pages_follow_each_other_by_the_cursor() -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            make(broker, "a", 3)
            make(broker, "b", 2)
            seen, cursor = [], None
            while True:
                response = await describe(broker, "a", "b", limit=2, cursor=cursor)
                seen.append(page(response))
                if response.next_cursor is None:
                    break
                cursor = response.next_cursor.topic_name, response.next_cursor.partition_index
            assert seen == [[("a", [0, 1])], [("a", [2]), ("b", [0])], [("b", [1])]]

    asyncio.run(scenario())


def test_a_page_that_ends_with_a_topic_points_to_the_next_one() -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            make(broker, "a", 2)
            make(broker, "b", 1)
            cursor = (await describe(broker, "a", "b", limit=2)).next_cursor
            assert cursor is not None
            assert (cursor.topic_name, cursor.partition_index) == ("b", 0)

    asyncio.run(scenario())


def test_an_empty_list_asks_for_all_topics_from_the_cursor_on() -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            make(broker, "zebra", 1)
            assert ("zebra", [0]) in page(await describe(broker))
            assert page(await describe(broker, cursor=("z", 0))) == [("zebra", [0])]

    asyncio.run(scenario())


def test_the_brokers_limit_bounds_the_clients() -> None:
    async def scenario() -> None:
        async with nodes(max_request_partition_size_limit="1") as (broker,):
            make(broker, "a", 3)
            assert page(await describe(broker, "a", limit=100)) == [("a", [0])]
            assert page(await describe(broker, "a", limit=-5)) == [("a", [0])]

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("name", "code"),
    [("nope", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION), ("no spaces", ErrorCode.INVALID_TOPIC_EXCEPTION)],
)
def test_an_unknown_topic_is_an_entry_of_its_own(name: str, code: ErrorCode) -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            (topic,) = (await describe(broker, name)).topics
            assert (topic.error_code, topic.name) == (code, name)
            assert topic.topic_authorized_operations == authorized_operations.TOPIC

    asyncio.run(scenario())


@pytest.mark.parametrize("cursor", [("other", 0), ("a", -1)])
def test_a_cursor_that_points_nowhere_is_refused_for_each_topic(cursor: tuple[str, int]) -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            make(broker, "a", 1)
            topics = (await describe(broker, "b", "a", cursor=cursor)).topics
            assert [topic.name for topic in topics] == ["b", "a"]
            assert {topic.error_code for topic in topics} == {ErrorCode.INVALID_REQUEST}

    asyncio.run(scenario())
