"""ListConfigResources (key 74): the names of resources that have settings (KIP-714).

v1 all types of resources, not only client metrics (KIP-1142)
"""

from __future__ import annotations

from broker.protocol.message import Int8, Int16, Int32, String, field, request, response, struct


@request(key=74, versions="0-1", flexible="0+")
class ListConfigResourcesRequest:
    # empty: all; 2 topic, 4 broker, 8 broker logger, 16 client metrics, 32 group
    resource_types: list[Int8] = field("1+", default=[])


@response(key=74, versions="0-1", flexible="0+")
class ListConfigResourcesResponse:
    throttle_time_ms: Int32 = 0
    error_code: Int16
    config_resources: list[ConfigResource]


@struct
class ConfigResource:
    resource_name: String
    resource_type: Int8 = field("1+", default=16)
