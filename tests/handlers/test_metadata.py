"""Metadata in all its versions, over real nodes in memory."""

import asyncio
from typing import Any

import pytest

from broker.cluster.creation import plan_topic
from broker.handlers import authorized_operations
from broker.handlers.answer import Encoded
from broker.handlers.context import Broker
from broker.handlers.metadata import MOST_MADE, metadata
from broker.protocol.codec import decode, encode
from broker.protocol.errors import ErrorCode
from broker.protocol.messages.metadata import (
    MetadataRequest,
    MetadataRequestTopic,
    MetadataResponse,
    MetadataResponseTopic,
)
from tests.handlers.serving import context, nodes

KEY, NEWEST = 3, 13


def ask(
    broker: Broker, topics: list[MetadataRequestTopic] | None, version: int = NEWEST, **fields: Any
) -> MetadataResponse:
    """The answer as a client of that version reads it."""
    answer = metadata(MetadataRequest(topics=topics, **fields), context(broker, KEY, version), broker)
    buffers: list[Any] = answer.buffers if isinstance(answer, Encoded) else encode(answer, version)
    return decode(MetadataResponse, version, memoryview(b"".join(buffers)))


def named(*names: str) -> list[MetadataRequestTopic]:
    return [MetadataRequestTopic(name=name) for name in names]


def make(broker: Broker, name: str, partitions: int = 1, replication_factor: int = 1) -> bytes:
    plan = plan_topic(broker.cluster, name, partitions=partitions, replication_factor=replication_factor)
    return broker.cluster.topics.create(plan).topic_id


def only(response: MetadataResponse) -> MetadataResponseTopic:
    (topic,) = response.topics
    return topic


@pytest.mark.parametrize("version", range(NEWEST + 1))
def test_every_version_names_the_nodes_and_the_leaders(version: int) -> None:
    async def scenario() -> None:
        async with nodes(3) as (_, broker, _):
            make(broker, "orders", partitions=3, replication_factor=3)
            response = ask(broker, named("orders"), version)
            ports = {node.port for node in response.brokers}
            assert {node.node_id for node in response.brokers} == {1, 2, 3}
            assert len(ports) == 3
            assert {partition.leader_id for partition in only(response).partitions} == {1, 2, 3}

    asyncio.run(scenario())


def test_all_topics_are_asked_for_by_null_and_in_version_0_by_an_empty_list() -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            make(broker, "orders")
            everything = {"orders", "__consumer_offsets", "__transaction_state"}
            assert {topic.name for topic in ask(broker, None).topics} == everything
            assert {topic.name for topic in ask(broker, [], 0).topics} == everything
            assert ask(broker, [], 1).topics == []

    asyncio.run(scenario())


def test_internal_topics_are_marked() -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            topic = only(ask(broker, named("__consumer_offsets")))
            assert topic.is_internal
            assert len(topic.partitions) == 50

    asyncio.run(scenario())


def test_a_kept_answer_is_made_anew_when_a_topic_changes() -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            before = {topic.name for topic in ask(broker, None).topics}
            assert {topic.name for topic in ask(broker, None).topics} == before
            make(broker, "late")
            assert {topic.name for topic in ask(broker, None).topics} == before | {"late"}

    asyncio.run(scenario())


def test_a_topic_that_is_not_there_is_made_and_is_in_the_same_answer() -> None:
    async def scenario() -> None:
        async with nodes(num_partitions="4") as (broker,):
            topic = only(ask(broker, named("fresh"), allow_auto_topic_creation=True))
            assert (topic.error_code, len(topic.partitions)) == (ErrorCode.NONE, 4)
            assert topic.topic_id == broker.cluster.topics.by_name["fresh"].topic_id

    asyncio.run(scenario())


def test_of_very_many_topics_that_are_not_there_the_others_are_made_when_they_are_asked_for_again() -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            names = [MetadataRequestTopic(name=f"fresh-{number}") for number in range(MOST_MADE + 3)]
            made = ask(broker, names, allow_auto_topic_creation=True).topics
            assert [topic.error_code for topic in made[-4:]] == [
                ErrorCode.NONE,
                *[ErrorCode.UNKNOWN_TOPIC_OR_PARTITION] * 3,
            ]
            again = ask(broker, names, allow_auto_topic_creation=True).topics
            assert {topic.error_code for topic in again} == {ErrorCode.NONE}

    asyncio.run(scenario())


@pytest.mark.parametrize(("allowed", "setting"), [(False, "true"), (True, "false")])
def test_a_topic_is_made_only_if_client_and_broker_want_it(allowed: bool, setting: str) -> None:
    async def scenario() -> None:
        async with nodes(auto_create_topics_enable=setting) as (broker,):
            topic = only(ask(broker, named("fresh"), allow_auto_topic_creation=allowed))
            assert topic.error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
            assert "fresh" not in broker.cluster.topics.by_name

    asyncio.run(scenario())


