"""AlterConfigs (key 33): replace all settings of a resource (KIP-133).

v2 flexible

IncrementalAlterConfigs changes single ones.
"""

from __future__ import annotations

from broker.protocol.message import Bool, Int8, Int16, Int32, String, request, response, struct


@request(key=33, versions="0-2", flexible="2+")
class AlterConfigsRequest:
    resources: list[AlterConfigsResource]
    validate_only: Bool


@struct
class AlterConfigsResource:
    resource_type: Int8  # 2 topic, 4 broker, 8 broker logger, 16 client metrics, 32 group
    resource_name: String
    configs: list[AlterableConfig]


@struct
class AlterableConfig:
    name: String
    value: String | None


@response(key=33, versions="0-2", flexible="2+")
class AlterConfigsResponse:
    throttle_time_ms: Int32 = 0
    responses: list[AlterConfigsResourceResponse]


@struct
class AlterConfigsResourceResponse:
    error_code: Int16
    error_message: String | None
    resource_type: Int8
    resource_name: String
