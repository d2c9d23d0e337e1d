"""Produce (key 0): append record batches to partitions.

v3 transactional_id, record batch v2 (KIP-98)   v5 log_start_offset   v7 zstd (KIP-110)
v8 record errors (KIP-467)   v9 flexible (KIP-482)   v10 current leader (KIP-951)
v11 TRANSACTION_ABORTABLE, v12 partitions join the transaction by being written to (KIP-890)
v13 topic ids (KIP-516)

Kafka shows versions 0-2 in ApiVersions, too, and refuses them: old librdkafka compresses only then.
"""

from __future__ import annotations

from broker.protocol.message import (
    DEFAULTS,
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
from broker.protocol.uuids import ZERO_UUID


@request(key=0, versions="3-13", flexible="9+")
class ProduceRequest:
    transactional_id: String | None = None
    acks: Int16  # 0 no acknowledgement, 1 leader only, -1 all in-sync replicas
    timeout_ms: Int32
    topic_data: list[TopicProduceData]


@struct
class TopicProduceData:
    name: String = field("0-12", default="")
    topic_id: Uuid = field("13+", default=ZERO_UUID)
    partition_data: list[PartitionProduceData]


@struct
class PartitionProduceData:
    index: Int32
    records: Records | None  # exactly one batch


@response(key=0, versions="3-13", flexible="9+")
class ProduceResponse:
    responses: list[TopicProduceResponse]
    throttle_time_ms: Int32 = 0
    node_endpoints: list[NodeEndpoint] = field("10+", tag=0, default=[])  # where those leaders are


@struct
class TopicProduceResponse:
    name: String = field("0-12", default="")
    topic_id: Uuid = field("13+", default=ZERO_UUID)
    partition_responses: list[PartitionProduceResponse]


@struct
class PartitionProduceResponse:
    index: Int32
    error_code: Int16
    base_offset: Int64  # -1 with an error
    log_append_time_ms: Int64 = -1  # -1: the records keep their own timestamps
    log_start_offset: Int64 = field("5+", default=-1)
    record_errors: list[BatchIndexAndErrorMessage] = field("8+")
    error_message: String | None = field("8+", default=None)
    # only where the asked one leads no longer
    current_leader: LeaderIdAndEpoch = field("10+", tag=0, default=DEFAULTS)


@struct
class BatchIndexAndErrorMessage:
    batch_index: Int32
    batch_index_error_message: String | None = None


@struct
class LeaderIdAndEpoch:
    leader_id: Int32 = -1
    leader_epoch: Int32 = -1


@struct
class NodeEndpoint:
    node_id: Int32
    host: String
    port: Int32
    rack: String | None = None
