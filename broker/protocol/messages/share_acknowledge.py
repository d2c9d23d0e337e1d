"""ShareAcknowledge (key 79): say what became of acquired records (KIP-932).

v2 renewal (KIP-1222)
"""

from __future__ import annotations

from broker.protocol.message import (
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    String,
    Uuid,
    field,
    request,
    response,
    struct,
)


@request(key=79, versions="1-2", flexible="0+")
class ShareAcknowledgeRequest:
    group_id: String | None = None
    member_id: String | None
    share_session_epoch: Int32  # 0 opens, -1 closes
    is_renew_ack: Bool = field("2+", default=False)
    topics: list[AcknowledgeTopic]


@struct
class AcknowledgeTopic:
    topic_id: Uuid
    partitions: list[AcknowledgePartition]


@struct
class AcknowledgePartition:
    partition_index: Int32
    acknowledgement_batches: list[AcknowledgementBatch]


@struct
class AcknowledgementBatch:
    first_offset: Int64
    last_offset: Int64
    # of each offset, or one for all: 0 gap, 1 accept, 2 release, 3 reject, 4 renew (v2)
    acknowledge_types: list[Int8]


@response(key=79, versions="1-2", flexible="0+")
class ShareAcknowledgeResponse:
    throttle_time_ms: Int32 = 0
    error_code: Int16
    error_message: String | None = None
    acquisition_lock_timeout_ms: Int32 = field("2+")
    responses: list[ShareAcknowledgeTopicResponse]
    node_endpoints: list[NodeEndpoint]


@struct
class ShareAcknowledgeTopicResponse:
    topic_id: Uuid
    partitions: list[PartitionData]


@struct
class PartitionData:
    partition_index: Int32
    error_code: Int16
    error_message: String | None = None
    current_leader: LeaderIdAndEpoch


@struct
class LeaderIdAndEpoch:
    leader_id: Int32
    leader_epoch: Int32


@struct
class NodeEndpoint:
    node_id: Int32
    host: String
    port: Int32
    rack: String | None = None
