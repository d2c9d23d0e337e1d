"""Members' requests in all their versions, over real nodes in memory."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from broker.coordinator.group.machines import classic_group
from broker.handlers.context import Broker
from broker.handlers.groups import heartbeat, join_group, leave_group, sync_group
from broker.protocol.codec import decode, encode
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.messages.heartbeat import HeartbeatRequest
from broker.protocol.messages.join_group import (
    JoinGroupRequest,
    JoinGroupRequestProtocol,
    JoinGroupResponse,
)
from broker.protocol.messages.leave_group import LeaveGroupRequest, MemberIdentity
from broker.protocol.messages.sync_group import (
    SyncGroupRequest,
    SyncGroupRequestAssignment,
    SyncGroupResponse,
)
from tests.handlers.serving import context, nodes

JOIN, HEARTBEAT, LEAVE, SYNC = 11, 12, 13, 14


def run(scenario: Callable[[Broker], Awaitable[None]]) -> None:
    async def inside() -> None:
        async with nodes() as (broker,), asyncio.timeout(5):
            await scenario(broker)

    asyncio.run(inside())


async def settled(answer: Any) -> Any:
    return await answer if isinstance(answer, asyncio.Future) else answer


async def join(broker: Broker, version: int = 9, **fields: Any) -> JoinGroupResponse:
    """The answer as a client of that version reads it; known ids are asked for again."""
    values: dict[str, Any] = {
        "group_id": "g",
        "session_timeout_ms": 10_000,
        "rebalance_timeout_ms": 10_000,
        "member_id": "",
        "protocol_type": "consumer",
        "protocols": [JoinGroupRequestProtocol(name="range", metadata=b"meta")],
        **fields,
    }
    answer = await settled(join_group(JoinGroupRequest(**values), context(broker, JOIN, version), broker))
    shown = decode(JoinGroupResponse, version, memoryview(b"".join(map(bytes, encode(answer, version)))))
    if shown.error_code == ErrorCode.MEMBER_ID_REQUIRED:
        return await join(broker, version, **{**fields, "member_id": shown.member_id})
    return shown


async def sync(
    broker: Broker, joined: JoinGroupResponse, version: int = 4, **fields: Any
) -> SyncGroupResponse:
    request = SyncGroupRequest(
        group_id="g",
        generation_id=joined.generation_id,
        member_id=joined.member_id,
        assignments=[SyncGroupRequestAssignment(member_id=joined.member_id, assignment=b"all")],
        **fields,
    )
    answer = await settled(sync_group(request, context(broker, SYNC, version), broker))
    return decode(SyncGroupResponse, version, memoryview(b"".join(map(bytes, encode(answer, version)))))


@pytest.mark.parametrize("version", range(10))
def test_in_every_version_a_first_member_joins_and_leads(version: int) -> None:
    async def scenario(broker: Broker) -> None:
        joined = await join(broker, version)
        assert (joined.error_code, joined.generation_id, joined.protocol_name) == (ErrorCode.NONE, 1, "range")
        assert joined.leader == joined.member_id
        assert joined.member_id.startswith("test-")
        assert [(each.member_id, bytes(each.metadata)) for each in joined.members] == [
            (joined.member_id, b"meta")
        ]
        assert joined.protocol_type == ("consumer" if version >= 7 else None)

    run(scenario)


@pytest.mark.parametrize(("version", "code"), [(3, "NONE"), (4, "MEMBER_ID_REQUIRED")])
def test_from_version_4_on_a_member_is_told_its_id_first(version: int, code: str) -> None:
    async def scenario(broker: Broker) -> None:
        request = JoinGroupRequest(
            group_id="g",
            session_timeout_ms=10_000,
            member_id="",
            protocol_type="consumer",
            protocols=[JoinGroupRequestProtocol(name="range", metadata=b"")],
        )
        answer = await settled(join_group(request, context(broker, JOIN, version), broker))
        assert answer.error_code.name == code

    run(scenario)


@pytest.mark.parametrize("version", range(10))
def test_a_refused_join_names_no_protocol_and_the_member_as_it_called_itself(version: int) -> None:
    async def scenario(broker: Broker) -> None:
        joined = await join(broker, version, member_id="unheard of")
        assert joined.error_code == ErrorCode.UNKNOWN_MEMBER_ID
        assert (joined.generation_id, joined.member_id, joined.leader) == (-1, "unheard of", "")
        assert joined.protocol_name == (None if version >= 7 else "")
        assert joined.members == []

    run(scenario)


def test_before_version_1_the_session_timeout_is_the_rebalance_timeout_too() -> None:
    async def scenario(broker: Broker) -> None:
        await join(broker, 0, session_timeout_ms=7_000, rebalance_timeout_ms=-1)
        hosted = broker.groups._groups.find("g")
        assert hosted is not None
        (member,) = classic_group(hosted.machine)._members
        assert member.rebalance_timeout_ms == 7_000

    run(scenario)


@pytest.mark.parametrize("version", range(6))
def test_in_every_version_a_sync_gives_the_leaders_assignment(version: int) -> None:
    async def scenario(broker: Broker) -> None:
        named = {"protocol_type": "consumer", "protocol_name": "range"}
        synced = await sync(broker, await join(broker), version, **named)
        assert (synced.error_code, bytes(synced.assignment)) == (ErrorCode.NONE, b"all")
        assert synced.protocol_name == ("range" if version >= 5 else None)

    run(scenario)


def test_a_sync_by_another_protocol_is_refused() -> None:
    async def scenario(broker: Broker) -> None:
        joined = await join(broker)
        synced = await sync(broker, joined, 5, protocol_type="consumer", protocol_name="sticky")
        assert (synced.error_code, synced.assignment) == (ErrorCode.INCONSISTENT_GROUP_PROTOCOL, b"")
        with pytest.raises(KafkaError) as refused:
            await sync(broker, joined, 5, protocol_type="consumer")
        assert refused.value.code is ErrorCode.INCONSISTENT_GROUP_PROTOCOL

    run(scenario)


def test_a_member_lives_by_its_heartbeats() -> None:
    async def scenario(broker: Broker) -> None:
        joined = await join(broker)
        await sync(broker, joined)
        known = HeartbeatRequest(group_id="g", generation_id=1, member_id=joined.member_id)
        assert heartbeat(known, context(broker, HEARTBEAT, 4), broker).error_code == ErrorCode.NONE
        unknown = HeartbeatRequest(group_id="g", generation_id=1, member_id="x")
        with pytest.raises(KafkaError) as refused:
            heartbeat(unknown, context(broker, HEARTBEAT, 4), broker)
        assert refused.value.code is ErrorCode.UNKNOWN_MEMBER_ID

    run(scenario)


@pytest.mark.parametrize("version", range(3))
def test_before_version_3_one_member_leaves_and_its_error_is_the_answers(version: int) -> None:
    async def scenario(broker: Broker) -> None:
        joined = await join(broker)
        for code in (ErrorCode.NONE, ErrorCode.UNKNOWN_MEMBER_ID):
            request = LeaveGroupRequest(group_id="g", member_id=joined.member_id)
            assert leave_group(request, context(broker, LEAVE, version), broker).error_code == code

    run(scenario)


@pytest.mark.parametrize("version", range(3, 6))
def test_from_version_3_on_several_leave_each_with_its_own_answer(version: int) -> None:
    async def scenario(broker: Broker) -> None:
        joined = await join(broker, group_instance_id="i")
        members = [
            MemberIdentity(member_id="x", group_instance_id=None),
            MemberIdentity(member_id="", group_instance_id="i"),
        ]
        left = leave_group(
            LeaveGroupRequest(group_id="g", members=members), context(broker, LEAVE, version), broker
        )
        assert left.error_code == ErrorCode.NONE
        assert [(each.member_id, each.group_instance_id, each.error_code) for each in left.members] == [
            ("x", None, ErrorCode.UNKNOWN_MEMBER_ID),
            ("", "i", ErrorCode.NONE),
        ]
        assert joined.member_id.startswith("i-")

    run(scenario)
