"""StreamsGroupHeartbeat (key 88): all that a member of a streams group says and hears (KIP-1071)."""

from __future__ import annotations

from broker.protocol.message import Bool, Int8, Int16, Int32, Int64, String, Uint16, request, response, struct


@request(key=88, versions="0", flexible="0+")
class StreamsGroupHeartbeatRequest:
    group_id: String
    member_id: String
    member_epoch: Int32  # 0 joins, -1 leaves, -2 leaves and will be back (static)
    endpoint_information_epoch: Int32
    instance_id: String | None = None
    rack_id: String | None = None
    rebalance_timeout_ms: Int32 = -1  # -1: as before; so is null in what follows
    topology: Topology | None = None
    active_tasks: list[TaskIds] | None = None
    standby_tasks: list[TaskIds] | None = None
    warmup_tasks: list[TaskIds] | None = None
    process_id: String | None = None
    user_endpoint: Endpoint | None = None  # where its state can be queried
    client_tags: list[KeyValue] | None = None
    task_offsets: list[TaskOffset] | None = None
    task_end_offsets: list[TaskOffset] | None = None
    shutdown_application: Bool = False


@struct
class Topology:
    epoch: Int32
    subtopologies: list[Subtopology]


@struct
class Subtopology:
    subtopology_id: String
    source_topics: list[String]
    source_topic_regex: list[String]
    state_changelog_topics: list[TopicInfo]
    repartition_sink_topics: list[String]
    repartition_source_topics: list[TopicInfo]
    copartition_groups: list[CopartitionGroup]


@struct
class TopicInfo:
    name: String
    partitions: Int32
    replication_factor: Int16
    topic_configs: list[KeyValue]


@struct
class KeyValue:
    key: String
    value: String


@struct
class CopartitionGroup:
    source_topics: list[Int16]  # positions in the lists of the subtopology
    source_topic_regex: list[Int16]
    repartition_source_topics: list[Int16]


@struct
class TaskIds:
    subtopology_id: String
    partitions: list[Int32]


@struct
class Endpoint:
    host: String
    port: Uint16


@struct
class TaskOffset:
    subtopology_id: String
    partition: Int32
    offset: Int64


@response(key=88, versions="0", flexible="0+")
class StreamsGroupHeartbeatResponse:
    throttle_time_ms: Int32 = 0
    error_code: Int16
    error_message: String | None = None
    member_id: String
    member_epoch: Int32
    heartbeat_interval_ms: Int32
    acceptable_recovery_lag: Int32
    task_offset_interval_ms: Int32
    status: list[Status] | None
    active_tasks: list[TaskIds] | None = None  # null: as before
    standby_tasks: list[TaskIds] | None = None
    warmup_tasks: list[TaskIds] | None = None
    endpoint_information_epoch: Int32
    partitions_by_user_endpoint: list[EndpointToPartitions] | None = None


@struct
class Status:
    # 0 stale topology, 1 source topics are missing, 2 partition counts do not fit, 3 internal topics are
    # missing, 4 the application is to stop, 5 the assignment comes later
    status_code: Int8
    status_detail: String


@struct
class EndpointToPartitions:
    user_endpoint: Endpoint
    active_partitions: list[TopicPartition]
    standby_partitions: list[TopicPartition]


@struct
class TopicPartition:
    topic: String
    partitions: list[Int32]
