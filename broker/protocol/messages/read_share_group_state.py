"""ReadShareGroupState (key 84): between brokers: what a share group has done with partitions (KIP-932)."""

from __future__ import annotations

from broker.protocol.message import Int8, Int16, Int32, Int64, String, Uuid, request, response, struct


@request(key=84, versions="0", flexible="0+")
class ReadShareGroupStateRequest:
    group_id: String
    topics: list[ReadStateData]


@struct
class ReadStateData:
    topic_id: Uuid
    partitions: list[PartitionData]


@struct
class PartitionData:
    partition: Int32
    leader_epoch: Int32


@response(key=84, versions="0", flexible="0+")
class ReadShareGroupStateResponse:
    results: list[ReadStateResult]


@struct
class ReadStateResult:
    topic_id: Uuid
    partitions: list[PartitionResult]


@struct
class PartitionResult:
    partition: Int32
    error_code: Int16
    error_message: String | None = None
    state_epoch: Int32
    start_offset: Int64
    state_batches: list[StateBatch]


@struct
class StateBatch:
    first_offset: Int64
    last_offset: Int64
    delivery_state: Int8  # 0 available, 2 acknowledged, 4 archived
    delivery_count: Int16
