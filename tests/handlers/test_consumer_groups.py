"""Members of the consumer protocol over the wire's messages, in both versions."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from broker.handlers.consumer_groups import consumer_group_describe, consumer_group_heartbeat
from broker.handlers.context import Broker
from broker.protocol.codec import decode, encode
from broker.protocol.errors import ErrorCode
from broker.protocol.messages.consumer_group_describe import (
    ConsumerGroupDescribeRequest,
    ConsumerGroupDescribeResponse,
    DescribedGroup,
)
from broker.protocol.messages.consumer_group_heartbeat import (
    ConsumerGroupHeartbeatRequest,
    ConsumerGroupHeartbeatResponse,
    TopicPartitions,
)
from tests.handlers.serving import context, nodes

HEARTBEAT, DESCRIBE = 68, 69


def run(scenario: Callable[[Broker], Awaitable[None]]) -> None:
    async def inside() -> None:
        async with nodes() as (broker,), asyncio.timeout(5):
            await scenario(broker)

    asyncio.run(inside())


async def beat(broker: Broker, version: int = 1, **fields: Any) -> ConsumerGroupHeartbeatResponse:
    """The answer as a client of that version reads it; unless told otherwise, of a member that joins."""
    values: dict[str, Any] = {
        "group_id": "g",
        "member_id": "m",
        "member_epoch": 0,
        "rebalance_timeout_ms": 5_000,
        "subscribed_topic_names": ["orders"],
        "topic_partitions": [],
        **fields,
    }
    request = ConsumerGroupHeartbeatRequest(**values)
    answer: Any = consumer_group_heartbeat(request, context(broker, HEARTBEAT, version), broker)
    if isinstance(answer, asyncio.Future):
        answer = await answer
    written = memoryview(b"".join(map(bytes, encode(answer, version))))
    return decode(ConsumerGroupHeartbeatResponse, version, written)


async def describe(broker: Broker, *group_ids: str, version: int = 1, **fields: Any) -> list[DescribedGroup]:
    request = ConsumerGroupDescribeRequest(
        group_ids=list(group_ids), **{"include_authorized_operations": False, **fields}
    )
    answer = await consumer_group_describe(request, context(broker, DESCRIBE, version), broker)
    written = memoryview(b"".join(map(bytes, encode(answer, version))))
    return decode(ConsumerGroupDescribeResponse, version, written).groups


def with_orders(broker: Broker, partitions: int = 2) -> bytes:
    from broker.cluster.creation import plan_topic

    plan = plan_topic(broker.cluster, "orders", partitions=partitions)
    return broker.cluster.topics.create(plan).topic_id


@pytest.mark.parametrize("version", [0, 1])
def test_a_member_is_told_what_it_owns_when_that_is_new(version: int) -> None:
    async def scenario(broker: Broker) -> None:
        topic_id = with_orders(broker)
        joined = await beat(broker, version)
        assert (joined.error_code, joined.member_id, joined.member_epoch) == (ErrorCode.NONE, "m", 2)
        assert joined.heartbeat_interval_ms == 1_000
        assert joined.assignment is not None
        (owned,) = joined.assignment.topic_partitions
        assert (owned.topic_id, owned.partitions) == (topic_id, [0, 1])
        parts = [TopicPartitions(topic_id=topic_id, partitions=[partition]) for partition in (0, 1)]
        later = await beat(
            broker,
            version,
            member_epoch=2,
            rebalance_timeout_ms=-1,
            subscribed_topic_names=None,
            topic_partitions=parts,
        )
        assert (later.error_code, later.member_epoch, later.assignment) == (ErrorCode.NONE, 2, None)

    run(scenario)


def test_before_version_1_the_group_makes_the_id() -> None:
    async def scenario(broker: Broker) -> None:
        joined = await beat(broker, 0, member_id="")
        assert joined.error_code == ErrorCode.NONE
        assert len(joined.member_id or "") == 22

    run(scenario)


@pytest.mark.parametrize(
    ("version", "fields", "code"),
    [
        (1, {"member_id": ""}, ErrorCode.INVALID_REQUEST),
        (0, {"member_id": " ", "member_epoch": 1}, ErrorCode.INVALID_REQUEST),
        (0, {"member_id": "", "member_epoch": -1}, ErrorCode.INVALID_REQUEST),
        (1, {"group_id": ""}, ErrorCode.INVALID_REQUEST),
        (1, {"topic_partitions": None}, ErrorCode.INVALID_REQUEST),
        (1, {"member_epoch": 4}, ErrorCode.GROUP_ID_NOT_FOUND),
        (1, {"subscribed_topic_regex": "("}, ErrorCode.INVALID_REGULAR_EXPRESSION),
        (1, {"server_assignor": "mine"}, ErrorCode.UNSUPPORTED_ASSIGNOR),
    ],
)
def test_what_is_refused_says_why(version: int, fields: dict[str, Any], code: ErrorCode) -> None:
    async def scenario(broker: Broker) -> None:
        answer = await beat(broker, version, **fields)
        assert answer.error_code == code
        assert answer.error_message
        assert (answer.member_epoch, answer.heartbeat_interval_ms, answer.assignment) == (0, 0, None)

    run(scenario)


def test_a_pattern_is_of_version_1() -> None:
    async def scenario(broker: Broker) -> None:
        with_orders(broker)
        joined = await beat(broker, subscribed_topic_names=None, subscribed_topic_regex="ord.*")
        assert joined.assignment is not None
        assert [each.partitions for each in joined.assignment.topic_partitions] == [[0, 1]]

    run(scenario)


@pytest.mark.parametrize("version", [0, 1])
def test_groups_are_described_with_all_that_members_have(version: int) -> None:
    async def scenario(broker: Broker) -> None:
        topic_id = with_orders(broker)
        await beat(broker, instance_id="one", rack_id="r", subscribed_topic_regex="x.*")
        (group,) = await describe(broker, "g", version=version)
        assert (group.group_state, group.group_epoch, group.assignment_epoch) == ("Stable", 2, 2)
        assert (group.assignor_name, group.authorized_operations) == ("uniform", -(2**31))
        (member,) = group.members
        assert (member.member_id, member.instance_id, member.rack_id) == ("m", "one", "r")
        assert (member.client_id, member.client_host) == ("test", "/127.0.0.1")
        assert (member.subscribed_topic_names, member.subscribed_topic_regex) == (["orders"], "x.*")
        assert member.member_type == (1 if version >= 1 else -1)
        for assignment in (member.assignment, member.target_assignment):
            (owned,) = assignment.topic_partitions
            assert (owned.topic_id, owned.topic_name, owned.partitions) == (topic_id, "orders", [0, 1])

    run(scenario)


def test_every_group_that_was_asked_for_is_answered_in_that_order() -> None:
    async def scenario(broker: Broker) -> None:
        await beat(broker)
        found = await describe(broker, "nobody's", "g", "", include_authorized_operations=True)
        assert [group.group_id for group in found] == ["nobody's", "g", ""]
        assert [ErrorCode(group.error_code) for group in found] == [
            ErrorCode.GROUP_ID_NOT_FOUND,
            ErrorCode.NONE,
            ErrorCode.INVALID_GROUP_ID,
        ]
        assert found[0].error_message == "Group nobody's not found."
        assert found[1].authorized_operations > 0

    run(scenario)
