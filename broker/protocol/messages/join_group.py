"""JoinGroup (key 11): become a member of a classic group, and wait for the others.

v1 rebalance timeout (KIP-62)   v4 MEMBER_ID_REQUIRED (KIP-394)   v5 static members (KIP-345)
v6 flexible   v7 the chosen protocol's type and name (KIP-559)   v8 reason (KIP-800)
v9 skip_assignment (KIP-814)
"""

from __future__ import annotations

from broker.protocol.message import Bool, Bytes, Int16, Int32, String, field, request, response, struct


@request(key=11, versions="0-9", flexible="6+")
class JoinGroupRequest:
    group_id: String
    session_timeout_ms: Int32
    rebalance_timeout_ms: Int32 = field("1+", default=-1)  # in v0 the session timeout counts
    member_id: String  # empty: not yet a member
    group_instance_id: String | None = field("5+", default=None)
    protocol_type: String
    protocols: list[JoinGroupRequestProtocol]  # the preferred one first
    reason: String | None = field("8+", default=None)


@struct
class JoinGroupRequestProtocol:
    name: String
    metadata: Bytes


@response(key=11, versions="0-9", flexible="6+")
class JoinGroupResponse:
    throttle_time_ms: Int32 = field("2+", default=0)
    error_code: Int16
    generation_id: Int32 = -1
    protocol_type: String | None = field("7+", default=None)
    protocol_name: String | None = field(nullable="7+")  # on errors null, or empty before v7
    leader: String
    skip_assignment: Bool = field("9+", default=False)  # the leader is not to assign again
    member_id: String
    members: list[JoinGroupResponseMember]  # only in the leader's answer


@struct
class JoinGroupResponseMember:
    member_id: String
    group_instance_id: String | None = field("5+", default=None)
    metadata: Bytes
