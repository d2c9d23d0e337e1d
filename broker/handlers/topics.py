"""Topics: made, grown and deleted.

CreateTopics 19   DeleteTopics 20   CreatePartitions 37

Differences from Apache Kafka: internal topics cannot be deleted or grown (INVALID_REQUEST), since
nothing is stored in them; `timeout_ms` is not looked at, an answer comes when the work is done.
"""

from asyncio import sleep
from collections import Counter
from typing import TYPE_CHECKING

from broker.cluster.creation import plan_growth, plan_topic
from broker.cluster.topics import NewTopic
from broker.handlers.context import Broker, RequestContext
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.messages.create_partitions import (
    CreatePartitionsRequest,
    CreatePartitionsResponse,
    CreatePartitionsTopic,
    CreatePartitionsTopicResult,
)
from broker.protocol.messages.create_topics import (
    CreatableTopic,
    CreatableTopicConfigs,
    CreatableTopicResult,
    CreateTopicsRequest,
    CreateTopicsResponse,
)
from broker.protocol.messages.delete_topics import (
    DeletableTopicResult,
    DeleteTopicsRequest,
    DeleteTopicsResponse,
    DeleteTopicState,
)
from broker.protocol.uuids import ZERO_UUID, uuid_to_text
from broker.settings.describe import topic_rows
from broker.settings.topic import TopicConfig

if TYPE_CHECKING:
    from broker.cluster.topics import Topic

FIRST_WITH_TOPIC_STATES = 6
FIRST_WITH_DELETION_DISABLED = 3


async def create_topics(
    request: CreateTopicsRequest, context: RequestContext, broker: Broker
) -> CreateTopicsResponse:
    """Make each topic, or with `validate_only` see whether it could be made."""
    times = Counter(topic.name for topic in request.topics)
    results = []
    for wanted in request.topics:
        if times[wanted.name] == 1:
            results.append(_create(wanted, broker, validate_only=request.validate_only))
            await sleep(0)  # a thousand topics must not keep the others waiting
    for name in (name for name, count in times.items() if count > 1):
        error = KafkaError(ErrorCode.INVALID_REQUEST, "Duplicate topic name.")
        results.append(_not_created(name, error))
    return CreateTopicsResponse(topics=results)


def _create(wanted: CreatableTopic, broker: Broker, *, validate_only: bool) -> CreatableTopicResult:
    cluster = broker.cluster
    try:
        new = plan_topic(
            cluster,
            wanted.name,
            partitions=wanted.num_partitions,
            replication_factor=wanted.replication_factor,
            assignments=[(each.partition_index, each.broker_ids) for each in wanted.assignments],
            configs={config.name: config.value for config in wanted.configs},
        )
        topic_id = ZERO_UUID if validate_only else cluster.topics.create(new).topic_id
    except KafkaError as error:
        return _not_created(wanted.name, error)
    return _created(new, topic_id, broker)


def _created(new: NewTopic, topic_id: bytes, broker: Broker) -> CreatableTopicResult:
    config = TopicConfig.effective(new.configs, broker.settings)
    return CreatableTopicResult(
        name=new.name,
        topic_id=topic_id,
        error_code=ErrorCode.NONE,
        error_message=None,
        num_partitions=len(new.replicas),
        replication_factor=len(new.replicas[0]),
        configs=[
            CreatableTopicConfigs(
                name=row.name,
                value=row.value,
                read_only=row.read_only,
                config_source=row.source,
                is_sensitive=row.is_sensitive,
            )
            for row in sorted(topic_rows(config, broker.settings))
        ],
    )


def _not_created(name: str, error: KafkaError) -> CreatableTopicResult:
    return CreatableTopicResult(name=name, error_code=error.code, error_message=error.message, configs=[])


async def delete_topics(
    request: DeleteTopicsRequest, context: RequestContext, broker: Broker
) -> DeleteTopicsResponse:
    """Delete topics by name or, from version 6 on, by id."""
    if not broker.settings.delete_topic_enable:
        is_old = context.api_version < FIRST_WITH_DELETION_DISABLED
        code = ErrorCode.INVALID_REQUEST if is_old else ErrorCode.TOPIC_DELETION_DISABLED
        disabled = KafkaError(code, "delete.topic.enable is false.")
    else:
        disabled = None
    if context.api_version < FIRST_WITH_TOPIC_STATES:
        wanted = [DeleteTopicState(name=name, topic_id=ZERO_UUID) for name in request.topic_names]
    else:
        wanted = request.topics
    same: dict[object, list[DeleteTopicState]] = {}
    for each in wanted:
        same.setdefault(_asked_for(each, broker), []).append(each)
    results = []
    for states in same.values():
        results.append(_delete(states, broker, disabled))
        await sleep(0)
    return DeleteTopicsResponse(responses=results)


