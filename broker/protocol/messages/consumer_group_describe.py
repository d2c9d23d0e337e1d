"""ConsumerGroupDescribe (key 69): state, members and assignments of consumer groups (KIP-848).

v1 whether a member uses the classic protocol (KIP-1099)
"""

from __future__ import annotations

from broker.protocol.message import Bool, Int8, Int16, Int32, String, Uuid, field, request, response, struct


@request(key=69, versions="0-1", flexible="0+")
class ConsumerGroupDescribeRequest:
    group_ids: list[String]
    include_authorized_operations: Bool


@response(key=69, versions="0-1", flexible="0+")
class ConsumerGroupDescribeResponse:
    throttle_time_ms: Int32 = 0
    groups: list[DescribedGroup]


@struct
class DescribedGroup:
    error_code: Int16
    error_message: String | None = None
    group_id: String
    group_state: String
    group_epoch: Int32
    assignment_epoch: Int32
    assignor_name: String
    members: list[Member]
    authorized_operations: Int32 = -2147483648  # bits by AclOperation; the lowest number: was not asked for


@struct
class Member:
    member_id: String
    instance_id: String | None = None
    rack_id: String | None = None
    member_epoch: Int32
    client_id: String
    client_host: String
    subscribed_topic_names: list[String]
    subscribed_topic_regex: String | None = None
    assignment: Assignment
    target_assignment: Assignment
    member_type: Int8 = field("1+", default=-1)  # -1 unknown, 0 classic, 1 consumer


@struct
class Assignment:
    topic_partitions: list[TopicPartitions]


@struct
class TopicPartitions:
    topic_id: Uuid
    topic_name: String
    partitions: list[Int32]
