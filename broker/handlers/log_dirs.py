"""DescribeLogDirs (key 35): what the data directory holds, and how much room there is.

Differences from Apache Kafka: there is one directory; in memory it has no size (-1).
"""

from collections import defaultdict

from broker.handlers.context import Broker, RequestContext
from broker.log.engine import LogDirectory
from broker.protocol.errors import ErrorCode
from broker.protocol.messages.describe_log_dirs import (
    DescribeLogDirsPartition,
    DescribeLogDirsRequest,
    DescribeLogDirsResponse,
    DescribeLogDirsResult,
    DescribeLogDirsTopic,
)


async def describe_log_dirs(
    request: DescribeLogDirsRequest, context: RequestContext, broker: Broker
) -> DescribeLogDirsResponse:
    """The partitions that are named, or all of them (null)."""
    if request.topics is None:
        wanted = None
    else:
        wanted = {(topic.topic, number) for topic in request.topics for number in topic.partitions}
    return DescribeLogDirsResponse(
        error_code=ErrorCode.NONE,
        results=[_described(directory, wanted) for directory in broker.logs.describe()],
    )


def _described(directory: LogDirectory, wanted: set[tuple[str, int]] | None) -> DescribeLogDirsResult:
    topics: defaultdict[str, list[DescribeLogDirsPartition]] = defaultdict(list)
    for key, size_bytes in directory.partitions.items():
        if wanted is None or (key.topic, key.partition) in wanted:
            topics[key.topic].append(
                DescribeLogDirsPartition(
                    partition_index=key.partition,
                    partition_size=size_bytes,
                    offset_lag=0,
                    is_future_key=False,
                )
            )
    return DescribeLogDirsResult(
        error_code=ErrorCode.NONE,
        log_dir=directory.path,
        topics=[DescribeLogDirsTopic(name=name, partitions=found) for name, found in topics.items()],
        total_bytes=directory.total_bytes,
        usable_bytes=directory.usable_bytes,
    )
