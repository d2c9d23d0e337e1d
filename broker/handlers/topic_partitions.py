"""DescribeTopicPartitions (key 75): topics by the page (KIP-966).

Topics come in the order of their names; where the limit of partitions is reached, the cursor says
with which partition the next page begins.

Differences from Apache Kafka: none known.
"""

from typing import TYPE_CHECKING

from broker.cluster.topic_names import check_topic_name
from broker.handlers import authorized_operations
from broker.handlers.context import Broker, RequestContext
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.messages.describe_topic_partitions import (
    Cursor,
    DescribeTopicPartitionsRequest,
    DescribeTopicPartitionsResponse,
    DescribeTopicPartitionsResponsePartition,
    DescribeTopicPartitionsResponseTopic,
)
from broker.protocol.uuids import ZERO_UUID

if TYPE_CHECKING:
    from broker.cluster.topics import Partition, Topic


async def describe_topic_partitions(
    request: DescribeTopicPartitionsRequest, context: RequestContext, broker: Broker
) -> DescribeTopicPartitionsResponse:
    """One page; a cursor that points nowhere is every topic's error."""
    try:
        names, first = _asked_names(request, broker)
    except KafkaError as error:
        return DescribeTopicPartitionsResponse(
            topics=[_refused(topic.name, error.code) for topic in request.topics]
        )
    left = max(1, min(broker.settings.max_request_partition_size_limit, request.response_partition_limit))
    topics: list[DescribeTopicPartitionsResponseTopic] = []
    for name in names:
        if left == 0:
            return DescribeTopicPartitionsResponse(
                topics=topics, next_cursor=Cursor(topic_name=name, partition_index=0)
            )
        topic = broker.cluster.topics.by_name.get(name)
        if topic is None:
            topics.append(_unknown(name))
            continue
        start = first if request.cursor is not None and name == request.cursor.topic_name else 0
        end = min(len(topic.partitions), start + left)
        topics.append(_described(topic, topic.partitions[start:end], broker))
        left -= max(0, end - start)
        if end < len(topic.partitions):
            return DescribeTopicPartitionsResponse(
                topics=topics, next_cursor=Cursor(topic_name=name, partition_index=end)
            )
    return DescribeTopicPartitionsResponse(topics=topics)


def _asked_names(request: DescribeTopicPartitionsRequest, broker: Broker) -> tuple[list[str], int]:
    """The topics of this page and those after it, and the first partition of the first one.

    Raises: KafkaError(INVALID_REQUEST): a cursor that points nowhere.
    """
    asked = {topic.name for topic in request.topics}
    names = sorted(asked or broker.cluster.topics.by_name)
    cursor = request.cursor
    if cursor is None:
        return names, 0
    if cursor.partition_index < 0:
        raise KafkaError(ErrorCode.INVALID_REQUEST, "The cursor's partition is negative.")
    if asked and cursor.topic_name not in asked:
        raise KafkaError(ErrorCode.INVALID_REQUEST, "The cursor's topic is not among those asked for.")
    return [name for name in names if name >= cursor.topic_name], cursor.partition_index


def _unknown(name: str) -> DescribeTopicPartitionsResponseTopic:
    try:
        check_topic_name(name)
        code = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    except KafkaError as error:
        code = error.code
    unknown = _refused(name, code)
    unknown.topic_authorized_operations = authorized_operations.TOPIC
    return unknown


def _refused(name: str, code: ErrorCode) -> DescribeTopicPartitionsResponseTopic:
    return DescribeTopicPartitionsResponseTopic(error_code=code, name=name, topic_id=ZERO_UUID, partitions=[])


def _described(
    topic: "Topic", partitions: "list[Partition]", broker: Broker
) -> DescribeTopicPartitionsResponseTopic:
    nodes = broker.cluster.nodes
    return DescribeTopicPartitionsResponseTopic(
        error_code=ErrorCode.NONE,
        name=topic.name,
        topic_id=topic.topic_id,
        is_internal=topic.is_internal,
        partitions=[
            DescribeTopicPartitionsResponsePartition(
                error_code=ErrorCode.NONE,
                partition_index=partition.index,
                leader_id=partition.leader,
                leader_epoch=partition.leader_epoch,
                replica_nodes=list(partition.replicas),
                isr_nodes=list(partition.isr),
                eligible_leader_replicas=[],
                last_known_elr=[],
                offline_replicas=[node for node in partition.replicas if node not in nodes],
            )
            for partition in partitions
        ],
        topic_authorized_operations=authorized_operations.TOPIC,
    )
