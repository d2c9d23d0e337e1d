"""DescribeLogDirs (key 35): the data directories, and how large the replicas in them are (KIP-113).

v2 flexible   v3 an error for the whole answer   v4 sizes of the volume (KIP-827)   v5 cordoned (KIP-1066)
"""

from __future__ import annotations

from broker.protocol.message import Bool, Int16, Int32, Int64, String, field, request, response, struct


@request(key=35, versions="1-5", flexible="2+")
class DescribeLogDirsRequest:
    topics: list[DescribableLogDirTopic] | None  # null: all of them


@struct
class DescribableLogDirTopic:
    topic: String
    partitions: list[Int32]


@response(key=35, versions="1-5", flexible="2+")
class DescribeLogDirsResponse:
    throttle_time_ms: Int32 = 0
    error_code: Int16 = field("3+")
    results: list[DescribeLogDirsResult]


@struct
class DescribeLogDirsResult:
    error_code: Int16
    log_dir: String
    topics: list[DescribeLogDirsTopic]
    total_bytes: Int64 = field("4+", default=-1)
    usable_bytes: Int64 = field("4+", default=-1)
    is_cordoned: Bool = field("5+", default=False)


@struct
class DescribeLogDirsTopic:
    name: String
    partitions: list[DescribeLogDirsPartition]


@struct
class DescribeLogDirsPartition:
    partition_index: Int32
    partition_size: Int64
    offset_lag: Int64  # behind the high watermark, or behind the replica it will replace
    is_future_key: Bool  # a replica that is being moved here
