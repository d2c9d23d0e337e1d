"""DescribeProducers (key 61): the producers whose state partitions remember (KIP-664)."""

from __future__ import annotations

from broker.protocol.message import Int16, Int32, Int64, String, request, response, struct


@request(key=61, versions="0", flexible="0+")
class DescribeProducersRequest:
    topics: list[TopicRequest]


@struct
class TopicRequest:
    name: String
    partition_indexes: list[Int32]


@response(key=61, versions="0", flexible="0+")
class DescribeProducersResponse:
    throttle_time_ms: Int32 = 0
    topics: list[TopicResponse]


@struct
class TopicResponse:
    name: String
    partitions: list[PartitionResponse]


@struct
class PartitionResponse:
    partition_index: Int32
    error_code: Int16
    error_message: String | None = None
    active_producers: list[ProducerState]


@struct
class ProducerState:
    producer_id: Int64
    producer_epoch: Int32
    last_sequence: Int32 = -1
    last_timestamp: Int64 = -1
    coordinator_epoch: Int32
    current_txn_start_offset: Int64 = -1  # -1: no open transaction
