"""DescribeGroups (key 15): state and members of classic groups.

v3 authorized operations (KIP-430)   v4 static members (KIP-345)   v5 flexible
v6 GROUP_ID_NOT_FOUND instead of a dead group (KIP-1043)
"""

from __future__ import annotations

from broker.protocol.message import Bool, Bytes, Int16, Int32, String, field, request, response, struct


@request(key=15, versions="0-6", flexible="5+")
class DescribeGroupsRequest:
    groups: list[String]
    include_authorized_operations: Bool = field("3+", default=False)


@response(key=15, versions="0-6", flexible="5+")
class DescribeGroupsResponse:
    throttle_time_ms: Int32 = field("1+", default=0)
    groups: list[DescribedGroup]


@struct
class DescribedGroup:
    error_code: Int16
    error_message: String | None = field("6+", default=None)
    group_id: String
    group_state: String
    protocol_type: String
    protocol_data: String  # the chosen protocol, while the group is stable
    members: list[DescribedGroupMember]
    # bits by AclOperation; the lowest number: was not asked for
    authorized_operations: Int32 = field("3+", default=-2147483648)


@struct
class DescribedGroupMember:
    member_id: String
    group_instance_id: String | None = field("4+", default=None)
    client_id: String
    client_host: String
    member_metadata: Bytes
    member_assignment: Bytes
