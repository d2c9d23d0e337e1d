"""AddOffsetsToTxn (key 25): a transaction will commit offsets of a group (KIP-98).

v2 PRODUCER_FENCED (KIP-588)   v3 flexible   v4 TRANSACTION_ABORTABLE (KIP-890)
"""

from __future__ import annotations

from broker.protocol.message import Int16, Int32, Int64, String, request, response


@request(key=25, versions="0-4", flexible="3+")
class AddOffsetsToTxnRequest:
    transactional_id: String
    producer_id: Int64
    producer_epoch: Int16
    group_id: String


@response(key=25, versions="0-4", flexible="3+")
class AddOffsetsToTxnResponse:
    throttle_time_ms: Int32 = 0
    error_code: Int16
