"""OffsetFetch (key 9): how far groups have come.

v2 all topics at once, an error for the whole answer (KIP-88)   v5 leader epochs (KIP-320)   v6 flexible
v7 only stable offsets (KIP-447)   v8 several groups (KIP-709)   v9 members of the consumer protocol
(KIP-848)   v10 topic ids instead of names
"""

from __future__ import annotations

from broker.protocol.message import Bool, Int16, Int32, Int64, String, Uuid, field, request, response, struct
from broker.protocol.uuids import ZERO_UUID


@request(key=9, versions="1-10", flexible="6+")
class OffsetFetchRequest:
    group_id: String = field("0-7", default="")
    # null: all of them
    topics: list[OffsetFetchRequestTopic] | None = field("0-7", nullable="2-7", default=[])
    groups: list[OffsetFetchRequestGroup] = field("8+", default=[])
    require_stable: Bool = field("7+", default=False)  # refuse offsets that a transaction may still change


@struct
class OffsetFetchRequestTopic:
    name: String
    partition_indexes: list[Int32]


@struct
class OffsetFetchRequestGroup:
    group_id: String
    member_id: String | None = field("9+", default=None)
    member_epoch: Int32 = field("9+", default=-1)
    topics: list[OffsetFetchRequestTopics] | None  # null: all of them


@struct
class OffsetFetchRequestTopics:
    name: String = field("8-9", default="")
    topic_id: Uuid = field("10+", default=ZERO_UUID)
    partition_indexes: list[Int32]


@response(key=9, versions="1-10", flexible="6+")
class OffsetFetchResponse:
    throttle_time_ms: Int32 = field("3+", default=0)
    topics: list[OffsetFetchResponseTopic] = field("0-7", default=[])
    error_code: Int16 = field("2-7", default=0)
    groups: list[OffsetFetchResponseGroup] = field("8+")


@struct
class OffsetFetchResponseTopic:
    name: String
    partitions: list[OffsetFetchResponsePartition]


@struct
class OffsetFetchResponsePartition:
    partition_index: Int32
    committed_offset: Int64  # -1: none
    committed_leader_epoch: Int32 = field("5-7", default=-1)
    metadata: String | None
    error_code: Int16


@struct
class OffsetFetchResponseGroup:
    group_id: String
    topics: list[OffsetFetchResponseTopics]
    error_code: Int16 = 0


@struct
class OffsetFetchResponseTopics:
    name: String = field("8-9", default="")
    topic_id: Uuid = field("10+", default=ZERO_UUID)
    partitions: list[OffsetFetchResponsePartitions]


@struct
class OffsetFetchResponsePartitions:
    partition_index: Int32
    committed_offset: Int64  # -1: none
    committed_leader_epoch: Int32 = -1
    metadata: String | None
    error_code: Int16
