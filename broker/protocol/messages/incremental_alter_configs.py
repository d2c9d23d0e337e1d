"""IncrementalAlterConfigs (key 44): change single settings of resources (KIP-339).

v1 flexible
"""

from __future__ import annotations

from broker.protocol.message import Bool, Int8, Int16, Int32, String, request, response, struct


@request(key=44, versions="0-1", flexible="1+")
class IncrementalAlterConfigsRequest:
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
    config_operation: Int8  # 0 set, 1 delete, 2 append, 3 subtract; the latter two on lists
    value: String | None


@response(key=44, versions="0-1", flexible="1+")
class IncrementalAlterConfigsResponse:
    throttle_time_ms: Int32 = 0
    responses: list[AlterConfigsResourceResponse]


@struct
class AlterConfigsResourceResponse:
    error_code: Int16
    error_message: String | None
    resource_type: Int8
    resource_name: String
