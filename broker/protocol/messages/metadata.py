"""Metadata (key 3): the brokers, and topics with their partitions and leaders.

v1 racks, controller, internal topics   v2 cluster_id (KIP-78)   v4 auto-creation on request
v5 offline replicas (KIP-112)   v7 leader epochs (KIP-320)   v8 authorized operations (KIP-430)
v9 flexible   v10 topic ids in the answer (KIP-516)   v11 cluster operations moved away (KIP-700)
v12 asking by topic id   v13 an error for the whole answer (KIP-1102)
"""

from __future__ import annotations

from broker.protocol.message import Bool, Int16, Int32, String, Uuid, field, request, response, struct
from broker.protocol.uuids import ZERO_UUID


@request(key=3, versions="0-13", flexible="9+")
class MetadataRequest:
    # null: all of them; in v0 an empty list means that
    topics: list[MetadataRequestTopic] | None = field(nullable="1+")
    allow_auto_topic_creation: Bool = field("4+", default=True)
    include_cluster_authorized_operations: Bool = field("8-10", default=False)
    include_topic_authorized_operations: Bool = field("8+", default=False)


@struct
class MetadataRequestTopic:
    topic_id: Uuid = field("10+", default=ZERO_UUID)
    name: String | None = field(nullable="10+")  # null: the topic is asked for by its id


@response(key=3, versions="0-13", flexible="9+")
class MetadataResponse:
    throttle_time_ms: Int32 = field("3+", default=0)
    brokers: list[MetadataResponseBroker]
    cluster_id: String | None = field("2+", default=None)
    controller_id: Int32 = field("1+", default=-1)
    topics: list[MetadataResponseTopic]
    # bits by AclOperation; the lowest number: was not asked for
    cluster_authorized_operations: Int32 = field("8-10", default=-2147483648)
    error_code: Int16 = field("13+")


@struct
class MetadataResponseBroker:
    node_id: Int32
    host: String
    port: Int32
    rack: String | None = field("1+", default=None)


@struct
class MetadataResponseTopic:
    error_code: Int16
    name: String | None = field(nullable="12+")  # null: no topic has that id
    topic_id: Uuid = field("10+", default=ZERO_UUID)
    is_internal: Bool = field("1+", default=False)
    partitions: list[MetadataResponsePartition]
    # bits by AclOperation; the lowest number: was not asked for
    topic_authorized_operations: Int32 = field("8+", default=-2147483648)


@struct
class MetadataResponsePartition:
    error_code: Int16
    partition_index: Int32
    leader_id: Int32  # -1: there is none
    leader_epoch: Int32 = field("7+", default=-1)
    replica_nodes: list[Int32]
    isr_nodes: list[Int32]
    offline_replicas: list[Int32] = field("5+")
