"""WriteShareGroupState (key 85): between brokers: store what a share group has done (KIP-932).

v1 delivery_complete_count (KIP-1226)
"""

from __future__ import annotations

from broker.protocol.message import Int8, Int16, Int32, Int64, String, Uuid, field, request, response, struct


@request(key=85, versions="0-1", flexible="0+")
class WriteShareGroupStateRequest:
    group_id: String
    topics: list[WriteStateData]


@struct
class WriteStateData:
    topic_id: Uuid
    partitions: list[PartitionData]


@struct
class PartitionData:
    partition: Int32
    state_epoch: Int32
    leader_epoch: Int32
    start_offset: Int64  # -1: as before
    delivery_complete_count: Int32 = field("1+", default=-1)
    state_batches: list[StateBatch]


@struct
class StateBatch:
    first_offset: Int64
    last_offset: Int64
    delivery_state: Int8  # 0 available, 2 acknowledged, 4 archived
    delivery_count: Int16


@response(key=85, versions="0-1", flexible="0+")
class WriteShareGroupStateResponse:
    results: list[WriteStateResult]


@struct
class WriteStateResult:
    topic_id: Uuid
    partitions: list[PartitionResult]


@struct
class PartitionResult:
    partition: Int32
    error_code: Int16
    error_message: String | None = None
