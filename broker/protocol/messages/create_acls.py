"""CreateAcls (key 30)."""

from __future__ import annotations

from broker.protocol.message import Int8, Int16, Int32, String, request, response, struct


@request(key=30, versions="1-3", flexible="2+")
class CreateAclsRequest:
    creations: list[AclCreation]


@struct
class AclCreation:
    resource_type: Int8
    resource_name: String
    resource_pattern_type: Int8 = 3
    principal: String
    host: String
    operation: Int8
    permission_type: Int8


@response(key=30, versions="1-3", flexible="2+")
class CreateAclsResponse:
    throttle_time_ms: Int32 = 0
    results: list[AclCreationResult]


@struct
class AclCreationResult:
    error_code: Int16
    error_message: String | None
