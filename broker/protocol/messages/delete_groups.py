"""DeleteGroups (key 42): remove groups that have no members (KIP-229).

v2 flexible
"""

from __future__ import annotations

from broker.protocol.message import Int16, Int32, String, request, response, struct


@request(key=42, versions="0-2", flexible="2+")
class DeleteGroupsRequest:
    groups_names: list[String]


@response(key=42, versions="0-2", flexible="2+")
class DeleteGroupsResponse:
    throttle_time_ms: Int32 = 0
    results: list[DeletableGroupResult]


@struct
class DeletableGroupResult:
    group_id: String
    error_code: Int16
