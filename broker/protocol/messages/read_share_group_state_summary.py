"""ReadShareGroupStateSummary (key 87): between brokers: a share group's progress in brief (KIP-932).

v1 delivery_complete_count (KIP-1226)
"""

from __future__ import annotations

from broker.protocol.message import Int16, Int32, Int64, String, Uuid, field, request, response, struct


@request(key=87, versions="0-1", flexible="0+")
class ReadShareGroupStateSummaryRequest:
    group_id: String
    topics: list[ReadStateSummaryData]


@struct
class ReadStateSummaryData:
    topic_id: Uuid
    partitions: list[PartitionData]


@struct
class PartitionData:
    partition: Int32
    leader_epoch: Int32


@response(key=87, versions="0-1", flexible="0+")
class ReadShareGroupStateSummaryResponse:
    results: list[ReadStateSummaryResult]


@struct
class ReadStateSummaryResult:
    topic_id: Uuid
    partitions: list[PartitionResult]


@struct
class PartitionResult:
    partition: Int32
    error_code: Int16
    error_message: String | None = None
    state_epoch: Int32
    leader_epoch: Int32
    start_offset: Int64
    delivery_complete_count: Int32 = field("1+", default=-1)
