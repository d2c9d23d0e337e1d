"""Heartbeat (key 12): a member of a classic group is alive.

v3 static members (KIP-345)   v4 flexible
"""

from __future__ import annotations

from broker.protocol.message import Int16, Int32, String, field, request, response


@request(key=12, versions="0-4", flexible="4+")
class HeartbeatRequest:
    group_id: String
    generation_id: Int32
    member_id: String
    group_instance_id: String | None = field("3+", default=None)


@response(key=12, versions="0-4", flexible="4+")
class HeartbeatResponse:
    throttle_time_ms: Int32 = field("1+", default=0)
    error_code: Int16
