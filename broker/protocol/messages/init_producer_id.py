"""InitProducerId (key 22): an id for an idempotent or transactional producer (KIP-98).

v2 flexible   v3 the id and epoch the producer had (KIP-360)   v4 PRODUCER_FENCED (KIP-588)
v5 TRANSACTION_ABORTABLE (KIP-890)   v6 two-phase commit (KIP-939); not shown by Kafka 4.3
"""

from __future__ import annotations

from broker.protocol.message import Bool, Int16, Int32, Int64, String, field, request, response


@request(key=22, versions="0-6", flexible="2+")
class InitProducerIdRequest:
    transactional_id: String | None  # null: idempotent only
    transaction_timeout_ms: Int32
    producer_id: Int64 = field("3+", default=-1)  # -1: a new one
    producer_epoch: Int16 = field("3+", default=-1)
    enable_2pc: Bool = field("6+", default=False)
    keep_prepared_txn: Bool = field("6+", default=False)


@response(key=22, versions="0-6", flexible="2+")
class InitProducerIdResponse:
    throttle_time_ms: Int32 = 0
    error_code: Int16
    producer_id: Int64 = -1
    producer_epoch: Int16
    ongoing_txn_producer_id: Int64 = field("6+", default=-1)
    ongoing_txn_producer_epoch: Int16 = field("6+", default=-1)
