"""Metadata (key 3): the nodes, and topics with their leaders.

A topic that is asked for and not there is made, if the broker and the client allow it, and is in the
same answer. Of very many the first are made, the others when they are asked for again.

Differences from Apache Kafka: a topic that is made on demand is answered at once, not with an error
first; the controller is always the node with the lowest id.
"""

from typing import TYPE_CHECKING

from broker.cluster.creation import plan_topic
from broker.cluster.topic_names import check_topic_name
from broker.handlers import authorized_operations
from broker.handlers.answer import Encoded
from broker.handlers.context import Broker, RequestContext
from broker.protocol.codec import encode
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.messages.metadata import (
    MetadataRequest,
    MetadataRequestTopic,
    MetadataResponse,
    MetadataResponseBroker,
    MetadataResponsePartition,
    MetadataResponseTopic,
)
from broker.protocol.uuids import ZERO_UUID, uuid_to_text
from broker.state.errors import StateError

if TYPE_CHECKING:
    from broker.cluster.topics import Partition, Topic

FIRST_BY_ID = 12
ALL_BY_EMPTY_LIST = 0
MOST_MADE = 50  # topics by one request, since nobody else is served meanwhile
WORTH_KEEPING = 100  # partitions; below that an answer is made faster than it is found


def metadata(request: MetadataRequest, context: RequestContext, broker: Broker) -> MetadataResponse | Encoded:
    """All topics (null; in version 0 an empty list), or those that are named by name or id, each once."""
    asks_all = request.topics is None or (context.api_version == ALL_BY_EMPTY_LIST and not request.topics)
    if asks_all:
        return _all_topics(request, context, broker)
    if context.api_version < FIRST_BY_ID and any(_is_by_id(topic) for topic in request.topics or ()):
        return _refused(request)
    asked = {(topic.name, topic.topic_id): topic for topic in request.topics or ()}
    on_demand = OnDemand(request, broker)
    told = {
        (topic.name, topic.topic_id): topic
        for topic in [_asked_topic(topic, request, broker, on_demand) for topic in asked.values()]
    }
    return _response(list(told.values()), request, context, broker)


def _all_topics(
    request: MetadataRequest, context: RequestContext, broker: Broker
) -> MetadataResponse | Encoded:
    """Every topic; the answer of a large cluster is kept until a topic changes."""
    topics = broker.cluster.topics
    key = (
        context.api_version,
        context.listener,
        context.local_host,
        request.include_cluster_authorized_operations,
        request.include_topic_authorized_operations,
    )
    kept = topics.kept_answers.get(key)
    if kept is not None:
        return Encoded(list(kept))
    response = _response(
        [_topic(topic, request, broker) for topic in topics.by_name.values()], request, context, broker
    )
    if sum(len(topic.partitions) for topic in topics.by_name.values()) < WORTH_KEEPING:
        return response
    buffers = encode(response, context.api_version)
    topics.kept_answers.put(key, buffers)
    return Encoded(list(buffers))


def _response(
    topics: list[MetadataResponseTopic], request: MetadataRequest, context: RequestContext, broker: Broker
) -> MetadataResponse:
    cluster = broker.cluster
    brokers = []
    for node_id, node in cluster.nodes.items():
        host, port = cluster.endpoint(node_id, context)
        brokers.append(MetadataResponseBroker(node_id=node_id, host=host, port=port, rack=node.rack))
    asked = request.include_cluster_authorized_operations
    return MetadataResponse(
        brokers=brokers,
        cluster_id=cluster.cluster_id,
        controller_id=cluster.controller_id,
        topics=topics,
        cluster_authorized_operations=authorized_operations.CLUSTER
        if asked
        else authorized_operations.NOT_ASKED,
        error_code=ErrorCode.NONE,
    )


def _refused(request: MetadataRequest) -> MetadataResponse:
    """The answer to ids that came too early: nothing in it but the error, for every topic."""
    topics = [
        MetadataResponseTopic(
            error_code=ErrorCode.INVALID_REQUEST,
            name=topic.name or "",
            topic_id=topic.topic_id,
            partitions=[],
        )
        for topic in request.topics or ()
    ]
    return MetadataResponse(brokers=[], topics=topics, error_code=ErrorCode.NONE)


def _is_by_id(asked: MetadataRequestTopic) -> bool:
    """Of an id and a name the id counts."""
    return asked.name is None or asked.topic_id != ZERO_UUID


class OnDemand:
    """Makes topics that are asked for and not there, if the broker and the client allow it."""

    def __init__(self, request: MetadataRequest, broker: Broker) -> None:
        is_allowed = request.allow_auto_topic_creation and broker.settings.auto_create_topics_enable
        self._left = MOST_MADE if is_allowed else 0
        self._broker = broker

    def make(self, name: str) -> "Topic":
        """Raises: KafkaError."""
        if not self._left:
            raise KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"there is no topic {name!r}")
        cluster = self._broker.cluster
        try:
            topic = cluster.topics.create(plan_topic(cluster, name))
        except StateError as error:
            raise KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"{name}: {error}") from error
        self._left -= 1
        self._broker.logger.info("topic made on demand", topic=name, partitions=len(topic.partitions))
        return topic


def _asked_topic(
    asked: MetadataRequestTopic, request: MetadataRequest, broker: Broker, on_demand: OnDemand
) -> MetadataResponseTopic:
    try:
        return _topic(_find(asked, broker, on_demand), request, broker)
    except KafkaError as error:
        is_by_id = _is_by_id(asked)
        return MetadataResponseTopic(
            error_code=error.code,
            name=None if is_by_id else asked.name,
            topic_id=asked.topic_id,
            partitions=[],
            topic_authorized_operations=authorized_operations.NOT_ASKED if is_by_id else _operations(request),
        )


def _find(asked: MetadataRequestTopic, broker: Broker, on_demand: OnDemand) -> "Topic":
    """Raises: KafkaError."""
    topics, name = broker.cluster.topics, asked.name
    if name is None or asked.topic_id != ZERO_UUID:
        found = topics.by_id.get(asked.topic_id)
        if found is None:
            raise KafkaError(ErrorCode.UNKNOWN_TOPIC_ID, f"no topic has id {uuid_to_text(asked.topic_id)}")
        return found
    found = topics.by_name.get(name)
    if found is not None:
        return found
    check_topic_name(name)
    return on_demand.make(name)


def _topic(topic: "Topic", request: MetadataRequest, broker: Broker) -> MetadataResponseTopic:
    return MetadataResponseTopic(
        error_code=ErrorCode.NONE,
        name=topic.name,
        topic_id=topic.topic_id,
        is_internal=topic.is_internal,
        partitions=[_partition(partition, broker) for partition in topic.partitions],
        topic_authorized_operations=_operations(request),
    )


def _operations(request: MetadataRequest) -> int:
    """Of any topic, also of one that is not there: a name is all it takes to have a right to it."""
    asked = request.include_topic_authorized_operations
    return authorized_operations.TOPIC if asked else authorized_operations.NOT_ASKED


def _partition(partition: "Partition", broker: Broker) -> MetadataResponsePartition:
    nodes = broker.cluster.nodes
    return MetadataResponsePartition(
        error_code=ErrorCode.NONE,
        partition_index=partition.index,
        leader_id=partition.leader,
        leader_epoch=partition.leader_epoch,
        replica_nodes=list(partition.replicas),
        isr_nodes=list(partition.isr),
        offline_replicas=[node for node in partition.replicas if node not in nodes],
    )
