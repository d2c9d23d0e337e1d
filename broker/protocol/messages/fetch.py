"""Fetch (key 1): read record batches from offsets on, waiting for them if there are too few.

v4 isolation level (KIP-98)   v5 log_start_offset (KIP-107)   v7 fetch sessions (KIP-227)
v9 leader epochs (KIP-320)   v10 zstd (KIP-110)   v11 racks (KIP-392)
v12 flexible, diverging epochs, current leader (KIP-595)   v13 topic ids (KIP-516)
v14 OFFSET_MOVED_TO_TIERED_STORAGE (KIP-405)   v15 replica_state (KIP-903)
v16 node endpoints (KIP-951)   v17 directory ids (KIP-853)   v18 a follower's high watermark (KIP-1166)
"""

from __future__ import annotations

from broker.protocol.message import (
    DEFAULTS,
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
from broker.protocol.uuids import ZERO_UUID


@request(key=1, versions="4-18", flexible="12+")
class FetchRequest:
    cluster_id: String | None = field("12+", tag=0, default=None)
    replica_id: Int32 = field("0-14", default=-1)  # -1: a client
    replica_state: ReplicaState = field("15+", tag=1, default=DEFAULTS)
    max_wait_ms: Int32
    min_bytes: Int32
    max_bytes: Int32 = 2147483647  # the first batch may be larger
    isolation_level: Int8 = 0  # 0 read uncommitted, 1 read committed
    session_id: Int32 = field("7+", default=0)
    session_epoch: Int32 = field("7+", default=-1)  # 0 opens a session, -1 is outside of one or closes it
    topics: list[FetchTopic]
    forgotten_topics_data: list[ForgottenTopic] = field("7+", default=[])  # leave the session
    rack_id: String = field("11+", default="")


@struct
class ReplicaState:
    replica_id: Int32 = -1
    replica_epoch: Int64 = -1


@struct
class FetchTopic:
    topic: String = field("0-12", default="")
    topic_id: Uuid = field("13+", default=ZERO_UUID)
    partitions: list[FetchPartition]


@struct
class FetchPartition:
    partition: Int32
    current_leader_epoch: Int32 = field("9+", default=-1)  # -1: is not checked
    fetch_offset: Int64
    last_fetched_epoch: Int32 = field("12+", default=-1)  # -1: is not known
    log_start_offset: Int64 = field("5+", default=-1)
    partition_max_bytes: Int32
    replica_directory_id: Uuid = field("17+", tag=0, default=ZERO_UUID)
    high_watermark: Int64 = field("18+", tag=1, default=9223372036854775807)


@struct
class ForgottenTopic:
    topic: String = field("7-12", default="")
    topic_id: Uuid = field("13+", default=ZERO_UUID)
    partitions: list[Int32]


@response(key=1, versions="4-18", flexible="12+")
class FetchResponse:
    throttle_time_ms: Int32 = 0
    error_code: Int16 = field("7+")
    session_id: Int32 = field("7+", default=0)  # 0: no session
    responses: list[FetchableTopicResponse]
    node_endpoints: list[NodeEndpoint] = field("16+", tag=0, default=[])  # where those leaders are


@struct
class FetchableTopicResponse:
    topic: String = field("0-12", default="")
    topic_id: Uuid = field("13+", default=ZERO_UUID)
    partitions: list[PartitionData]


@struct
class PartitionData:
    partition_index: Int32
    error_code: Int16
    high_watermark: Int64
    last_stable_offset: Int64 = -1
    log_start_offset: Int64 = field("5+", default=-1)
    # where the follower's log and ours part
    diverging_epoch: EpochEndOffset = field("12+", tag=0, default=DEFAULTS)
    # only where the asked one leads no longer
    current_leader: LeaderIdAndEpoch = field("12+", tag=1, default=DEFAULTS)
    snapshot_id: SnapshotId = field("12+", tag=2, default=DEFAULTS)  # of the metadata log only
    aborted_transactions: list[AbortedTransaction] | None  # null if uncommitted records were asked for
    preferred_read_replica: Int32 = field("11+", default=-1)  # -1: stay here
    records: Records | None


@struct
class EpochEndOffset:
    epoch: Int32 = -1
    end_offset: Int64 = -1


@struct
class LeaderIdAndEpoch:
    leader_id: Int32 = -1
    leader_epoch: Int32 = -1


@struct
class SnapshotId:
    end_offset: Int64 = -1
    epoch: Int32 = -1


@struct
class AbortedTransaction:
    producer_id: Int64
    first_offset: Int64


@struct
class NodeEndpoint:
    node_id: Int32
    host: String
    port: Int32
    rack: String | None = None
