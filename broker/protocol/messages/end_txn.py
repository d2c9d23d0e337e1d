"""EndTxn (key 26): commit or abort a transaction (KIP-98).

v2 PRODUCER_FENCED (KIP-588)   v3 flexible   v4 TRANSACTION_ABORTABLE, v5 the producer's next epoch (KIP-890)
"""

from __future__ import annotations

from broker.protocol.message import Bool, Int16, Int32, Int64, String, field, request, response


@request(key=26, versions="0-5", flexible="3+")
class EndTxnRequest:
    transactional_id: String
    producer_id: Int64
    producer_epoch: Int16
    committed: Bool  # false: aborted


@response(key=26, versions="0-5", flexible="3+")
class EndTxnResponse:
    throttle_time_ms: Int32 = 0
    error_code: Int16
    producer_id: Int64 = field("5+", default=-1)
    producer_epoch: Int16 = field("5+", default=-1)
