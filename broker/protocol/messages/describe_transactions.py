"""DescribeTransactions (key 65): state and partitions of transactions (KIP-664)."""

from __future__ import annotations

from broker.protocol.message import Int16, Int32, Int64, String, request, response, struct


@request(key=65, versions="0", flexible="0+")
class DescribeTransactionsRequest:
    transactional_ids: list[String]


@response(key=65, versions="0", flexible="0+")
class DescribeTransactionsResponse:
    throttle_time_ms: Int32 = 0
    transaction_states: list[TransactionState]


@struct
class TransactionState:
    error_code: Int16
    transactional_id: String
    transaction_state: String
    transaction_timeout_ms: Int32
    transaction_start_time_ms: Int64  # -1: it has not begun
    producer_id: Int64
    producer_epoch: Int16
    topics: list[TopicData]


@struct
class TopicData:
    topic: String
    partitions: list[Int32]
