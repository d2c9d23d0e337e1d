"""DescribeConfigs (key 32): settings of topics, brokers and groups, and where they come from (KIP-133).

v1 sources and synonyms (KIP-226)   v3 types and documentation (KIP-569)   v4 flexible
"""

from __future__ import annotations

from broker.protocol.message import Bool, Int8, Int16, Int32, String, field, request, response, struct


@request(key=32, versions="1-4", flexible="4+")
class DescribeConfigsRequest:
    resources: list[DescribeConfigsResource]
    include_synonyms: Bool = False
    include_documentation: Bool = field("3+", default=False)


@struct
class DescribeConfigsResource:
    resource_type: Int8  # 2 topic, 4 broker, 8 broker logger, 16 client metrics, 32 group
    resource_name: String
    configuration_keys: list[String] | None  # null: all of them


@response(key=32, versions="1-4", flexible="4+")
class DescribeConfigsResponse:
    throttle_time_ms: Int32 = 0
    results: list[DescribeConfigsResult]


@struct
class DescribeConfigsResult:
    error_code: Int16
    error_message: String | None
    resource_type: Int8
    resource_name: String
    configs: list[DescribeConfigsResourceResult]


@struct
class DescribeConfigsResourceResult:
    name: String
    value: String | None  # null: not set, or not to be told
    read_only: Bool
    # 1 topic, 2 broker, 3 all brokers, 4 start of the broker, 5 default; -1 must not reach a client
    config_source: Int8 = -1
    is_sensitive: Bool
    synonyms: list[DescribeConfigsSynonym]
    # 1 bool, 2 string, 3 int, 4 short, 5 long, 6 double, 7 list, 8 class, 9 password
    config_type: Int8 = field("3+", default=0)
    documentation: String | None = field("3+", default="")


@struct
class DescribeConfigsSynonym:
    name: String
    value: String | None
    source: Int8