@pytest.mark.parametrize("name", ["", "..", "no spaces", "x" * 250])
def test_an_invalid_name_is_refused(name: str) -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            topic = only(ask(broker, named(name)))
            assert topic.error_code == ErrorCode.INVALID_TOPIC_EXCEPTION

    asyncio.run(scenario())


@pytest.mark.parametrize("name", ["", "no spaces"])
def test_an_invalid_name_is_told_also_where_no_topic_is_to_be_made(name: str) -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            topic = only(ask(broker, named(name), allow_auto_topic_creation=False))
            assert topic.error_code == ErrorCode.INVALID_TOPIC_EXCEPTION

    asyncio.run(scenario())


@pytest.mark.parametrize("version", [0, NEWEST])
def test_a_topic_that_is_named_twice_is_told_once(version: int) -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            make(broker, "orders")
            make(broker, "other")
            told = ask(broker, named("other", "orders", "other"), version).topics
            assert [topic.name for topic in told] == ["other", "orders"]

    asyncio.run(scenario())


def test_a_topic_whose_id_is_given_twice_is_told_once() -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            asked = [MetadataRequestTopic(name=None, topic_id=make(broker, "orders"))]
            assert only(ask(broker, asked * 2)).name == "orders"

    asyncio.run(scenario())


def test_a_topic_that_is_asked_for_by_name_and_by_id_is_told_once() -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            by_id = MetadataRequestTopic(name=None, topic_id=make(broker, "orders"))
            assert only(ask(broker, [*named("orders"), by_id])).name == "orders"

    asyncio.run(scenario())


def test_a_topic_can_be_asked_for_by_its_id() -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            topic_id = make(broker, "orders")
            topic = only(ask(broker, [MetadataRequestTopic(name=None, topic_id=topic_id)]))
            assert (topic.error_code, topic.name) == (ErrorCode.NONE, "orders")

    asyncio.run(scenario())


def test_an_unknown_id_has_no_name() -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            for name in (None, "orders"):
                topic = only(ask(broker, [MetadataRequestTopic(name=name, topic_id=bytes(range(16)))]))
                assert (topic.error_code, topic.name) == (ErrorCode.UNKNOWN_TOPIC_ID, None)

    asyncio.run(scenario())


def test_of_an_id_and_a_name_the_id_counts() -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            make(broker, "other")
            asked = [MetadataRequestTopic(name="other", topic_id=make(broker, "orders"))]
            assert only(ask(broker, asked)).name == "orders"

    asyncio.run(scenario())


@pytest.mark.parametrize(("name", "told"), [("orders", "orders"), (None, "")])
def test_ids_are_refused_before_version_12(name: str | None, told: str) -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            asked = [MetadataRequestTopic(name=name, topic_id=make(broker, "orders"))]
            answer = ask(broker, [*named("other"), *asked], 11)
            assert [(topic.error_code, topic.name) for topic in answer.topics] == [
                (ErrorCode.INVALID_REQUEST, "other"),
                (ErrorCode.INVALID_REQUEST, told),
            ]
            assert (answer.brokers, answer.cluster_id, answer.controller_id) == ([], None, -1)

    asyncio.run(scenario())


def test_operations_are_told_only_if_they_are_asked_for() -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            make(broker, "orders")
            told = ask(broker, named("orders"), 10, include_topic_authorized_operations=True)
            assert only(told).topic_authorized_operations == authorized_operations.TOPIC
            assert told.cluster_authorized_operations == authorized_operations.NOT_ASKED
            told = ask(broker, named("no spaces"), 10, include_topic_authorized_operations=True)
            assert only(told).topic_authorized_operations == authorized_operations.TOPIC
            told = ask(broker, named("orders"), 10, include_cluster_authorized_operations=True)
            assert told.cluster_authorized_operations == authorized_operations.CLUSTER

    asyncio.run(scenario())


def test_replicas_on_absent_nodes_are_offline() -> None:
    async def scenario() -> None:
        async with nodes(2) as (broker, _):
            make(broker, "orders", replication_factor=2)
            partition = broker.cluster.topics.by_name["orders"].partitions[0]
            del broker.cluster.nodes[2]
            partition.isr = (1,)
            (told,) = only(ask(broker, named("orders"))).partitions
            assert (sorted(told.replica_nodes), told.isr_nodes, told.offline_replicas) == ([1, 2], [1], [2])

    asyncio.run(scenario())
