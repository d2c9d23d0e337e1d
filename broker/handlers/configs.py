"""Configurations of topics, brokers and groups.

DescribeConfigs 32   AlterConfigs 33   IncrementalAlterConfigs 44   ListConfigResources 74

Differences from Apache Kafka: there are no broker loggers and no client metrics to be configured; what
names one is refused.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

from broker.cluster.config_changes import Change, Operation, changed
from broker.cluster.configs import EVERY_BROKER
from broker.handlers.context import Broker, RequestContext
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.messages import alter_configs as whole
from broker.protocol.messages import incremental_alter_configs as incremental
from broker.protocol.messages.describe_configs import (
    DescribeConfigsRequest,
    DescribeConfigsResource,
    DescribeConfigsResourceResult,
    DescribeConfigsResponse,
    DescribeConfigsResult,
    DescribeConfigsSynonym,
)
from broker.protocol.messages.list_config_resources import (
    ConfigResource,
    ListConfigResourcesRequest,
    ListConfigResourcesResponse,
)
from broker.settings.describe import ConfigRow, broker_rows, default_broker_rows, group_rows, topic_rows
from broker.settings.errors import InvalidSetting
from broker.state.rows import ResourceType

BROKER_LOGGER = 8
LISTED = (ResourceType.GROUP, ResourceType.CLIENT_METRICS, ResourceType.BROKER, ResourceType.TOPIC)
R = TypeVar("R")


async def describe_configs(
    request: DescribeConfigsRequest, context: RequestContext, broker: Broker
) -> DescribeConfigsResponse:
    """What is in force for each resource, and where it comes from."""
    return DescribeConfigsResponse(results=[_describe(each, request, broker) for each in request.resources])


def _describe(
    resource: DescribeConfigsResource, request: DescribeConfigsRequest, broker: Broker
) -> DescribeConfigsResult:
    error = None
    rows: list[ConfigRow] = []
    try:
        rows = _rows(resource, broker)
    except KafkaError as refusal:
        error = refusal
    return DescribeConfigsResult(
        error_code=ErrorCode.NONE if error is None else error.code,
        error_message=None if error is None else error.message,
        resource_type=resource.resource_type,
        resource_name=resource.resource_name,
        configs=[
            DescribeConfigsResourceResult(
                name=row.name,
                value=row.value,
                read_only=row.read_only,
                config_source=row.source,
                is_sensitive=row.is_sensitive,
                synonyms=[
                    DescribeConfigsSynonym(name=each.name, value=each.value, source=each.source)
                    for each in (row.synonyms if request.include_synonyms else ())
                ],
                config_type=row.config_type,
                documentation=row.documentation if request.include_documentation else None,
            )
            for row in rows
        ],
    )


def _rows(resource: DescribeConfigsResource, broker: Broker) -> list[ConfigRow]:
    """Raises: KafkaError: no such resource, or a kind that has no configurations here."""
    name, keys, configs = resource.resource_name, resource.configuration_keys, broker.cluster.configs
    kind = _kind(resource.resource_type)
    if kind is ResourceType.TOPIC:
        if name not in broker.cluster.topics.by_name:
            raise KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"There is no topic '{name}'.")
        return topic_rows(configs.topic(name), broker.settings, keys)
    if kind is ResourceType.GROUP:
        if not name:
            raise KafkaError(ErrorCode.INVALID_REQUEST, "Group name must not be empty")
        return group_rows(configs.group(name), broker.settings, keys)
    if name == EVERY_BROKER:
        return default_broker_rows(broker.settings, keys)
    return broker_rows(configs.broker(_node_id(name, broker)), keys)


def _kind(resource_type: int) -> ResourceType:
    """Raises: KafkaError(INVALID_REQUEST)."""
    if resource_type in {ResourceType.TOPIC, ResourceType.BROKER, ResourceType.GROUP}:
        return ResourceType(resource_type)
    raise KafkaError(
        ErrorCode.INVALID_REQUEST, f"There are no configs for resource type {resource_type} here."
    )


def _node_id(name: str, broker: Broker) -> int:
    if not name.isascii() or not name.isdigit() or int(name) not in broker.cluster.nodes:
        known = ", ".join(map(str, broker.cluster.nodes))
        raise KafkaError(
            ErrorCode.INVALID_REQUEST,
            f"Unexpected broker id, expected {known} or empty string, but received {name}",
        )
    return int(name)


async def incremental_alter_configs(
    request: incremental.IncrementalAlterConfigsRequest, context: RequestContext, broker: Broker
) -> incremental.IncrementalAlterConfigsResponse:
    """Change single configurations of resources (KIP-339)."""
    wanted = [
        (
            each.resource_type,
            each.resource_name,
            [Change(config.name, config.config_operation, config.value) for config in each.configs],
        )
        for each in request.resources
    ]
    results = _alter(wanted, broker, validate_only=request.validate_only, from_nothing=False)
    return incremental.IncrementalAlterConfigsResponse(
        responses=_answers(results, incremental.AlterConfigsResourceResponse)
    )


async def alter_configs(
    request: whole.AlterConfigsRequest, context: RequestContext, broker: Broker
) -> whole.AlterConfigsResponse:
    """Replace all configurations of resources."""
    wanted = [
        (
            each.resource_type,
            each.resource_name,
            [Change(config.name, Operation.SET, config.value) for config in each.configs],
        )
        for each in request.resources
    ]
    results = _alter(wanted, broker, validate_only=request.validate_only, from_nothing=True)
    return whole.AlterConfigsResponse(responses=_answers(results, whole.AlterConfigsResourceResponse))


Altered = tuple[int, str, KafkaError | None]
"""A resource, and why it was not changed."""


def _alter(
    wanted: Sequence[tuple[int, str, list[Change]]],
    broker: Broker,
    *,
    validate_only: bool,
    from_nothing: bool,
) -> list[Altered]:
    times = Counter((resource_type, name) for resource_type, name, _ in wanted)
    results: list[Altered] = []
    for resource_type, name, changes in wanted:
        error = None
        try:
            if times[resource_type, name] > 1:
                raise KafkaError(ErrorCode.INVALID_REQUEST, "Each resource must appear at most once.")
            kind = _existing(resource_type, name, broker)
            given = {} if from_nothing else broker.cluster.configs.given(kind, name)
            after = changed(kind, name, given, changes)
            if validate_only:
                broker.cluster.configs.check(kind, name, after)
            else:
                broker.cluster.configs.set(kind, name, after)
        except KafkaError as refusal:
            error = refusal
        except InvalidSetting as refusal:
            is_broker = resource_type == ResourceType.BROKER
            code = ErrorCode.INVALID_REQUEST if is_broker else ErrorCode.INVALID_CONFIG
            error = KafkaError(code, refusal.kafka_message())
        results.append((resource_type, name, error))
    return results


def _existing(resource_type: int, name: str, broker: Broker) -> ResourceType:
    """The kind of a resource that is there and can be changed. Raises: KafkaError."""
    kind = _kind(resource_type)
    if kind is ResourceType.TOPIC and name not in broker.cluster.topics.by_name:
        raise KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"The topic '{name}' does not exist.")
    if kind is ResourceType.BROKER and name != EVERY_BROKER:
        _node_id(name, broker)
    if kind is ResourceType.GROUP and not name:
        raise KafkaError(ErrorCode.INVALID_REQUEST, "Group name must not be empty")
    return kind


def _answers(results: Sequence[Altered], message: Callable[..., R]) -> list[R]:
    return [
        message(
            error_code=ErrorCode.NONE if error is None else error.code,
            error_message=None if error is None else error.message,
            resource_type=resource_type,
            resource_name=name,
        )
        for resource_type, name, error in results
    ]


async def list_config_resources(
    request: ListConfigResourcesRequest, context: RequestContext, broker: Broker
) -> ListConfigResourcesResponse:
    """The resources that can have configurations (KIP-1142); in version 0 client metrics only.

    Raises: KafkaError(UNSUPPORTED_VERSION): a kind of resource that is not listed.
    """
    asked = request.resource_types
    if context.api_version == 0:
        asked = [ResourceType.CLIENT_METRICS]
    for kind in asked:
        if kind not in {*LISTED, BROKER_LOGGER}:
            raise KafkaError(ErrorCode.UNSUPPORTED_VERSION, f"Resources of type {kind} cannot be listed.")
    names = {
        ResourceType.GROUP: broker.cluster.configs.names(ResourceType.GROUP),
        ResourceType.CLIENT_METRICS: broker.cluster.configs.names(ResourceType.CLIENT_METRICS),
        ResourceType.BROKER: [str(node_id) for node_id in broker.cluster.nodes],
        ResourceType.TOPIC: list(broker.cluster.topics.by_name),
    }
    return ListConfigResourcesResponse(
        error_code=ErrorCode.NONE,
        config_resources=[
            ConfigResource(resource_name=name, resource_type=kind)
            for kind in LISTED
            if not asked or kind in asked
            for name in names[kind]
        ],
    )
