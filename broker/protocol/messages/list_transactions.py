"""ListTransactions (key 66): the transactions that this broker coordinates (KIP-664).

v1 by duration (KIP-994)   v2 by a pattern of transactional ids (KIP-1152)
"""

from __future__ import annotations

from broker.protocol.message import Int16, Int32, Int64, String, field, request, response, struct


@request(key=66, versions="0-2", flexible="0+")
class ListTransactionsRequest:
    state_filters: list[String]  # empty: any
    producer_id_filters: list[Int64]  # empty: any
    duration_filter: Int64 = field("1+", default=-1)  # in ms; -1: any
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
