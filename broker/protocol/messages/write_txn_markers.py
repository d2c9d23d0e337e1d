"""WriteTxnMarkers (key 27): a transaction coordinator has its outcome written to the partitions (KIP-98).

v1 flexible   v2 transaction_version (KIP-1228)
"""

from __future__ import annotations

from broker.protocol.message import Bool, Int8, Int16, Int32, Int64, String, field, request, response, struct


@request(key=27, versions="1-2", flexible="1+")
class WriteTxnMarkersRequest:
    markers: list[WritableTxnMarker]


@struct
class WritableTxnMarker:
    producer_id: Int64
    producer_epoch: Int16
    transaction_result: Bool  # true: committed
    topics: list[WritableTxnMarkerTopic]
    coordinator_epoch: Int32
    transaction_version: Int8 = field("2+", default=0)


@struct
class WritableTxnMarkerTopic:
    name: String
    partition_indexes: list[Int32]


@response(key=27, versions="1-2", flexible="1+")
class WriteTxnMarkersResponse:
    markers: list[WritableTxnMarkerResult]


@struct
class WritableTxnMarkerResult:
    producer_id: Int64
    topics: list[WritableTxnMarkerTopicResult]


@struct
class WritableTxnMarkerTopicResult:
    name: String
    partitions: list[WritableTxnMarkerPartitionResult]


@struct
class WritableTxnMarkerPartitionResult:
    partition_index: Int32
    error_code: Int16
