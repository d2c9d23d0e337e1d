"""ShareFetch (key 78): acquire records for a while, and say what became of earlier ones (KIP-932).

v2 renewal, a strict limit on records (KIP-1206, KIP-1222)
"""

from __future__ import annotations

from broker.protocol.message import (
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    Records,
    String,
    Uuid,
    field,
    request,
    response,
    struct,
)


@request(key=78, versions="1-2", flexible="0+")
class ShareFetchRequest:
    group_id: String | None = None
    member_id: String | None
    share_session_epoch: Int32  # 0 opens, -1 closes
    max_wait_ms: Int32
    min_bytes: Int32
    max_bytes: Int32 = 2147483647
    max_records: Int32
    batch_size: Int32  # of what is acquired together, in records
    share_acquire_mode: Int8 = field("2+", default=0)  # 0 whole batches, 1 never more than max_records
    is_renew_ack: Bool = field("2+", default=False)
    topics: list[FetchTopic]
    forgotten_topics_data: list[ForgottenTopic]


@struct
class FetchTopic:
    topic_id: Uuid
    partitions: list[FetchPartition]


@struct
class FetchPartition:
    partition_index: Int32
    acknowledgement_batches: list[AcknowledgementBatch]


@struct
class AcknowledgementBatch:
    first_offset: Int64
    last_offset: Int64
    # of each offset, or one for all: 0 gap, 1 accept, 2 release, 3 reject, 4 renew (v2)
    acknowledge_types: list[Int8]


@struct
class ForgottenTopic:
    topic_id: Uuid
    partitions: list[Int32]


@response(key=78, versions="1-2", flexible="0+")
class ShareFetchResponse:
    throttle_time_ms: Int32 = 0
    error_code: Int16
    error_message: String | None = None
    acquisition_lock_timeout_ms: Int32
    responses: list[ShareFetchableTopicResponse]
    node_endpoints: list[NodeEndpoint]


@struct
class ShareFetchableTopicResponse:
    topic_id: Uuid
    partitions: list[PartitionData]


@struct
class PartitionData:
    partition_index: Int32
    error_code: Int16
    error_message: String | None = None
    acknowledge_error_code: Int16
    acknowledge_error_message: String | None = None
    current_leader: LeaderIdAndEpoch
    records: Records
    acquired_records: list[AcquiredRecords]


@struct
class LeaderIdAndEpoch:
    leader_id: Int32
    leader_epoch: Int32


@struct
class AcquiredRecords:
    first_offset: Int64
    last_offset: Int64
    delivery_count: Int16


@struct
class NodeEndpoint:
    node_id: Int32
    host: String
    port: Int32
    rack: String | None = None
