"""TxnOffsetCommit (key 28): store how far a group has come, as part of a transaction (KIP-98).

v2 leader epochs (KIP-320)   v3 flexible, the group's member (KIP-447)   v4 TRANSACTION_ABORTABLE,
v5 the group joins the transaction by this alone (KIP-890)
"""

from __future__ import annotations

from broker.protocol.message import Int16, Int32, Int64, String, field, request, response, struct


@request(key=28, versions="0-5", flexible="3+")
class TxnOffsetCommitRequest:
    transactional_id: String
    group_id: String
    producer_id: Int64
    producer_epoch: Int16
    generation_id: Int32 = field("3+", default=-1)
    member_id: String = field("3+", default="")
    group_instance_id: String | None = field("3+", default=None)
    topics: list[TxnOffsetCommitRequestTopic]


@struct
class TxnOffsetCommitRequestTopic:
    name: String
    partitions: list[TxnOffsetCommitRequestPartition]


@struct
class TxnOffsetCommitRequestPartition:
    partition_index: Int32
    committed_offset: Int64
    committed_leader_epoch: Int32 = field("2+", default=-1)
    committed_metadata: String | None


@response(key=28, versions="0-5", flexible="3+")
class TxnOffsetCommitResponse:
    throttle_time_ms: Int32 = 0
    topics: list[TxnOffsetCommitResponseTopic]


@struct
class TxnOffsetCommitResponseTopic:
    name: String
    partitions: list[TxnOffsetCommitResponsePartition]


@struct
class TxnOffsetCommitResponsePartition:
    partition_index: Int32
    error_code: Int16
