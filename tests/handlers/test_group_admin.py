"""Groups as administrators see them, in all versions."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from broker.handlers import authorized_operations
from broker.handlers.context import Broker
from broker.handlers.group_admin import delete_groups, describe_groups, list_groups
from broker.protocol.errors import ErrorCode
from broker.protocol.messages.delete_groups import DeleteGroupsRequest
from broker.protocol.messages.describe_groups import DescribedGroup, DescribeGroupsRequest
from broker.protocol.messages.list_groups import ListGroupsRequest
from tests.handlers.serving import context, nodes
from tests.handlers.test_groups import join, settled, sync

DESCRIBE, LIST, DELETE = 15, 16, 42


def run(scenario: Callable[[Broker], Awaitable[None]]) -> None:
    async def inside() -> None:
        async with nodes() as (broker,), asyncio.timeout(5):
            await scenario(broker)

    asyncio.run(inside())


async def described(
    broker: Broker, *groups: str, version: int = 6, asks: bool = False
) -> list[DescribedGroup]:
    request = DescribeGroupsRequest(groups=list(groups), include_authorized_operations=asks)
    return (await describe_groups(request, context(broker, DESCRIBE, version), broker)).groups


def test_a_group_is_shown_with_its_members() -> None:
    async def scenario(broker: Broker) -> None:
        joined = await join(broker)
        await sync(broker, joined)
        (group,) = await described(broker, "g")
        assert (group.group_state, group.protocol_type, group.protocol_data) == (
            "Stable",
            "consumer",
            "range",
        )
        (member,) = group.members
        assert (member.member_id, member.client_id, member.client_host) == (
            joined.member_id,
            "test",
            "/127.0.0.1",
        )
        assert (member.member_metadata, member.member_assignment) == (b"meta", b"all")

    run(scenario)


@pytest.mark.parametrize(("version", "code"), [(5, ErrorCode.NONE), (6, ErrorCode.GROUP_ID_NOT_FOUND)])
def test_every_group_that_is_asked_for_is_told_of_and_one_that_is_not_there_is_dead(
    version: int, code: ErrorCode
) -> None:
    async def scenario(broker: Broker) -> None:
        found = await described(broker, "x", "y", version=version)
        assert [(group.group_id, group.group_state, group.error_code) for group in found] == [
            ("x", "Dead", code),
            ("y", "Dead", code),
        ]
        assert (found[0].error_message is None) is (version < 6)

    run(scenario)


@pytest.mark.parametrize(
    ("asks", "operations"), [(False, authorized_operations.NOT_ASKED), (True, authorized_operations.GROUP)]
)
def test_what_may_be_done_to_a_group_is_told_if_it_is_asked(asks: bool, operations: int) -> None:
    async def scenario(broker: Broker) -> None:
        await join(broker)
        (group,) = await described(broker, "g", asks=asks)
        assert group.authorized_operations == operations
        (unknown,) = await described(broker, "x", asks=asks)
        assert unknown.authorized_operations == authorized_operations.NOT_ASKED

    run(scenario)


@pytest.mark.parametrize(
    ("states", "types", "found"),
    [
        ([], [], True),
        (["stable"], [], True),
        (["Empty"], [], False),
        (["Empty", "Stable"], ["CLASSIC"], True),
        ([], ["consumer"], False),
    ],
)
def test_groups_are_listed_by_state_and_type(states: list[str], types: list[str], found: bool) -> None:
    async def scenario(broker: Broker) -> None:
        await sync(broker, await join(broker))
        request = ListGroupsRequest(states_filter=states, types_filter=types)
        groups = (await list_groups(request, context(broker, LIST, 5), broker)).groups
        shown = [(each.group_id, each.protocol_type, each.group_state, each.group_type) for each in groups]
        assert shown == ([("g", "consumer", "Stable", "Classic")] if found else [])

    run(scenario)


def test_groups_are_deleted_each_with_its_own_answer() -> None:
    async def scenario(broker: Broker) -> None:
        await sync(broker, await join(broker))
        request = DeleteGroupsRequest(groups_names=["g", "x", "g"])
        answer = await settled(delete_groups(request, context(broker, DELETE, 2), broker))
        assert [(each.group_id, each.error_code) for each in answer.results] == [
            ("g", ErrorCode.NON_EMPTY_GROUP),
            ("x", ErrorCode.GROUP_ID_NOT_FOUND),
        ]

    run(scenario)
