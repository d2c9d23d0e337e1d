"""CreateTopics (key 19).

v4 the broker's default counts (KIP-464)   v5 flexible, the resulting configs (KIP-525)
v6 THROTTLING_QUOTA_EXCEEDED (KIP-599)   v7 topic_id (KIP-516)
"""

from __future__ import annotations

from broker.protocol.message import Bool, Int8, Int16, Int32, String, Uuid, field, request, response, struct
from broker.protocol.uuids import ZERO_UUID


@request(key=19, versions="2-7", flexible="5+")
class CreateTopicsRequest:
    topics: list[CreatableTopic]
    timeout_ms: Int32 = 60000
    validate_only: Bool = False


@struct
class CreatableTopic:
    name: String
    num_partitions: Int32  # -1: as the broker is set, or as assigned
    replication_factor: Int16  # -1: as the broker is set, or as assigned
    assignments: list[CreatableReplicaAssignment]
    configs: list[CreatableTopicConfig]


@struct
class CreatableReplicaAssignment:
    partition_index: Int32
    broker_ids: list[Int32]


@struct
class CreatableTopicConfig:
    name: String
    value: String | None


@response(key=19, versions="2-7", flexible="5+")
class CreateTopicsResponse:
    throttle_time_ms: Int32 = 0
    topics: list[CreatableTopicResult]


@struct
class CreatableTopicResult:
    name: String
    topic_id: Uuid = field("7+", default=ZERO_UUID)
    error_code: Int16
    error_message: String | None
    topic_config_error_code: Int16 = field("5+", tag=0, default=0)  # why configs is null
    num_partitions: Int32 = field("5+", default=-1)
    replication_factor: Int16 = field("5+", default=-1)
    configs: list[CreatableTopicConfigs] | None = field("5+")


@struct
class CreatableTopicConfigs:
    name: String
    value: String | None
    read_only: Bool
    # 1 topic, 2 broker, 3 all brokers, 4 start of the broker, 5 default; -1 must not reach a client
    config_source: Int8 = -1
    is_sensitive: Bool
