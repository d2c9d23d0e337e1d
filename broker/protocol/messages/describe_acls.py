"""DescribeAcls (key 29): the access rules that a filter matches (KIP-140).

v1 pattern types (KIP-290)   v2 flexible   v3 users as resources (KIP-373)
"""

from __future__ import annotations

from broker.protocol.message import Int8, Int16, Int32, String, request, response, struct


@request(key=29, versions="1-3", flexible="2+")
class DescribeAclsRequest:
    # 1 any, 2 topic, 3 group, 4 cluster, 5 transactional id, 6 delegation token, 7 user
    resource_type_filter: Int8
    resource_name_filter: String | None  # null: any
    pattern_type_filter: Int8 = 3  # 1 any, 2 all that match the name, 3 literal, 4 prefixed
    principal_filter: String | None
    host_filter: String | None
    # 1 any, 2 all, 3 read, 4 write, 5 create, 6 delete, 7 alter, 8 describe, ... as in Kafka's
    # AclOperation
    operation: Int8
    permission_type: Int8  # 1 any, 2 deny, 3 allow


@response(key=29, versions="1-3", flexible="2+")
class DescribeAclsResponse:
    throttle_time_ms: Int32 = 0
    error_code: Int16
    error_message: String | None
    resources: list[DescribeAclsResource]


@struct
class DescribeAclsResource:
    resource_type: Int8
    resource_name: String
    pattern_type: Int8 = 3
    acls: list[AclDescription]


@struct
class AclDescription:
    principal: String
    host: String
    operation: Int8
    permission_type: Int8
