"""DescribeClientQuotas (key 48): the quotas of users, client ids and addresses (KIP-546).

v1 flexible
"""

from __future__ import annotations

from broker.protocol.message import Bool, Float64, Int8, Int16, Int32, String, request, response, struct


@request(key=48, versions="0-1", flexible="1+")
class DescribeClientQuotasRequest:
    components: list[ComponentData]
    strict: Bool  # not those that have other components, too


@struct
class ComponentData:
    entity_type: String  # "user", "client-id" or "ip"
    match_type: Int8  # 0 that name, 1 the default, 2 any name
    match: String | None  # null unless it is a name


@response(key=48, versions="0-1", flexible="1+")
class DescribeClientQuotasResponse:
    throttle_time_ms: Int32 = 0
    error_code: Int16
    error_message: String | None
    entries: list[EntryData] | None


@struct
class EntryData:
    entity: list[EntityData]
    values: list[ValueData]


@struct
class EntityData:
    entity_type: String
    entity_name: String | None  # null: the default


@struct
class ValueData:
    key: String
    value: Float64
