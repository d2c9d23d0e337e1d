"""From what was set and what is asked for to what shall be set. Nothing is kept here.

Follows Kafka's ConfigAdminManager, ConfigurationControlManager and DynamicBrokerConfig.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Any, NamedTuple, Protocol

from broker.cluster.client_metrics import ClientMetricsConfig
from broker.protocol.errors import ErrorCode, KafkaError
from broker.settings.broker import BrokerSettings
from broker.settings.declared import LISTENER_PREFIX
from broker.settings.errors import InvalidSetting
from broker.settings.group import GroupConfig
from broker.settings.setting import PER_BROKER, READ_ONLY, Declarations, Setting
from broker.settings.topic import TopicConfig
from broker.state.rows import ResourceType

LONGEST_VALUE = 32_767

DECLARED: dict[ResourceType, type[Declarations]] = {
    ResourceType.TOPIC: TopicConfig,
    ResourceType.GROUP: GroupConfig,
    ResourceType.CLIENT_METRICS: ClientMetricsConfig,
}
ONLY_BY_LISTENER = ("ssl.keystore.", "ssl.truststore.", "ssl.key.password")


class Operation(IntEnum):
    """What is done to one config, as requests number it."""

    SET = 0
    DELETE = 1
    APPEND = 2
    SUBTRACT = 3


class Change(NamedTuple):
    """One config to be changed; `operation` is what the client has sent, and may be none of ours."""

    name: str
    operation: int
    value: str | None


class Judge(Protocol):
    """`broker.cluster.configs.Configs`, as far as it is asked here."""

    def given(self, resource: ResourceType, name: str) -> Mapping[str, str]: ...

    def check(self, resource: ResourceType, name: str, values: Mapping[str, str]) -> None: ...


def alter(
    configs: Judge, resource: ResourceType, name: str, changes: Sequence[Change], *, keeps_others: bool
) -> dict[str, str]:
    """All that is set for the resource after these changes, judged, to be kept with `Configs.set`.

    The changes have passed `check_changes`. `keeps_others` False: what is not named falls away.
    Raises: KafkaError: INVALID_REQUEST, INVALID_CONFIG; for a broker's values the former, as in Kafka.
    """
    given = configs.given(resource, name) if keeps_others else {}
    values = changed(resource, given, changes)
    try:
        configs.check(resource, name, values)
    except InvalidSetting as error:
        is_broker = resource is ResourceType.BROKER
        code = ErrorCode.INVALID_REQUEST if is_broker else ErrorCode.INVALID_CONFIG
        raise KafkaError(code, error.kafka_message()) from error
    return values


def check_changes(changes: Sequence[Change]) -> None:
    """Whether they make sense together. Raises: KafkaError(INVALID_REQUEST)."""
    if len({change.name for change in changes}) != len(changes):
        raise KafkaError(ErrorCode.INVALID_REQUEST, "Error due to duplicate config keys")
    without = [
        change.name for change in changes if change.value is None and change.operation != Operation.DELETE
    ]
    if without:
        raise KafkaError(ErrorCode.INVALID_REQUEST, f"Null value not supported for : {', '.join(without)}")
    for change in changes:
        if change.operation not in Operation.__members__.values():
            raise KafkaError(ErrorCode.INVALID_REQUEST, f"Unknown operations type {change.operation}")


def changed(resource: ResourceType, given: Mapping[str, str], changes: Iterable[Change]) -> dict[str, str]:
    """What is set for a resource after single changes. Raises: KafkaError(INVALID_CONFIG)."""
    values = dict(given)
    for name, operation, value in changes:
        if operation == Operation.DELETE or value is None:
            values.pop(name, None)
        elif operation == Operation.SET:
            values[name] = value
        else:
            values[name] = ",".join(_list(resource, name, values.get(name), Operation(operation), value))
        _check_length(values.get(name, ""))
    return values


def _list(
    resource: ResourceType, name: str, current: str | None, operation: Operation, value: str
) -> list[str]:
    setting = _find(resource, name)
    if setting is None or setting.type_name != "LIST":
        raise KafkaError(
            ErrorCode.INVALID_CONFIG,
            f"Can't {operation.name} to key {name} because its type is not LIST.",
        )
    text = setting.render(setting.default) if current is None else current
    elements = [element for element in (text or "").split(",") if element]
    for element in value.split(","):
        if operation is Operation.APPEND and element not in elements:
            elements.append(element)
        elif operation is Operation.SUBTRACT and element in elements:
            elements.remove(element)
    return elements


def _find(resource: ResourceType, name: str) -> Setting[Any] | None:
    if resource is not ResourceType.BROKER:
        return DECLARED[resource].find(name)
    try:
        return BrokerSettings.setting_of(name)
    except InvalidSetting:
        return None


def _check_length(value: str) -> None:
    if len(value) > LONGEST_VALUE:
        raise KafkaError(
            ErrorCode.INVALID_CONFIG,
            "The configuration value cannot be added because it exceeds the maximum value size of"
            f" {LONGEST_VALUE} bytes.",
        )


def check_broker_changes(values: Mapping[str, str], *, for_every_broker: bool) -> None:
    """Whether settings of these names can change while a broker runs.

    Raises: KafkaError(INVALID_REQUEST), InvalidSetting: there is no such setting.
    """
    updates = {name: BrokerSettings.setting_of(name, values[name]).update for name in sorted(values)}
    _refuse(
        [name for name, update in updates.items() if update == READ_ONLY],
        "Cannot update these configs dynamically",
    )
    _refuse(
        [name for name in updates if name.startswith(ONLY_BY_LISTENER)],
        "These security configs can be dynamically updated only per-listener using the listener prefix",
    )
    if for_every_broker:
        _refuse(
            [
                name
                for name, update in updates.items()
                if update == PER_BROKER or name.startswith(LISTENER_PREFIX)
            ],
            "Cannot update these configs at default cluster level, broker id must be specified",
        )


def _refuse(names: Sequence[str], message: str) -> None:
    if names:
        raise KafkaError(ErrorCode.INVALID_REQUEST, f"{message}: [{', '.join(names)}]")
