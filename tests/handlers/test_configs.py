"""DescribeConfigs, AlterConfigs, IncrementalAlterConfigs and ListConfigResources."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from broker.cluster.creation import plan_topic
from broker.handlers import configs as handlers
from broker.handlers.context import Broker
from broker.protocol.codec import encode
from broker.protocol.errors import ErrorCode
from broker.protocol.messages import alter_configs as replacing
from broker.protocol.messages import incremental_alter_configs as incremental
from broker.protocol.messages.describe_configs import (
    DescribeConfigsRequest,
    DescribeConfigsResource,
    DescribeConfigsResult,
)
from broker.protocol.messages.list_config_resources import ListConfigResourcesRequest
from broker.settings.describe import CONFIG_TYPES, ConfigSource
from broker.state.rows import ResourceType
from tests.handlers.serving import context, nodes

TOPIC, BROKER, LOGGER, METRICS, GROUP = 2, 4, 8, 16, 32
SET, DELETE, APPEND, SUBTRACT = range(4)
NONE, INVALID_REQUEST, INVALID_CONFIG = (
    ErrorCode.NONE,
    ErrorCode.INVALID_REQUEST,
    ErrorCode.INVALID_CONFIG,
)
UNKNOWN_TOPIC = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
Resource = tuple[int, str]
Changes = list[tuple[str, int, str | None]]


def with_broker(scenario: Callable[[Broker], Awaitable[None]], count: int = 1, **settings: str) -> None:
    """Run it against the first node, on which there is a topic `orders`."""

    async def run() -> None:
        async with nodes(count, **settings) as brokers:
            cluster = brokers[0].cluster
            cluster.topics.create(plan_topic(cluster, "orders", configs={"retention.ms": "5"}))
            await scenario(brokers[0])

    asyncio.run(run())


async def describe(
    broker: Broker, *resources: Resource, keys: list[str] | None = None, version: int = 4, **how: bool
) -> list[DescribeConfigsResult]:
    request = DescribeConfigsRequest(
        resources=[
            DescribeConfigsResource(resource_type=number, resource_name=name, configuration_keys=keys)
            for number, name in resources
        ],
        **how,
    )
    response = await handlers.describe_configs(request, context(broker, 32, version), broker)
    assert encode(response, version)
    return response.results


async def values(broker: Broker, number: int, name: str) -> dict[str, str | None]:
    (result,) = await describe(broker, (number, name))
    assert (result.error_code, result.error_message) == (NONE, "")
    return {row.name: row.value for row in result.configs}


async def change(
    broker: Broker,
    *resources: tuple[int, str, Changes],
    validate_only: bool = False,
    version: int = 1,
) -> list[tuple[int, str | None]]:
    request = incremental.IncrementalAlterConfigsRequest(
        resources=[
            incremental.AlterConfigsResource(
                resource_type=number,
                resource_name=name,
                configs=[
                    incremental.AlterableConfig(name=key, config_operation=operation, value=value)
                    for key, operation, value in changes
                ],
            )
            for number, name, changes in resources
        ],
        validate_only=validate_only,
    )
    response = await handlers.incremental_alter_configs(request, context(broker, 44, version), broker)
    assert encode(response, version)
    assert [(each.resource_type, each.resource_name) for each in response.responses] == [
        (number, name) for number, name, _ in resources
    ]
    return [(each.error_code, each.error_message) for each in response.responses]


async def replace(
    broker: Broker,
    number: int,
    name: str,
    new: dict[str, str | None],
    *,
    validate_only: bool = False,
    version: int = 2,
) -> int:
    request = replacing.AlterConfigsRequest(
        resources=[
            replacing.AlterConfigsResource(
                resource_type=number,
                resource_name=name,
                configs=[replacing.AlterableConfig(name=key, value=value) for key, value in new.items()],
            )
        ],
        validate_only=validate_only,
    )
    response = await handlers.alter_configs(request, context(broker, 33, version), broker)
    assert encode(response, version)
    return response.responses[0].error_code


def given(broker: Broker, name: str = "orders", resource: ResourceType = ResourceType.TOPIC) -> Any:
    return broker.cluster.configs.given(resource, name)


# DescribeConfigs


def test_a_topic_is_described_with_what_was_set_for_it() -> None:
    async def scenario(broker: Broker) -> None:
        for version in range(1, 5):
            (result,) = await describe(broker, (TOPIC, "orders"), version=version, include_synonyms=True)
            rows = {row.name: row for row in result.configs}
            assert (result.error_code, result.resource_type, result.resource_name) == (NONE, TOPIC, "orders")
            assert len(rows) == 33
            own = rows["retention.ms"]
            assert (own.value, own.config_source, own.read_only) == ("5", ConfigSource.TOPIC, False)
            assert own.config_type == CONFIG_TYPES["LONG"]
            assert own.synonyms[0].name == "retention.ms"
            assert own.documentation is None
            default = rows["max.message.bytes"]
            assert default.config_source == ConfigSource.DEFAULT
            assert [synonym.name for synonym in default.synonyms] == ["message.max.bytes"]

    with_broker(scenario)


def test_no_source_is_unknown() -> None:
    """Java's Admin takes no answer that holds a single one."""

    async def scenario(broker: Broker) -> None:
        results = await describe(
            broker,
            (TOPIC, "orders"),
            (TOPIC, "__consumer_offsets"),
            (BROKER, "1"),
            (GROUP, "g"),
            (METRICS, "m"),
        )
        for result in results:
            assert result.configs
            assert all(row.config_source > 0 and row.config_type > 0 for row in result.configs)

    with_broker(scenario)


