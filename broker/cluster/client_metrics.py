"""The three configs of a client metrics subscription (KIP-714): declared, judged and kept.

Follows Kafka's ClientMetricsConfigs.

Differences from Apache Kafka: no client is ever told of a subscription.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from broker.protocol.errors import ErrorCode, KafkaError
from broker.settings.errors import InvalidSetting
from broker.settings.setting import Declarations, Int, List

if TYPE_CHECKING:
    from broker.settings.describe import ConfigRow

MATCHES = frozenset(
    {
        "client_instance_id",
        "client_id",
        "client_software_name",
        "client_software_version",
        "client_source_address",
        "client_source_port",
    }
)
SHORTEST_MS, LONGEST_MS = 100, 3_600_000


class ClientMetricsConfig(Declarations):
    interval_ms = Int(300_000, doc="Time between two pushes of a client.")
    match = List([], doc="Which clients push: name=regular expression.")
    metrics = List([], doc="Metrics whose names begin with one of these are pushed; * for all.")


def check_client_metrics(values: Mapping[str, str]) -> None:
    """Raises: KafkaError(INVALID_REQUEST, INVALID_CONFIG)."""
    for name in values:
        if ClientMetricsConfig.find(name) is None:
            raise KafkaError(ErrorCode.INVALID_REQUEST, f"Unknown client metrics configuration: {name}")
    try:
        parsed = {name: ClientMetricsConfig.require(name).parse(text) for name, text in values.items()}
    except InvalidSetting as error:
        raise KafkaError(ErrorCode.INVALID_CONFIG, error.kafka_message()) from error
    interval_ms = parsed.get("interval.ms", SHORTEST_MS)
    if not SHORTEST_MS <= interval_ms <= LONGEST_MS:
        raise KafkaError(
            ErrorCode.INVALID_REQUEST,
            f"Invalid value {interval_ms} for interval.ms, interval must be between 100 and 3600000 (1 hour)",
        )
    for pattern in parsed.get("match", ()):
        _check_pattern(pattern)


def _check_pattern(pattern: str) -> None:
    name, *values = pattern.split("=")
    illegal = KafkaError(ErrorCode.INVALID_CONFIG, f"Illegal client matching pattern: {pattern}")
    if name.strip() not in MATCHES or len(values) != 1 or not values[0]:
        raise illegal
    try:
        re.compile(values[0].strip())
    except re.error as error:
        raise illegal from error


def client_metrics_rows(values: Mapping[str, str]) -> "list[ConfigRow]":
    """What holds for a subscription for which these were set, as DescribeConfigs shows it."""
    from broker.settings.describe import CONFIG_TYPES, ConfigRow, ConfigSource, Synonym

    rows = []
    for setting in ClientMetricsConfig.all_settings():
        is_set = setting.name in values
        value = setting.render(setting.parse(values[setting.name]) if is_set else setting.default)
        own = Synonym(setting.name, value, ConfigSource.CLIENT_METRICS)
        rows.append(
            ConfigRow(
                name=setting.name,
                value=value,
                read_only=False,
                source=ConfigSource.CLIENT_METRICS if is_set else ConfigSource.DEFAULT,
                is_sensitive=False,
                synonyms=[own] if is_set else [],
                config_type=CONFIG_TYPES[setting.type_name],
                documentation=f"{setting.doc} (Kawa does not act on it yet.)",
            )
        )
    return rows
