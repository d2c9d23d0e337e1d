"""DescribeLogDirs (key 35): what the data directory holds, and how much room there is.

A partition has no files before its first record; its size is 0 until then.

Differences from Apache Kafka: there is one directory; in memory it has no size (-1); internal topics are
not in it.
"""

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
        results=[_described(directory, wanted, broker) for directory in broker.logs.describe()],
    )


def _described(
    directory: LogDirectory, wanted: set[tuple[str, int]] | None, broker: Broker
) -> DescribeLogDirsResult:
    topics = []
    for topic in broker.cluster.topics.by_name.values():
        found = [
            DescribeLogDirsPartition(
                partition_index=partition.index,
                partition_size=directory.partitions.get(partition.key, 0),
                offset_lag=0,
                is_future_key=False,
            )
            for partition in topic.partitions
            if broker.node_id in partition.replicas
            and (wanted is None or (topic.name, partition.index) in wanted)
        ]
        if found and not topic.is_internal:
            topics.append(DescribeLogDirsTopic(name=topic.name, partitions=found))
    return DescribeLogDirsResult(
        error_code=ErrorCode.NONE,
        log_dir=directory.path,
        topics=topics,
        total_bytes=directory.total_bytes,
        usable_bytes=directory.usable_bytes,
    )
