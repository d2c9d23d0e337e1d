"""ListTransactions (key 66)."""

from __future__ import annotations

from broker.protocol.message import Int16, Int32, Int64, String, field, request, response, struct


@request(key=66, versions="0-2", flexible="0+")
class ListTransactionsRequest:
    state_filters: list[String]
    producer_id_filters: list[Int64]
    duration_filter: Int64 = field("1+", default=-1)
    transactional_id_pattern: String | None = field("2+", default=None)


@response(key=66, versions="0-2", flexible="0+")
class ListTransactionsResponse:
    throttle_time_ms: Int32 = 0
    error_code: Int16
    unknown_state_filters: list[String]
    transaction_states: list[TransactionState]


@struct
class TransactionState:
    transactional_id: String
    producer_id: Int64
    transaction_state: String
