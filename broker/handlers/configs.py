"""Configurations of topics, brokers, groups, and client metrics subscriptions.

DescribeConfigs 32 (KIP-133, sources KIP-226, documentation KIP-569)   AlterConfigs 33
IncrementalAlterConfigs 44 (KIP-339)   ListConfigResources 74 (KIP-714, KIP-1142)

A resource is changed as a whole or not at all; resources beside each other succeed and fail alone.

Differences from Apache Kafka: a broker has no loggers whose level could be changed; settings of unknown
names are refused for brokers, too.
"""

from collections import Counter
from typing import TYPE_CHECKING

from broker.cluster.client_metrics import client_metrics_rows
from broker.cluster.config_changes import Change, Operation, alter, check_changes
from broker.cluster.topic_names import check_topic_name
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.messages import alter_configs as replacing
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
from broker.state.rows import ResourceType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from broker.handlers.context import Broker, RequestContext

BROKER_LOGGER = 8
DESCRIBED = {*ResourceType, BROKER_LOGGER}
LISTED = (
    ResourceType.GROUP,
    ResourceType.CLIENT_METRICS,
    BROKER_LOGGER,
    ResourceType.BROKER,
    ResourceType.TOPIC,
)
"""In the order of Kafka's answer."""


async def describe_configs(
    request: DescribeConfigsRequest, context: "RequestContext", broker: "Broker"
) -> DescribeConfigsResponse:
    """Each resource by itself; one of an unknown type is an error of them all."""
    unknown = next(
        (each.resource_type for each in request.resources if each.resource_type not in DESCRIBED), None
    )
    return DescribeConfigsResponse(
        results=[
            describe_resource(resource, request, broker)
            if unknown is None
            else refused(resource, unknown_type(unknown))
            for resource in request.resources
        ]
    )


def refused(resource: DescribeConfigsResource, error: KafkaError) -> DescribeConfigsResult:
    return DescribeConfigsResult(
        error_code=error.code,
        error_message=error.message,
        resource_type=resource.resource_type,
        resource_name=resource.resource_name,
        configs=[],
    )


def describe_resource(
    resource: DescribeConfigsResource, request: DescribeConfigsRequest, broker: "Broker"
) -> DescribeConfigsResult:
    keys = resource.configuration_keys
    try:
        rows = rows_of(resource, broker)
    except KafkaError as error:
        return refused(resource, error)
    return DescribeConfigsResult(
        error_code=ErrorCode.NONE,
        error_message="",
        resource_type=resource.resource_type,
        resource_name=resource.resource_name,
        configs=[shown(row, request) for row in rows if not keys or row.name in keys],
    )


def rows_of(resource: DescribeConfigsResource, broker: "Broker") -> list[ConfigRow]:
    """All that can be said of a resource of a known type. Raises: KafkaError."""
    name, configs = resource.resource_name, broker.cluster.configs
    match resource.resource_type:
        case ResourceType.TOPIC:
            check_topic_name(name)
            check_exists(name, broker)
            return topic_rows(configs.topic(name), broker.settings)
        case ResourceType.BROKER if not name:
            return default_broker_rows(broker.settings)
        case ResourceType.BROKER:
            check_is_here(name, broker, "Broker")
            return broker_rows(broker.settings)
        case ResourceType.GROUP:
            check_named(name, "Group name")
            return group_rows(configs.group(name), broker.settings)
        case ResourceType.CLIENT_METRICS:
            check_named(name, "Client metrics subscription name")
            return client_metrics_rows(configs.given(ResourceType.CLIENT_METRICS, name))
        case _:  # BROKER_LOGGER
            check_named(name, "Broker id")
            check_is_here(name, broker, "Broker")
            return []


def shown(row: ConfigRow, request: DescribeConfigsRequest) -> DescribeConfigsResourceResult:
    synonyms = row.synonyms if request.include_synonyms else []
    return DescribeConfigsResourceResult(
        name=row.name,
        value=row.value,
        read_only=row.read_only,
        config_source=row.source,
        is_sensitive=row.is_sensitive,
        synonyms=[
            DescribeConfigsSynonym(name=name, value=value, source=source) for name, value, source in synonyms
        ],
        config_type=row.config_type,
        documentation=row.documentation if request.include_documentation else None,
    )


async def incremental_alter_configs(
    request: incremental.IncrementalAlterConfigsRequest, context: "RequestContext", broker: "Broker"
) -> incremental.IncrementalAlterConfigsResponse:
    times = Counter((resource.resource_type, resource.resource_name) for resource in request.resources)
    response = incremental.IncrementalAlterConfigsResponse(responses=[])
    for resource in request.resources:
        number, name = resource.resource_type, resource.resource_name
        changes = [Change(config.name, config.config_operation, config.value) for config in resource.configs]
        answer = incremental.AlterConfigsResourceResponse(
            error_code=ErrorCode.NONE, error_message=None, resource_type=number, resource_name=name
        )
        try:
            check_once(times[number, name])
            if number == BROKER_LOGGER:
                change_loggers(name, changes, broker)
            else:
                change(number, name, changes, broker, is_dry=request.validate_only, keeps_others=True)
        except KafkaError as error:
            answer.error_code, answer.error_message = error.code, error.message
        response.responses.append(answer)
    return response


