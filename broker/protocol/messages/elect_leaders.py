"""ElectLeaders (key 43): make the preferred replica, or any that is alive, the leader (KIP-183).

v1 kinds of elections (KIP-460)   v2 flexible
"""

from __future__ import annotations

from broker.protocol.message import Int8, Int16, Int32, String, field, request, response, struct


@request(key=43, versions="0-2", flexible="2+")
class ElectLeadersRequest:
    election_type: Int8 = field("1+", default=0)  # 0 the preferred replica, 1 unclean: any that is alive
    topic_partitions: list[TopicPartitions] | None  # null: all of them
    timeout_ms: Int32 = 60000


@struct
class TopicPartitions:
    topic: String
    partitions: list[Int32]


@response(key=43, versions="0-2", flexible="2+")
class ElectLeadersResponse:
    throttle_time_ms: Int32 = 0
    error_code: Int16 = field("1+")
    replica_election_results: list[ReplicaElectionResult]


@struct
class ReplicaElectionResult:
    topic: String
    partition_result: list[PartitionResult]


@struct
class PartitionResult:
    partition_id: Int32
    error_code: Int16
    error_message: String | None
