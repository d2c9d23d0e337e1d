"""ConsumerGroupHeartbeat (key 68): all that a member of a consumer group says and hears (KIP-848).

v1 subscription by a regular expression; the member makes its own id (KIP-1082)
"""

from __future__ import annotations

from broker.protocol.message import Int16, Int32, String, Uuid, field, request, response, struct


@request(key=68, versions="0-1", flexible="0+")
class ConsumerGroupHeartbeatRequest:
    group_id: String
    member_id: String
    member_epoch: Int32  # 0 joins, -1 leaves, -2 leaves and will be back (static)
    instance_id: String | None = None
    rack_id: String | None = None
    rebalance_timeout_ms: Int32 = -1  # -1: as before; so is null in what follows
    subscribed_topic_names: list[String] | None = None
    subscribed_topic_regex: String | None = field("1+", default=None)
    server_assignor: String | None = None
    topic_partitions: list[TopicPartitions] | None = None


@struct
class TopicPartitions:
    topic_id: Uuid
    partitions: list[Int32]


@response(key=68, versions="0-1", flexible="0+")
class ConsumerGroupHeartbeatResponse:
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