def test_only_the_keys_asked_for_are_told() -> None:
    async def scenario(broker: Broker) -> None:
        for number, name, key in ((TOPIC, "orders", "retention.ms"), (BROKER, "1", "num.io.threads")):
            (some,) = await describe(broker, (number, name), keys=[key, "no.such"])
            assert [row.name for row in some.configs] == [key]
            (none_named,) = await describe(broker, (number, name), keys=[])
            (everything,) = await describe(broker, (number, name))
            assert len(none_named.configs) == len(everything.configs) > 1  # as in Kafka

    with_broker(scenario)


def test_synonyms_and_documentation_come_when_asked_for() -> None:
    async def scenario(broker: Broker) -> None:
        for number, name in ((TOPIC, "orders"), (BROKER, "1"), (GROUP, "g"), (METRICS, "m")):
            (bare,) = await describe(broker, (number, name))
            assert not any(row.synonyms for row in bare.configs)
            assert not any(row.documentation for row in bare.configs)
            (full,) = await describe(broker, (number, name), include_documentation=True)
            assert all(row.documentation for row in full.configs)

    with_broker(scenario)


def test_what_is_set_for_brokers_is_told_by_its_layer() -> None:
    async def scenario(broker: Broker) -> None:
        assert await values(broker, BROKER, "") == {}
        await change(broker, (BROKER, "", [("num.io.threads", SET, "5")]))
        assert await values(broker, BROKER, "") == {"num.io.threads": "5"}
        await change(broker, (BROKER, "1", [("num.io.threads", SET, "6")]))
        (result,) = await describe(broker, (BROKER, "1"), keys=["num.io.threads"], include_synonyms=True)
        (row,) = result.configs
        assert (row.value, row.config_source) == ("6", ConfigSource.DYNAMIC_BROKER)
        assert [synonym.source for synonym in row.synonyms] == [2, 3, 5]

    with_broker(scenario)


@pytest.mark.parametrize(
    ("resource", "code"),
    [
        ((TOPIC, "nope"), UNKNOWN_TOPIC),
        ((TOPIC, "a b"), ErrorCode.INVALID_TOPIC_EXCEPTION),
        ((BROKER, "2"), INVALID_REQUEST),
        ((BROKER, "one"), INVALID_REQUEST),
        ((GROUP, ""), INVALID_REQUEST),
        ((METRICS, ""), INVALID_REQUEST),
        ((LOGGER, ""), INVALID_REQUEST),
        ((LOGGER, "2"), INVALID_REQUEST),
    ],
)
def test_what_cannot_be_described_spoils_nothing_else(resource: Resource, code: ErrorCode) -> None:
    async def scenario(broker: Broker) -> None:
        for version in range(1, 5):
            wrong, right = await describe(broker, resource, (TOPIC, "orders"), version=version)
            assert (wrong.error_code, wrong.configs) == (code, [])
            assert wrong.error_message
            assert (right.error_code, len(right.configs)) == (NONE, 33)

    with_broker(scenario, count=2)


@pytest.mark.parametrize("number", [0, 77])
def test_a_type_that_there_is_not_spoils_everything(number: int) -> None:
    async def scenario(broker: Broker) -> None:
        for result in await describe(broker, (number, "x"), (TOPIC, "orders")):
            assert (result.error_code, result.configs) == (INVALID_REQUEST, [])
            assert result.error_message == f"Unknown resource type {number}"

    with_broker(scenario)