def _asked_for(wanted: DeleteTopicState, broker: Broker) -> object:
    """The same for all entries that mean one topic; an entry that means none is like no other."""
    if (wanted.name is None) == (wanted.topic_id == ZERO_UUID):
        return id(wanted)
    topic = broker.cluster.topics.by_id.get(wanted.topic_id)
    return wanted.name or (wanted.topic_id if topic is None else topic.name)


def _delete(
    states: list[DeleteTopicState], broker: Broker, disabled: KafkaError | None
) -> DeletableTopicResult:
    """Delete the topic that all these entries mean, if there is but one of them."""
    try:
        if disabled is not None:
            raise disabled
        if len(states) > 1:
            raise KafkaError(ErrorCode.INVALID_REQUEST, "The topic is named twice.")
        topic = _topic_to_delete(states[0], broker)
        broker.cluster.topics.delete(topic)
    except KafkaError as error:
        return DeletableTopicResult(
            name=next((each.name for each in states if each.name is not None), None),
            topic_id=max(each.topic_id for each in states),
            error_code=error.code,
            error_message=error.message,
        )
    return DeletableTopicResult(name=topic.name, topic_id=topic.topic_id, error_code=ErrorCode.NONE)


def _topic_to_delete(wanted: DeleteTopicState, broker: Broker) -> "Topic":
    topics = broker.cluster.topics
    if (wanted.name is None) == (wanted.topic_id == ZERO_UUID):
        raise KafkaError(ErrorCode.INVALID_REQUEST, "A topic is named, or its id is given: one of the two.")
    if wanted.name is None:
        topic = topics.by_id.get(wanted.topic_id)
        if topic is None:
            raise KafkaError(
                ErrorCode.UNKNOWN_TOPIC_ID, f"There is no topic of id {uuid_to_text(wanted.topic_id)}."
            )
    else:
        topic = topics.by_name.get(wanted.name)
        if topic is None:
            raise KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"There is no topic '{wanted.name}'.")
    _refuse_internal(topic)
    return topic


async def create_partitions(
    request: CreatePartitionsRequest, context: RequestContext, broker: Broker
) -> CreatePartitionsResponse:
    """Add partitions to topics, up to `count`."""
    times = Counter(topic.name for topic in request.topics)
    results: list[CreatePartitionsTopicResult] = []
    for wanted in request.topics:
        if times[wanted.name] > 1:
            error = KafkaError(ErrorCode.INVALID_REQUEST, "Duplicate topic name.")
            if not any(result.name == wanted.name for result in results):
                results.append(_grown(wanted.name, error))
            continue
        results.append(_grown(wanted.name, _grow(wanted, broker, validate_only=request.validate_only)))
        await sleep(0)
    return CreatePartitionsResponse(results=results)


def _grow(wanted: CreatePartitionsTopic, broker: Broker, *, validate_only: bool) -> KafkaError | None:
    cluster = broker.cluster
    topic = cluster.topics.by_name.get(wanted.name)
    try:
        if topic is None:
            raise KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"There is no topic '{wanted.name}'.")
        _refuse_internal(topic)
        assignments = None if wanted.assignments is None else [each.broker_ids for each in wanted.assignments]
        replicas = plan_growth(cluster, topic, count=wanted.count, assignments=assignments)
        if not validate_only:
            cluster.topics.grow(topic, replicas)
    except KafkaError as error:
        return error
    return None


def _grown(name: str, error: KafkaError | None) -> CreatePartitionsTopicResult:
    if error is None:
        return CreatePartitionsTopicResult(name=name, error_code=ErrorCode.NONE)
    return CreatePartitionsTopicResult(name=name, error_code=error.code, error_message=error.message)


def _refuse_internal(topic: "Topic") -> None:
    if topic.is_internal:
        raise KafkaError(ErrorCode.INVALID_REQUEST, f"'{topic.name}' is internal: it cannot be changed.")
