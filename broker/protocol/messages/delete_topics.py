"""DeleteTopics (key 20).

v3 TOPIC_DELETION_DISABLED   v4 flexible   v5 error messages, THROTTLING_QUOTA_EXCEEDED (KIP-599)
v6 topic ids (KIP-516)
"""

from __future__ import annotations

from broker.protocol.message import Int16, Int32, String, Uuid, field, request, response, struct
from broker.protocol.uuids import ZERO_UUID


@request(key=20, versions="1-6", flexible="4+")
class DeleteTopicsRequest:
    topics: list[DeleteTopicState] = field("6+", default=[])
    topic_names: list[String] = field("0-5", default=[])
    timeout_ms: Int32


@struct
class DeleteTopicState:
    name: String | None = None  # null: by its id
    topic_id: Uuid


@response(key=20, versions="1-6", flexible="4+")
class DeleteTopicsResponse:
    throttle_time_ms: Int32 = 0
    responses: list[DeletableTopicResult]


@struct
class DeletableTopicResult:
    name: String | None = field(nullable="6+")
    topic_id: Uuid = field("6+", default=ZERO_UUID)
    error_code: Int16
    error_message: String | None = field("5+", default=None)
