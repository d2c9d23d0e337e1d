"""InitializeShareGroupState (key 83): between brokers: a share group begins with a partition (KIP-932)."""

from __future__ import annotations

from broker.protocol.message import Int16, Int32, Int64, String, Uuid, request, response, struct


@request(key=83, versions="0", flexible="0+")
class InitializeShareGroupStateRequest:
    group_id: String
    topics: list[InitializeStateData]


@struct
class InitializeStateData:
    topic_id: Uuid
    partitions: list[PartitionData]


@struct
class PartitionData:
    partition: Int32
    state_epoch: Int32
    start_offset: Int64


@response(key=83, versions="0", flexible="0+")
class InitializeShareGroupStateResponse:
    results: list[InitializeStateResult]


@struct
class InitializeStateResult:
    topic_id: Uuid
    partitions: list[PartitionResult]


@struct
class PartitionResult:
    partition: Int32
    error_code: Int16
    error_message: String | None = None
