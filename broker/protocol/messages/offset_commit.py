"""OffsetCommit (key 8): store how far a group has come.

v5 no retention time (KIP-211)   v6 leader epochs (KIP-320)   v7 static members (KIP-345)   v8 flexible
v9 members of the consumer protocol (KIP-848)   v10 topic ids instead of names
"""

from __future__ import annotations

from broker.protocol.message import Int16, Int32, Int64, String, Uuid, field, request, response, struct
from broker.protocol.uuids import ZERO_UUID


@request(key=8, versions="2-10", flexible="8+")
class OffsetCommitRequest:
    group_id: String
    generation_id_or_member_epoch: Int32 = -1  # -1: from outside of the group
    member_id: String
    group_instance_id: String | None = field("7+", default=None)
    retention_time_ms: Int64 = field("2-4", default=-1)  # -1: as the broker is set
    topics: list[OffsetCommitRequestTopic]


@struct
class OffsetCommitRequestTopic:
    name: String = field("0-9", default="")
    topic_id: Uuid = field("10+", default=ZERO_UUID)
    partitions: list[OffsetCommitRequestPartition]


@struct
class OffsetCommitRequestPartition:
    partition_index: Int32
    committed_offset: Int64
    committed_leader_epoch: Int32 = field("6+", default=-1)
    committed_metadata: String | None


@response(key=8, versions="2-10", flexible="8+")
class OffsetCommitResponse:
    throttle_time_ms: Int32 = field("3+", default=0)
    topics: list[OffsetCommitResponseTopic]


@struct
class OffsetCommitResponseTopic:
    name: String = field("0-9", default="")
    topic_id: Uuid = field("10+", default=ZERO_UUID)
    partitions: list[OffsetCommitResponsePartition]


@struct
class OffsetCommitResponsePartition:
    partition_index: Int32
    error_code: Int16
