"""Committed offsets in all versions: by names and ids, of one group and of many, in the order asked."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from broker.cluster.creation import plan_topic
from broker.handlers.context import Broker
from broker.handlers.group_offsets import offset_commit, offset_delete, offset_fetch
from broker.protocol.codec import decode, encode
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
    OffsetCommitResponse,
)
from broker.protocol.messages.offset_delete import (
    OffsetDeleteRequest,
    OffsetDeleteRequestPartition,
    OffsetDeleteRequestTopic,
)
from broker.protocol.messages.offset_fetch import (
    OffsetFetchRequest,
    OffsetFetchRequestGroup,
    OffsetFetchRequestTopic,
    OffsetFetchRequestTopics,
    OffsetFetchResponse,
)
from tests.handlers.serving import context, nodes
from tests.handlers.test_groups import settled

COMMIT, FETCH, DELETE = 8, 9, 47
UNKNOWN_ID = b"\7" * 16


def run(scenario: Callable[[Broker], Awaitable[None]], count: int = 1) -> None:
    async def inside() -> None:
        async with nodes(count) as brokers, asyncio.timeout(5):
            brokers[0].cluster.topics.create(plan_topic(brokers[0].cluster, "orders", partitions=3))
            await scenario(brokers[0])

    asyncio.run(inside())


def id_of(broker: Broker, name: str) -> bytes:
    topic = broker.cluster.topics.by_name.get(name)
    return UNKNOWN_ID if topic is None else topic.topic_id


async def commit(
    broker: Broker,
    *offsets: tuple[str, int, int],
    version: int = 9,
    group_id: str = "g",
    generation_id: int = -1,
) -> list[tuple[str, int, ErrorCode]]:
    """Each (topic, partition, offset) in a topic of its own; names also where ids go over the wire."""
    request = OffsetCommitRequest(
        group_id=group_id,
        generation_id_or_member_epoch=generation_id,
        member_id="" if generation_id < 0 else "x",
        topics=[
            OffsetCommitRequestTopic(
                name=name,
                topic_id=id_of(broker, name),
                partitions=[
                    OffsetCommitRequestPartition(
                        partition_index=partition,
                        committed_offset=offset,
                        committed_leader_epoch=4,
                        committed_metadata=None if offset == 0 else f"note {offset}",
                    )
                ],
            )
            for name, partition, offset in offsets
        ],
    )
    asked = decode(OffsetCommitRequest, version, memoryview(b"".join(map(bytes, encode(request, version)))))
    answer = await settled(offset_commit(asked, context(broker, COMMIT, version), broker))
    shown = decode(OffsetCommitResponse, version, memoryview(b"".join(map(bytes, encode(answer, version)))))
    names = [name for name, _, _ in offsets]
    return [
        (name, each.partition_index, ErrorCode(each.error_code))
        for name, topic in zip(names, shown.topics, strict=True)
        for each in topic.partitions
    ]


async def fetch(broker: Broker, version: int, **fields: Any) -> OffsetFetchResponse:
    request = OffsetFetchRequest(**fields)
    answer = await settled(offset_fetch(request, context(broker, FETCH, version), broker))
    return decode(OffsetFetchResponse, version, memoryview(b"".join(map(bytes, encode(answer, version)))))


@pytest.mark.parametrize("version", range(2, 11))
def test_offsets_are_committed_in_every_version(version: int) -> None:
    async def scenario(broker: Broker) -> None:
        assert await commit(broker, ("orders", 2, 7), version=version) == [("orders", 2, ErrorCode.NONE)]
        row = (await broker.groups.offsets("g")).get("orders", 2)
        assert row is not None
        assert (row.offset, row.leader_epoch, row.metadata) == (7, 4 if version >= 6 else -1, "note 7")
        assert row.topic_id == id_of(broker, "orders")

    run(scenario)


@pytest.mark.parametrize(
    ("version", "code"), [(9, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION), (10, ErrorCode.UNKNOWN_TOPIC_ID)]
)
def test_unknown_topics_and_partitions_are_told_of_among_the_others(version: int, code: ErrorCode) -> None:
    async def scenario(broker: Broker) -> None:
        asked = [("nowhere", 0, 1), ("orders", 0, 1), ("orders", 3, 1), ("orders", -1, 1), ("orders", 1, 0)]
        assert [code for _, _, code in await commit(broker, *asked, version=version)] == [
            code,
            ErrorCode.NONE,
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
            ErrorCode.NONE,
        ]

    run(scenario)


@pytest.mark.parametrize(
    ("version", "code"), [(8, ErrorCode.ILLEGAL_GENERATION), (9, ErrorCode.GROUP_ID_NOT_FOUND)]
)
def test_what_is_wrong_with_the_group_is_told_for_each_partition_that_is_known(
    version: int, code: ErrorCode
) -> None:
    async def scenario(broker: Broker) -> None:
        asked = [("orders", 0, 1), ("nowhere", 0, 1), ("orders", 1, 1)]
        found = await commit(broker, *asked, version=version, generation_id=3)
        assert [told for _, _, told in found] == [code, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, code]

    run(scenario)


@pytest.mark.parametrize("version", range(1, 8))
def test_one_groups_offsets_are_fetched_by_name(version: int) -> None:
    async def scenario(broker: Broker) -> None:
        await commit(broker, ("orders", 1, 7))
        asked = [
            OffsetFetchRequestTopic(name="orders", partition_indexes=[2, 1]),
            OffsetFetchRequestTopic(name="nowhere", partition_indexes=[0]),
        ]
        answer = await fetch(broker, version, group_id="g", topics=asked)
        assert [
            (topic.name, each.partition_index, each.committed_offset, each.metadata, each.error_code)
            for topic in answer.topics
            for each in topic.partitions
        ] == [("orders", 2, -1, "", 0), ("orders", 1, 7, "note 7", 0), ("nowhere", 0, -1, "", 0)]
        epochs = [each.committed_leader_epoch for each in answer.topics[0].partitions]
        assert epochs == ([-1, 4] if version >= 5 else [-1, -1])

    run(scenario)


@pytest.mark.parametrize("version", range(2, 8))
def test_null_asks_for_all_offsets_of_a_group(version: int) -> None:
    async def scenario(broker: Broker) -> None:
        await commit(broker, ("orders", 1, 7), ("orders", 0, 3))
        answer = await fetch(broker, version, group_id="g", topics=None)
        assert [
            (topic.name, [each.committed_offset for each in topic.partitions]) for topic in answer.topics
        ] == [("orders", [3, 7])]
        assert (await fetch(broker, version, group_id="x", topics=None)).topics == []

    run(scenario)


@pytest.mark.parametrize("version", range(8, 11))
def test_many_groups_are_asked_for_at_once(version: int) -> None:
    async def scenario(broker: Broker) -> None:
        await commit(broker, ("orders", 1, 7))
        topic = OffsetFetchRequestTopics(
            name="orders", topic_id=id_of(broker, "orders"), partition_indexes=[1, 0]
        )
        groups = [
            OffsetFetchRequestGroup(group_id="g", topics=None),
            OffsetFetchRequestGroup(group_id="x", topics=[topic]),
            OffsetFetchRequestGroup(group_id="g", topics=[topic]),
        ]
        answer = await fetch(broker, version, groups=groups)
        assert [
            (group.group_id, [[each.committed_offset for each in topic.partitions] for topic in group.topics])
            for group in answer.groups
        ] == [("g", [[7]]), ("x", [[-1, -1]]), ("g", [[7, -1]])]
        shown = answer.groups[0].topics[0]
        assert (shown.name, shown.topic_id) == (
            ("orders", bytes(16)) if version < 10 else ("", id_of(broker, "orders"))
        )

    run(scenario)


def test_an_unknown_id_is_told_for_each_partition() -> None:
    async def scenario(broker: Broker) -> None:
        topic = OffsetFetchRequestTopics(topic_id=UNKNOWN_ID, partition_indexes=[0, 1])
        answer = await fetch(broker, 10, groups=[OffsetFetchRequestGroup(group_id="g", topics=[topic])])
        assert [each.error_code for each in answer.groups[0].topics[0].partitions] == [
            ErrorCode.UNKNOWN_TOPIC_ID
        ] * 2

    run(scenario)


@pytest.mark.parametrize("version", [1, 2, 7, 8, 10])
def test_the_wrong_node_says_so_where_the_version_has_room_for_it(version: int) -> None:
    async def scenario(broker: Broker) -> None:
        other = broker.node_id + 1
        partitions = broker.cluster.topics.by_name["__consumer_offsets"].partitions
        for partition in partitions:
            broker.cluster.topics.lead(partition, other)
        topic = OffsetFetchRequestTopic(name="orders", partition_indexes=[0])
        group = OffsetFetchRequestGroup(group_id="g", topics=None)
        fields: dict[str, Any] = {"groups": [group]} if version >= 8 else {"group_id": "g", "topics": [topic]}
        answer = await fetch(broker, version, **fields)
        if version >= 8:
            code = answer.groups[0].error_code
        elif version >= 2:
            code = answer.error_code
        else:
            code = answer.topics[0].partitions[0].error_code
        assert code == ErrorCode.NOT_COORDINATOR

    run(scenario, count=2)


def test_offsets_are_deleted_each_with_its_own_answer() -> None:
    async def scenario(broker: Broker) -> None:
        await commit(broker, ("orders", 0, 1), ("orders", 1, 2))
        request = OffsetDeleteRequest(
            group_id="g",
            topics=[
                OffsetDeleteRequestTopic(
                    name=name,
                    partitions=[OffsetDeleteRequestPartition(partition_index=each) for each in asked],
                )
                for name, asked in (("orders", [1, 3]), ("nowhere", [0]))
            ],
        )
        answer = await settled(offset_delete(request, context(broker, DELETE, 0), broker))
        assert [[each.error_code for each in topic.partitions] for topic in answer.topics] == [
            [ErrorCode.NONE, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
            [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
        ]
        assert [row.partition for row in (await broker.groups.offsets("g")).all()["orders"]] == [0]

    run(scenario)


def test_what_is_wrong_with_the_group_is_the_whole_answer_to_a_deletion() -> None:
    async def scenario(broker: Broker) -> None:
        with pytest.raises(KafkaError) as refused:
            offset_delete(OffsetDeleteRequest(group_id="x", topics=[]), context(broker, DELETE, 0), broker)
        assert refused.value.code is ErrorCode.GROUP_ID_NOT_FOUND

    run(scenario)
