"""CreateAcls (key 30): add access rules (KIP-140).

v1 pattern types (KIP-290)   v2 flexible   v3 users as resources (KIP-373)
"""

from __future__ import annotations

from broker.protocol.message import Int8, Int16, Int32, String, request, response, struct


@request(key=30, versions="1-3", flexible="2+")
class CreateAclsRequest:
    creations: list[AclCreation]


@struct
class AclCreation:
    resource_type: Int8  # 2 topic, 3 group, 4 cluster, 5 transactional id, 6 delegation token, 7 user
    resource_name: String
    resource_pattern_type: Int8 = 3  # 3 literal, 4 prefixed
    principal: String  # as in "User:alice"
    host: String
    # 2 all, 3 read, 4 write, 5 create, 6 delete, 7 alter, 8 describe, ... as in Kafka's AclOperation
    operation: Int8
    permission_type: Int8  # 2 deny, 3 allow


@response(key=30, versions="1-3", flexible="2+")
class CreateAclsResponse:
    throttle_time_ms: Int32 = 0
    results: list[AclCreationResult]


@struct
class AclCreationResult:
    error_code: Int16
    error_message: String | None
