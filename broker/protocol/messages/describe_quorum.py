"""DescribeQuorum (key 55): the controllers, and how far each has come (KIP-595).

v1 timestamps (KIP-836)   v2 directory ids, endpoints, error messages (KIP-853)
"""

from __future__ import annotations

from broker.protocol.message import (
    Int16,
    Int32,
    Int64,
    String,
    Uint16,
    Uuid,
    field,
    request,
    response,
    struct,
)
from broker.protocol.uuids import ZERO_UUID


@request(key=55, versions="0-2", flexible="0+")
class DescribeQuorumRequest:
    topics: list[TopicData]


@struct
class TopicData:
    topic_name: String
    partitions: list[PartitionData]


@struct
class PartitionData:
    partition_index: Int32


@response(key=55, versions="0-2", flexible="0+")
class DescribeQuorumResponse:
    error_code: Int16
    error_message: String | None = field("2+", default="")
    topics: list[TopicDataResponse]
    nodes: list[Node] = field("2+")


@struct
class TopicDataResponse:
    topic_name: String
    partitions: list[PartitionDataResponse]


@struct
class PartitionDataResponse:
    partition_index: Int32
    error_code: Int16
    error_message: String | None = field("2+", default="")
    leader_id: Int32
    leader_epoch: Int32
    high_watermark: Int64
    current_voters: list[ReplicaState]
    observers: list[ReplicaState]


@struct
class ReplicaState:
    replica_id: Int32
    replica_directory_id: Uuid = field("2+", default=ZERO_UUID)
    log_end_offset: Int64
    last_fetch_timestamp: Int64 = field("1+", default=-1)
    last_caught_up_timestamp: Int64 = field("1+", default=-1)


@struct
class Node:
    node_id: Int32
    listeners: list[Listener]


@struct
class Listener:
    name: String
    host: String
    port: Uint16
