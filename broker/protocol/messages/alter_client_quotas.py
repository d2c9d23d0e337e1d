"""AlterClientQuotas (key 49): set and remove quotas of users, client ids and addresses (KIP-546).

v1 flexible
"""

from __future__ import annotations

from broker.protocol.message import Bool, Float64, Int16, Int32, String, request, response, struct


@request(key=49, versions="0-1", flexible="1+")
class AlterClientQuotasRequest:
    entries: list[EntryData]
    validate_only: Bool


@struct
class EntryData:
    entity: list[EntityData]
    ops: list[OpData]


@struct
class EntityData:
    entity_type: String  # "user", "client-id" or "ip"
    entity_name: String | None  # null: the default


@struct
class OpData:
    key: String
    value: Float64
    remove: Bool


@response(key=49, versions="0-1", flexible="1+")
class AlterClientQuotasResponse:
    throttle_time_ms: Int32 = 0
    entries: list[EntryDataResponse]


@struct
class EntryDataResponse:
    error_code: Int16
    error_message: String | None
    entity: list[EntityData]
