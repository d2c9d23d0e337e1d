"""ListOffsets (key 2): the offset of a timestamp, or of one of the log's ends.

v1 one offset and its timestamp (KIP-79)   v2 isolation level (KIP-98)   v4 leader epochs (KIP-320)
v5 OFFSET_NOT_AVAILABLE (KIP-207)   v6 flexible   v7 timestamp -3 (KIP-734)   v8 -4 (KIP-405)
v9 -5 (KIP-1005)   v10 timeout_ms for remote look-ups (KIP-1075)   v11 -6 (KIP-1023)
"""

from __future__ import annotations

from broker.protocol.message import Int8, Int16, Int32, Int64, String, field, request, response, struct


@request(key=2, versions="1-11", flexible="6+")
class ListOffsetsRequest:
    replica_id: Int32  # -1: a client
    isolation_level: Int8 = field("2+", default=0)  # 0 read uncommitted, 1 read committed
    topics: list[ListOffsetsTopic]
    timeout_ms: Int32 = field("10+", default=0)


@struct
class ListOffsetsTopic:
    name: String
    partitions: list[ListOffsetsPartition]


@struct
class ListOffsetsPartition:
    partition_index: Int32
    current_leader_epoch: Int32 = field("4+", default=-1)
    # a time in ms, or -1 latest, -2 earliest, -3 max timestamp, -4 earliest local, -5 latest tiered, -6
    # earliest pending upload
    timestamp: Int64


@response(key=2, versions="1-11", flexible="6+")
class ListOffsetsResponse:
    throttle_time_ms: Int32 = field("2+", default=0)
    topics: list[ListOffsetsTopicResponse]


@struct
class ListOffsetsTopicResponse:
    name: String
    partitions: list[ListOffsetsPartitionResponse]


@struct
class ListOffsetsPartitionResponse:
    partition_index: Int32
    error_code: Int16
    timestamp: Int64 = -1
    offset: Int64 = -1  # -1: no record is that late
    leader_epoch: Int32 = field("4+", default=-1)
