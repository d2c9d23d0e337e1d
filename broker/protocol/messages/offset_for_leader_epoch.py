"""OffsetForLeaderEpoch (key 23): where a leader epoch ended (KIP-101).

v2 current_leader_epoch, for consumers (KIP-320)   v3 replica_id   v4 flexible
"""

from __future__ import annotations

from broker.protocol.message import Int16, Int32, Int64, String, field, request, response, struct


@request(key=23, versions="2-4", flexible="4+")
class OffsetForLeaderEpochRequest:
    # -1: a client, -2: one that may look beyond the high watermark
    replica_id: Int32 = field("3+", default=-2)
    topics: list[OffsetForLeaderTopic]


@struct
class OffsetForLeaderTopic:
    topic: String
    partitions: list[OffsetForLeaderPartition]


@struct
class OffsetForLeaderPartition:
    partition: Int32
    current_leader_epoch: Int32 = -1
    leader_epoch: Int32


@response(key=23, versions="2-4", flexible="4+")
class OffsetForLeaderEpochResponse:
    throttle_time_ms: Int32 = 0
    topics: list[OffsetForLeaderTopicResult]


@struct
class OffsetForLeaderTopicResult:
    topic: String
    partitions: list[EpochEndOffset]


@struct
class EpochEndOffset:
    error_code: Int16
    partition: Int32
    leader_epoch: Int32 = -1  # the asked one, or the last before it; -1: neither is known
    end_offset: Int64 = -1
