"""SyncGroup (key 14): the leader of a classic group hands out the assignments; the others fetch theirs.

v3 static members (KIP-345)   v4 flexible   v5 the protocol's type and name (KIP-559)
"""

from __future__ import annotations

from broker.protocol.message import Bytes, Int16, Int32, String, field, request, response, struct


@request(key=14, versions="0-5", flexible="4+")
class SyncGroupRequest:
    group_id: String
    generation_id: Int32
    member_id: String
    group_instance_id: String | None = field("3+", default=None)
    protocol_type: String | None = field("5+", default=None)
    protocol_name: String | None = field("5+", default=None)
    assignments: list[SyncGroupRequestAssignment]  # only in the leader's request


@struct
class SyncGroupRequestAssignment:
    member_id: String
    assignment: Bytes


@response(key=14, versions="0-5", flexible="4+")
class SyncGroupResponse:
    throttle_time_ms: Int32 = field("1+", default=0)
    error_code: Int16
    protocol_type: String | None = field("5+", default=None)
    protocol_name: String | None = field("5+", default=None)
    assignment: Bytes