def test_a_broker_has_no_loggers() -> None:
    async def scenario(broker: Broker) -> None:
        assert await values(broker, LOGGER, "1") == {}
        assert await change(broker, (LOGGER, "1", [])) == [(NONE, None)]
        ((code, message),) = await change(broker, (LOGGER, "1", [("root", SET, "DEBUG")]))
        assert (code, message) == (INVALID_CONFIG, "Logger root does not exist!")
        assert (await change(broker, (LOGGER, "1", [("root", APPEND, "x")])))[0][0] == INVALID_REQUEST
        assert (await change(broker, (LOGGER, "7", [])))[0][0] == INVALID_REQUEST
        assert await replace(broker, LOGGER, "1", {"root": "DEBUG"}) == INVALID_REQUEST

    with_broker(scenario)


# IncrementalAlterConfigs


def test_single_changes_leave_the_others() -> None:
    async def scenario(broker: Broker) -> None:
        for version in (0, 1):
            assert await change(
                broker,
                (TOPIC, "orders", [("segment.bytes", SET, "2000000"), ("cleanup.policy", APPEND, "compact")]),
                version=version,
            ) == [(NONE, None)]
        assert given(broker) == {
            "retention.ms": "5",
            "segment.bytes": "2000000",
            "cleanup.policy": "delete,compact",
        }
        assert await change(
            broker,
            (TOPIC, "orders", [("retention.ms", DELETE, None), ("cleanup.policy", SUBTRACT, "delete")]),
        ) == [(NONE, None)]
        assert given(broker) == {"segment.bytes": "2000000", "cleanup.policy": "compact"}
        assert broker.cluster.configs.topic("orders").cleanup_policy == ["compact"]

    with_broker(scenario)


def test_a_change_that_is_only_to_be_judged_changes_nothing() -> None:
    async def scenario(broker: Broker) -> None:
        good: Changes = [("retention.ms", SET, "6")]
        bad: Changes = [("retention.ms", SET, "x")]
        assert await change(broker, (TOPIC, "orders", good), validate_only=True) == [(NONE, None)]
        assert (await change(broker, (TOPIC, "orders", bad), validate_only=True))[0][0] == INVALID_CONFIG
        assert await replace(broker, TOPIC, "orders", {}, validate_only=True) == NONE
        assert given(broker) == {"retention.ms": "5"}
        dry: Changes = [("num.io.threads", SET, "6")]
        assert await change(broker, (BROKER, "", dry), validate_only=True) == [(NONE, None)]
        assert broker.settings.num_io_threads == 8

    with_broker(scenario)


@pytest.mark.parametrize(
    ("number", "name", "changes", "code"),
    [
        (TOPIC, "nope", [("retention.ms", SET, "6")], UNKNOWN_TOPIC),
        (TOPIC, "", [], INVALID_REQUEST),
        (TOPIC, "a b", [], ErrorCode.INVALID_TOPIC_EXCEPTION),
        (TOPIC, "orders", [("no.such", SET, "6")], INVALID_CONFIG),
        (TOPIC, "orders", [("retention.ms", SET, "x")], INVALID_CONFIG),
        (TOPIC, "orders", [("retention.ms", APPEND, "6")], INVALID_CONFIG),
        (TOPIC, "orders", [("retention.ms", SET, None)], INVALID_REQUEST),
        (TOPIC, "orders", [("retention.ms", SET, "6"), ("retention.ms", DELETE, None)], INVALID_REQUEST),
        (TOPIC, "orders", [("retention.ms", 9, "6")], INVALID_REQUEST),
        (TOPIC, "orders", [("segment.bytes", SET, "2000000"), ("retention.ms", SET, "x")], INVALID_CONFIG),
        (BROKER, "2", [("num.io.threads", SET, "6")], INVALID_REQUEST),
        (BROKER, "x", [("num.io.threads", SET, "6")], INVALID_REQUEST),
        (BROKER, "1", [("num.io.threads", SET, "0")], INVALID_REQUEST),
        (BROKER, "1", [("no.such", SET, "0")], INVALID_REQUEST),
        (BROKER, "1", [("log.dirs", SET, "/x")], INVALID_REQUEST),
        (BROKER, "", [("listeners", SET, "PLAINTEXT://:1")], INVALID_REQUEST),
        (BROKER, "1", [("num.io.threads", APPEND, "6")], INVALID_CONFIG),
        (GROUP, "", [("consumer.session.timeout.ms", SET, "50000")], INVALID_REQUEST),
        (GROUP, "g", [("consumer.session.timeout.ms", SET, "1")], INVALID_CONFIG),
        (METRICS, "", [], INVALID_REQUEST),
        (METRICS, "m", [("interval.ms", SET, "1")], INVALID_REQUEST),
        (METRICS, "m", [("match", SET, "x")], INVALID_CONFIG),
        (77, "x", [], INVALID_REQUEST),
    ],
)
def test_a_resource_that_cannot_be_changed_stays_and_spoils_nothing_else(
    number: int, name: str, changes: Changes, code: ErrorCode
) -> None:
    async def scenario(broker: Broker) -> None:
        others: Changes = [("consumer.session.timeout.ms", SET, "50000")]
        (wrong, message), right = await change(broker, (number, name, changes), (GROUP, "readers", others))
        assert wrong == code
        assert message
        assert right == (NONE, None)
        assert given(broker) == {"retention.ms": "5"}
        assert given(broker, "readers", ResourceType.GROUP) == {"consumer.session.timeout.ms": "50000"}
        assert broker.settings.dynamic == broker.settings.dynamic_default == {}

    with_broker(scenario, count=2)


