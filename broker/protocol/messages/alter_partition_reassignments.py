"""AlterPartitionReassignments (key 45): move partitions to other brokers, or stop doing so (KIP-455).

v1 whether the replication factor may change (KIP-860)
"""

from __future__ import annotations

from broker.protocol.message import Bool, Int16, Int32, String, field, request, response, struct


@request(key=45, versions="0-1", flexible="0+")
class AlterPartitionReassignmentsRequest:
    timeout_ms: Int32 = 60000
    allow_replication_factor_change: Bool = field("1+", default=True)
    topics: list[ReassignableTopic]


@struct
class ReassignableTopic:
    name: String
    partitions: list[ReassignablePartition]


@struct
class ReassignablePartition:
    partition_index: Int32
    replicas: list[Int32] | None = None  # null: stop moving it


@response(key=45, versions="0-1", flexible="0+")
class AlterPartitionReassignmentsResponse:
    throttle_time_ms: Int32 = 0
    allow_replication_factor_change: Bool = field("1+", default=True)
    error_code: Int16
    error_message: String | None
    responses: list[ReassignableTopicResponse]


@struct
class ReassignableTopicResponse:
    name: String
    partitions: list[ReassignablePartitionResponse]


@struct
class ReassignablePartitionResponse:
    partition_index: Int32
    error_code: Int16
    error_message: String | None
