"""FindCoordinator (key 10): the broker that looks after a group, a transactional id or a share group.

v1 key_type (KIP-98)   v3 flexible   v4 several keys, each with its own error (KIP-699)
v5 TRANSACTION_ABORTABLE (KIP-890)   v6 share groups (KIP-932)
"""

from __future__ import annotations

from broker.protocol.message import Int8, Int16, Int32, String, field, request, response, struct


@request(key=10, versions="0-6", flexible="3+")
class FindCoordinatorRequest:
    key: String = field("0-3", default="")
    # 0 group, 1 transactional id, 2 share group ("group:topic id:partition")
    key_type: Int8 = field("1+", default=0)
    coordinator_keys: list[String] = field("4+", default=[])


@response(key=10, versions="0-6", flexible="3+")
class FindCoordinatorResponse:
    throttle_time_ms: Int32 = field("1+", default=0)
    error_code: Int16 = field("0-3", default=0)
    error_message: String | None = field("1-3", default="")
    node_id: Int32 = field("0-3", default=0)
    host: String = field("0-3", default="")
    port: Int32 = field("0-3", default=0)
    coordinators: list[Coordinator] = field("4+")


@struct
class Coordinator:
    key: String
    node_id: Int32
    host: String
    port: Int32
    error_code: Int16
    error_message: String | None
