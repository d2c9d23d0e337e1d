"""ListGroups (key 16): the groups that this broker coordinates.

v3 flexible   v4 by state (KIP-518)   v5 by type (KIP-848)
"""

from __future__ import annotations

from broker.protocol.message import Int16, Int32, String, field, request, response, struct


@request(key=16, versions="0-5", flexible="3+")
class ListGroupsRequest:
    states_filter: list[String] = field("4+", default=[])  # empty: any
    types_filter: list[String] = field("5+", default=[])  # empty: any


@response(key=16, versions="0-5", flexible="3+")
class ListGroupsResponse:
    throttle_time_ms: Int32 = field("1+", default=0)
    error_code: Int16
    groups: list[ListedGroup]


@struct
class ListedGroup:
    group_id: String
    protocol_type: String
    group_state: String = field("4+")
    group_type: String = field("5+")
