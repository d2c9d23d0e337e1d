"""CreatePartitions (key 37): let topics grow (KIP-195).

v2 flexible   v3 THROTTLING_QUOTA_EXCEEDED (KIP-599)
"""

from __future__ import annotations

from broker.protocol.message import Bool, Int16, Int32, String, request, response, struct


@request(key=37, versions="0-3", flexible="2+")
class CreatePartitionsRequest:
    topics: list[CreatePartitionsTopic]
    timeout_ms: Int32
    validate_only: Bool


@struct
class CreatePartitionsTopic:
    name: String
    count: Int32  # how many there are to be
    assignments: list[CreatePartitionsAssignment] | None  # of the new ones; null: the broker chooses


@struct
class CreatePartitionsAssignment:
    broker_ids: list[Int32]


@response(key=37, versions="0-3", flexible="2+")
class CreatePartitionsResponse:
    throttle_time_ms: Int32 = 0
    results: list[CreatePartitionsTopicResult]


@struct
class CreatePartitionsTopicResult:
    name: String
    error_code: Int16
    error_message: String | None = None
