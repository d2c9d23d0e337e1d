"""OffsetDelete (key 47): forget committed offsets of a group (KIP-496).

It is not flexible, although it is younger than that.
"""

from __future__ import annotations

from broker.protocol.message import Int16, Int32, String, request, response, struct


@request(key=47, versions="0", flexible="none")
class OffsetDeleteRequest:
    group_id: String
    topics: list[OffsetDeleteRequestTopic]


@struct
class OffsetDeleteRequestTopic:
    name: String
    partitions: list[OffsetDeleteRequestPartition]


@struct
class OffsetDeleteRequestPartition:
    partition_index: Int32


@response(key=47, versions="0", flexible="none")
class OffsetDeleteResponse:
    error_code: Int16
    throttle_time_ms: Int32 = 0
    topics: list[OffsetDeleteResponseTopic]


@struct
class OffsetDeleteResponseTopic:
    name: String
    partitions: list[OffsetDeleteResponsePartition]


@struct
class OffsetDeleteResponsePartition:
    partition_index: Int32
    error_code: Int16
