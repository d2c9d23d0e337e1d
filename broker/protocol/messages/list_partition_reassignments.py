"""ListPartitionReassignments (key 46): which partitions are being moved (KIP-455)."""

from __future__ import annotations

from broker.protocol.message import Int16, Int32, String, request, response, struct


@request(key=46, versions="0", flexible="0+")
class ListPartitionReassignmentsRequest:
    timeout_ms: Int32 = 60000
    topics: list[ListPartitionReassignmentsTopics] | None = None  # null: all of them


@struct
class ListPartitionReassignmentsTopics:
    name: String
    partition_indexes: list[Int32]


@response(key=46, versions="0", flexible="0+")
class ListPartitionReassignmentsResponse:
    throttle_time_ms: Int32 = 0
    error_code: Int16
    error_message: String | None
    topics: list[OngoingTopicReassignment]


@struct
class OngoingTopicReassignment:
    name: String
    partitions: list[OngoingPartitionReassignment]


@struct
class OngoingPartitionReassignment:
    partition_index: Int32
    replicas: list[Int32]
    adding_replicas: list[Int32]
    removing_replicas: list[Int32]