async def alter_configs(
    request: replacing.AlterConfigsRequest, context: "RequestContext", broker: "Broker"
) -> replacing.AlterConfigsResponse:
    times = Counter((resource.resource_type, resource.resource_name) for resource in request.resources)
    response = replacing.AlterConfigsResponse(responses=[])
    for resource in request.resources:
        number, name = resource.resource_type, resource.resource_name
        changes = [Change(config.name, Operation.SET, config.value) for config in resource.configs]
        answer = replacing.AlterConfigsResourceResponse(
            error_code=ErrorCode.NONE, error_message=None, resource_type=number, resource_name=name
        )
        try:
            check_once(times[number, name])
            change(number, name, changes, broker, is_dry=request.validate_only, keeps_others=False)
        except KafkaError as error:
            answer.error_code, answer.error_message = error.code, error.message
        response.responses.append(answer)
    return response


def change(
    number: int,
    name: str,
    changes: "Sequence[Change]",
    broker: "Broker",
    *,
    is_dry: bool,
    keeps_others: bool,
) -> None:
    """Change what is set for one resource; `is_dry`: only judge it. Raises: KafkaError."""
    if number not in ResourceType.__members__.values():
        raise unknown_type(number)
    check_changes(changes)
    resource = ResourceType(number)
    if resource is ResourceType.BROKER and name:
        check_is_here(name, broker, "Node")
    elif resource is ResourceType.GROUP and not name:
        raise KafkaError(ErrorCode.INVALID_REQUEST, "Default group resources are not allowed.")
    elif resource is ResourceType.CLIENT_METRICS and not name:
        raise KafkaError(ErrorCode.INVALID_REQUEST, "Subscription name can't be empty")
    elif resource is ResourceType.TOPIC:
        if not name:
            raise KafkaError(ErrorCode.INVALID_REQUEST, "Default topic resources are not allowed.")
        check_topic_name(name)
    configs = broker.cluster.configs
    values = alter(configs, resource, name, changes, keeps_others=keeps_others)
    if resource is ResourceType.TOPIC:
        check_exists(name, broker)
    if is_dry:
        return
    configs.set(resource, name, values)
    names = [name for name, _, _ in changes]
    broker.logger.info("configuration changed", type=resource.name, resource=name, names=names)


def change_loggers(name: str, changes: "Sequence[Change]", broker: "Broker") -> None:
    """There is none to be changed. Raises: KafkaError."""
    check_is_here(name, broker, "Node")
    for logger, operation, _ in changes:
        if operation in (Operation.APPEND, Operation.SUBTRACT):
            raise KafkaError(
                ErrorCode.INVALID_REQUEST,
                f"{Operation(operation).name} operation is not allowed for the BROKER_LOGGER resource",
            )
        raise KafkaError(ErrorCode.INVALID_CONFIG, f"Logger {logger} does not exist!")


def check_once(times: int) -> None:
    if times > 1:
        raise KafkaError(ErrorCode.INVALID_REQUEST, "Each resource must appear at most once.")


def check_exists(topic: str, broker: "Broker") -> None:
    if topic not in broker.cluster.topics.by_name:
        raise KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"The topic '{topic}' does not exist.")


def check_named(name: str, what: str) -> None:
    if not name:
        raise KafkaError(ErrorCode.INVALID_REQUEST, f"{what} must not be empty")


def check_is_here(name: str, broker: "Broker", what: str) -> None:
    """A broker's settings can be asked for and changed at that broker alone."""
    try:
        number = int(name)
    except ValueError as error:
        raise KafkaError(
            ErrorCode.INVALID_REQUEST, f"{what} id must be an integer, but it is: {name}"
        ) from error
    if number != broker.node_id:
        raise KafkaError(
            ErrorCode.INVALID_REQUEST, f"Unexpected broker id, expected {broker.node_id}, but received {name}"
        )


def unknown_type(number: int) -> KafkaError:
    return KafkaError(ErrorCode.INVALID_REQUEST, f"Unknown resource type {number}")


async def list_config_resources(
    request: ListConfigResourcesRequest, context: "RequestContext", broker: "Broker"
) -> ListConfigResourcesResponse:
    """Version 0 knows client metrics only."""
    supported = LISTED if context.api_version > 0 else (ResourceType.CLIENT_METRICS,)
    wanted = request.resource_types or supported
    if not set(wanted) <= set(supported):
        return ListConfigResourcesResponse(error_code=ErrorCode.UNSUPPORTED_VERSION, config_resources=[])
    return ListConfigResourcesResponse(
        error_code=ErrorCode.NONE,
        config_resources=[
            ConfigResource(resource_name=name, resource_type=number)
            for number in LISTED
            if number in wanted
            for name in names_of(number, broker)
        ],
    )


def names_of(number: int, broker: "Broker") -> list[str]:
    """Topics and nodes that are there; of the others those for which something is set."""
    if number == ResourceType.TOPIC:
        return list(broker.cluster.topics.by_name)
    if number in (ResourceType.BROKER, BROKER_LOGGER):
        return [str(node_id) for node_id in broker.cluster.nodes]
    return broker.cluster.configs.names(ResourceType(number))