def test_a_resource_that_is_named_twice_is_not_changed() -> None:
    async def scenario(broker: Broker) -> None:
        results = await change(
            broker,
            (TOPIC, "orders", [("retention.ms", SET, "6")]),
            (TOPIC, "orders", [("segment.bytes", SET, "2000000")]),
        )
        assert [code for code, _ in results] == [INVALID_REQUEST, INVALID_REQUEST]
        assert given(broker) == {"retention.ms": "5"}

    with_broker(scenario)


def test_what_cannot_be_kept_is_told() -> None:
    async def scenario(broker: Broker) -> None:
        broker.state.close()
        ((code, _),) = await change(broker, (TOPIC, "orders", [("retention.ms", SET, "6")]))
        assert code == ErrorCode.KAFKA_STORAGE_ERROR
        assert given(broker) == {"retention.ms": "5"}

    with_broker(scenario)


# AlterConfigs


def test_a_replacement_takes_everything_else_away() -> None:
    async def scenario(broker: Broker) -> None:
        for version in range(3):
            size = str(2_000_000 + version)
            assert await replace(broker, TOPIC, "orders", {"segment.bytes": size}, version=version) == NONE
            assert given(broker) == {"segment.bytes": size}
        assert await replace(broker, TOPIC, "orders", {}) == NONE
        assert given(broker) == {}

    with_broker(scenario)


@pytest.mark.parametrize(
    ("number", "name", "new", "code"),
    [
        (TOPIC, "orders", {"retention.ms": None}, INVALID_REQUEST),
        (TOPIC, "orders", {"no.such": "1"}, INVALID_CONFIG),
        (TOPIC, "nope", {}, UNKNOWN_TOPIC),
        (BROKER, "1", {"broker.id": "7"}, INVALID_REQUEST),
    ],
)
def test_a_replacement_that_cannot_be(
    number: int, name: str, new: dict[str, str | None], code: ErrorCode
) -> None:
    async def scenario(broker: Broker) -> None:
        assert await replace(broker, number, name, new) == code
        assert given(broker) == {"retention.ms": "5"}

    with_broker(scenario)


# ListConfigResources


async def listed(broker: Broker, *types: int, version: int = 1) -> tuple[int, list[Resource]]:
    request = ListConfigResourcesRequest(resource_types=list(types))
    response = await handlers.list_config_resources(request, context(broker, 74, version), broker)
    assert encode(response, version)
    return response.error_code, [
        (each.resource_type, each.resource_name) for each in response.config_resources
    ]


def test_resources_are_listed_by_type() -> None:
    async def scenario(broker: Broker) -> None:
        await change(
            broker,
            (GROUP, "readers", [("consumer.session.timeout.ms", SET, "50000")]),
            (METRICS, "all", [("interval.ms", SET, "1000")]),
        )
        topics = [(TOPIC, "orders"), (TOPIC, "__consumer_offsets"), (TOPIC, "__transaction_state")]
        brokers = [(BROKER, "1"), (BROKER, "2")]
        loggers = [(LOGGER, "1"), (LOGGER, "2")]
        code, everything = await listed(broker)
        assert code == NONE
        assert everything[:6] == [(GROUP, "readers"), (METRICS, "all"), *loggers, *brokers]
        assert sorted(everything[6:]) == sorted(topics)
        assert await listed(broker, BROKER, GROUP) == (NONE, [(GROUP, "readers"), *brokers])
        assert await listed(broker, version=0) == (NONE, [(METRICS, "all")])

    with_broker(scenario, count=2)


def test_other_types_are_not_listed() -> None:
    async def scenario(broker: Broker) -> None:
        assert await listed(broker, TOPIC, 77) == (ErrorCode.UNSUPPORTED_VERSION, [])

    with_broker(scenario)
