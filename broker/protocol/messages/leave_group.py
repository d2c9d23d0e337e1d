"""LeaveGroup (key 13): members of a classic group go.

v3 several members, static ones too (KIP-345)   v4 flexible   v5 reason (KIP-800)
"""

from __future__ import annotations

from broker.protocol.message import Int16, Int32, String, field, request, response, struct


@request(key=13, versions="0-5", flexible="4+")
class LeaveGroupRequest:
    group_id: String
    member_id: String = field("0-2", default="")
    members: list[MemberIdentity] = field("3+", default=[])


@struct
class MemberIdentity:
    member_id: String
    group_instance_id: String | None = None
    reason: String | None = field("5+", default=None)


@response(key=13, versions="0-5", flexible="4+")
class LeaveGroupResponse:
    throttle_time_ms: Int32 = field("1+", default=0)
    error_code: Int16
    members: list[MemberResponse] = field("3+")


@struct
class MemberResponse:
    member_id: String
    group_instance_id: String | None
    error_code: Int16
