"""ShareGroupHeartbeat (key 76): all that a member of a share group says and hears (KIP-932)."""

from __future__ import annotations

from broker.protocol.message import Int16, Int32, String, Uuid, request, response, struct


@request(key=76, versions="1", flexible="0+")
class ShareGroupHeartbeatRequest:
    group_id: String
    member_id: String
    member_epoch: Int32  # 0 joins, -1 leaves
    rack_id: String | None = None
    subscribed_topic_names: list[String] | None = None  # null: as before


@response(key=76, versions="1", flexible="0+")
class ShareGroupHeartbeatResponse:
    throttle_time_ms: Int32 = 0
    error_code: Int16
    error_message: String | None = None
    member_id: String | None = None
    member_epoch: Int32
    heartbeat_interval_ms: Int32
    assignment: Assignment | None = None  # null: as before


@struct
class Assignment:
    topic_partitions: list[TopicPartitions]


@struct
class TopicPartitions:
    topic_id: Uuid
    partitions: list[Int32]
