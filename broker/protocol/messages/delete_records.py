"""DeleteRecords (key 21): move the start of partitions' logs forward (KIP-107).

v2 flexible
"""

from __future__ import annotations

from broker.protocol.message import Int16, Int32, Int64, String, request, response, struct


@request(key=21, versions="0-2", flexible="2+")
class DeleteRecordsRequest:
    topics: list[DeleteRecordsTopic]
    timeout_ms: Int32


@struct
class DeleteRecordsTopic:
    name: String
    partitions: list[DeleteRecordsPartition]


@struct
class DeleteRecordsPartition:
    partition_index: Int32
    offset: Int64  # the first that stays; -1: the high watermark


@response(key=21, versions="0-2", flexible="2+")
class DeleteRecordsResponse:
    throttle_time_ms: Int32 = 0
    topics: list[DeleteRecordsTopicResult]


@struct
class DeleteRecordsTopicResult:
    name: String
    partitions: list[DeleteRecordsPartitionResult]


@struct
class DeleteRecordsPartitionResult:
    partition_index: Int32
    low_watermark: Int64  # -1 with an error
    error_code: Int16
