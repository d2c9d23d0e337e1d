"""DeleteShareGroupState (key 86): between brokers: a share group is done with partitions (KIP-932)."""

from __future__ import annotations

from broker.protocol.message import Int16, Int32, String, Uuid, request, response, struct


@request(key=86, versions="0", flexible="0+")
class DeleteShareGroupStateRequest:
    group_id: String
    topics: list[DeleteStateData]


@struct
class DeleteStateData:
    topic_id: Uuid
    partitions: list[PartitionData]


@struct
class PartitionData:
    partition: Int32


@response(key=86, versions="0", flexible="0+")
class DeleteShareGroupStateResponse:
    results: list[DeleteStateResult]


@struct
class DeleteStateResult:
    topic_id: Uuid
    partitions: list[PartitionResult]


@struct
class PartitionResult:
    partition: Int32
    error_code: Int16
    error_message: String | None = None
