"""Members of groups by the classic protocol (KIP-62; static members KIP-345, KIP-814; ids KIP-394).

JoinGroup 11   Heartbeat 12   LeaveGroup 13   SyncGroup 14

| version | what is new |
| --- | --- |
| JoinGroup 1 | the rebalance timeout; before, the session timeout counts for both |
| JoinGroup 4 | a new member is told its id, and joins again with it |
| JoinGroup 9 | a static leader that comes back is told not to assign again |
| LeaveGroup 3 | several members at once |
"""

from asyncio import Future
from typing import TYPE_CHECKING

from broker.coordinator.group.classic.messages import Join, Joined, Protocol, Sync, Synced
from broker.log.steps import carry_out
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.messages.heartbeat import HeartbeatRequest, HeartbeatResponse
from broker.protocol.messages.join_group import (
    JoinGroupRequest,
    JoinGroupResponse,
    JoinGroupResponseMember,
)
from broker.protocol.messages.leave_group import LeaveGroupRequest, LeaveGroupResponse, MemberResponse
from broker.protocol.messages.sync_group import SyncGroupRequest, SyncGroupResponse

if TYPE_CHECKING:
    from broker.handlers.context import Broker, RequestContext
    from broker.log.steps import Steps

FIRST_WITH_REBALANCE_TIMEOUT = 1
FIRST_WITH_KNOWN_IDS = 4
FIRST_WITH_NULL_PROTOCOL = 7
FIRST_WITH_SKIPPING = 9
FIRST_WITH_MANY_LEAVING = 3
FIRST_WITH_MANDATORY_PROTOCOL = 5


def join_group(
    request: JoinGroupRequest, context: "RequestContext", broker: "Broker"
) -> "JoinGroupResponse | Future[JoinGroupResponse]":
    return carry_out(_joining(request, context, broker))


def _joining(
    request: JoinGroupRequest, context: "RequestContext", broker: "Broker"
) -> "Steps[JoinGroupResponse]":
    version = context.api_version
    has_rebalance_timeout = version >= FIRST_WITH_REBALANCE_TIMEOUT
    asked = Join(
        member_id=request.member_id,
        instance_id=request.group_instance_id,
        client_id=context.client_id or "",
        client_host=f"/{context.client_host}",
        session_timeout_ms=request.session_timeout_ms,
        rebalance_timeout_ms=request.rebalance_timeout_ms
        if has_rebalance_timeout
        else request.session_timeout_ms,
        protocol_type=request.protocol_type,
        protocols=tuple(Protocol(each.name, bytes(each.metadata)) for each in request.protocols),
        needs_known_id=version >= FIRST_WITH_KNOWN_IDS,
        may_skip=version >= FIRST_WITH_SKIPPING,
    )
    try:
        joined: Joined = yield broker.groups.join(request.group_id, asked)
    except KafkaError as error:
        joined = Joined(request.member_id, error.code)
    no_name = None if version >= FIRST_WITH_NULL_PROTOCOL else ""
    return JoinGroupResponse(
        error_code=joined.error,
        generation_id=joined.generation_id,
        protocol_type=joined.protocol_type,
        protocol_name=no_name if joined.protocol_name is None else joined.protocol_name,
        leader=joined.leader,
        skip_assignment=joined.skip_assignment,
        member_id=joined.member_id,
        members=[
            JoinGroupResponseMember(
                member_id=member.member_id, group_instance_id=member.instance_id, metadata=member.metadata
            )
            for member in joined.members
        ],
    )


def sync_group(
    request: SyncGroupRequest, context: "RequestContext", broker: "Broker"
) -> "SyncGroupResponse | Future[SyncGroupResponse]":
    """Raises: KafkaError, which is the whole answer."""
    is_unnamed = request.protocol_type is None or request.protocol_name is None
    if is_unnamed and context.api_version >= FIRST_WITH_MANDATORY_PROTOCOL:
        raise KafkaError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, "A sync has to name its protocol.")
    return carry_out(_syncing(request, broker))


def _syncing(request: SyncGroupRequest, broker: "Broker") -> "Steps[SyncGroupResponse]":
    asked = Sync(
        member_id=request.member_id,
        instance_id=request.group_instance_id,
        generation_id=request.generation_id,
        protocol_type=request.protocol_type,
        protocol_name=request.protocol_name,
        assignments={each.member_id: bytes(each.assignment) for each in request.assignments},
    )
    try:
        synced: Synced = yield broker.groups.sync(request.group_id, asked)
    except KafkaError as error:
        return SyncGroupResponse(error_code=error.code, assignment=b"")
    return SyncGroupResponse(
        error_code=ErrorCode.NONE,
        protocol_type=synced.protocol_type,
        protocol_name=synced.protocol_name,
        assignment=synced.assignment,
    )


def heartbeat(request: HeartbeatRequest, context: "RequestContext", broker: "Broker") -> HeartbeatResponse:
    """Raises: KafkaError, which is the whole answer."""
    broker.groups.heartbeat(
        request.group_id, request.member_id, request.group_instance_id, request.generation_id
    )
    return HeartbeatResponse(error_code=ErrorCode.NONE)


def leave_group(
    request: LeaveGroupRequest, context: "RequestContext", broker: "Broker"
) -> LeaveGroupResponse:
    """Raises: KafkaError: of the whole group."""
    if context.api_version < FIRST_WITH_MANY_LEAVING:
        (code,) = broker.groups.leave(request.group_id, [(request.member_id, None)])
        return LeaveGroupResponse(error_code=code, members=[])
    asked = [(member.member_id, member.group_instance_id) for member in request.members]
    codes = broker.groups.leave(request.group_id, asked)
    members = [
        MemberResponse(member_id=member_id, group_instance_id=instance_id, error_code=code)
        for (member_id, instance_id), code in zip(asked, codes, strict=True)
    ]
    return LeaveGroupResponse(error_code=ErrorCode.NONE, members=members)
