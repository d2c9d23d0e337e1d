"""BrokerSettings: every setting of Kafka's, row by row, and how values come together."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from broker.settings.broker import BrokerSettings
from broker.settings.errors import InvalidSetting
from broker.settings.password import Password
from broker.settings.setting import Setting
from broker.settings.values import parse
from tests.settings.tables import kafka_table

TABLE = kafka_table("broker")

OURS_ALONE = {
    "leader.replication.throttled.rate",
    "follower.replication.throttled.rate",
    "replica.alter.log.dirs.io.max.bytes.per.second",
}
"""Kafka has these too, but only as changes at run time; they are not in its table."""

OTHER_DEFAULTS = {
    "controller.listener.names": "CONTROLLER",
    "group.consumer.assignment.interval.ms": "0",
    "group.consumer.heartbeat.interval.ms": "1000",
    "group.consumer.min.heartbeat.interval.ms": "1000",
    "group.initial.rebalance.delay.ms": "0",
    "listeners": "PLAINTEXT://127.0.0.1:9092",
    "log.dir": "./kawa-data",
    "node.id": "1",
    "offsets.topic.replication.factor": "1",
    "process.roles": "broker,controller",
    "queued.max.request.bytes": "268435456",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "socket.listen.backlog.size": "1024",
    "socket.receive.buffer.bytes": "-1",
    "socket.send.buffer.bytes": "-1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.replication.factor": "1",
}
"""README lists them."""


def default_of(row: dict[str, str]) -> Any:
    """The default in a row of Kafka's table, as a value; what is required has none."""
    text = row["default"]
    if text in ("null", "(required)"):
        return None
    if row["type"] == "LIST":
        text = text.removeprefix("[").removesuffix("]")
    return parse(row["type"], row["name"], text.removeprefix("class "))


def row_of(setting: Setting[Any]) -> tuple[object, ...]:
    return (
        setting.name,
        setting.type_name,
        setting.kafka_default,
        setting.allowed,
        setting.importance,
        setting.update,
        setting.internal,
    )


def test_every_setting_equals_its_row_in_kafkas_table() -> None:
    declared = {
        setting.name: row_of(setting)
        for setting in BrokerSettings.all_settings()
        if not setting.name.startswith("kawa.") and setting.name not in OURS_ALONE
    }
    assert declared == {
        name: (
            name,
            row["type"],
            default_of(row),
            row["valid"],
            row["importance"],
            row["update"].removesuffix(" internal"),
            row["update"].endswith(" internal"),
        )
        for name, row in TABLE.items()
    }
    assert len(declared) == 360


def test_where_the_default_is_another_than_kafkas_is_known() -> None:
    differing = {
        setting.name: setting.render(setting.default)
        for setting in BrokerSettings.all_settings()
        if setting.differs_from_kafka
    }
    assert differing == OTHER_DEFAULTS


def test_every_default_is_allowed() -> None:
    for setting in BrokerSettings.all_settings():
        if setting.default is not None and not setting.is_secret:
            text = setting.render(setting.default)
            assert text is not None
            assert setting.parse(text) == setting.default, setting.name


def test_every_setting_says_what_it_means() -> None:
    for setting in BrokerSettings.all_settings():
        assert setting.doc[0].isupper(), setting.name
        assert setting.doc.endswith("."), setting.name
        assert len(setting.doc) <= 110, setting.name


def test_a_given_text_is_read_by_its_type() -> None:
    settings = BrokerSettings.from_values(
        {
            "log.segment.bytes": "1048576",
            "auto.create.topics.enable": "FALSE",
            "log.cleaner.min.cleanable.ratio": "0.25",
            "log.dirs": "/a, /b",
            "ssl.key.password": "hush",
        }
    )
    assert settings.log_segment_bytes == 1048576
    assert settings.auto_create_topics_enable is False
    assert settings.log_cleaner_min_cleanable_ratio == 0.25
    assert settings.log_dirs == ["/a", "/b"]
    assert settings.ssl_key_password == Password("hush")
    assert settings.num_partitions == 1


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(InvalidSetting, match=r"did you mean log.segment.bytes\?"):
        BrokerSettings.from_values({"log.segment.byte": "1"})


def test_a_value_outside_of_its_limits_is_refused() -> None:
    with pytest.raises(InvalidSetting, match=r"^log.segment.bytes=100: must be at least 1048576$"):
        BrokerSettings.from_values({"log.segment.bytes": "100"})


def test_two_different_ids_are_refused() -> None:
    with pytest.raises(InvalidSetting, match=r"^node.id=5: must be the same as broker.id"):
        BrokerSettings.from_values({"node.id": "5", "broker.id": "4"})


def test_a_copy_with_other_values_leaves_the_first_as_it_was() -> None:
    first = BrokerSettings.from_values({"num.partitions": "3"})
    second = first.with_values({"node.id": "2"})
    assert (first.node_id, second.node_id) == (1, 2)
    assert second.num_partitions == 3


def test_a_copy_with_another_node_id_has_another_broker_id() -> None:
    second = BrokerSettings.from_values({"broker.id": "1", "node.id": "1"}).with_values({"node.id": "2"})
    assert (second.node_id, second.broker_id) == (2, 2)


def test_what_is_changed_at_run_time_goes_before_what_was_given() -> None:
    settings = BrokerSettings.from_values({"log.retention.bytes": "1"})
    settings.set_dynamic(default={"log.retention.bytes": "2"}, broker={})
    assert settings.log_retention_bytes == 2
    settings.set_dynamic(default={"log.retention.bytes": "2"}, broker={"log.retention.bytes": "3"})
    assert settings.log_retention_bytes == 3
    settings.set_dynamic(default={}, broker={})
    assert settings.log_retention_bytes == 1


def test_a_change_that_is_not_allowed_changes_nothing() -> None:
    settings = BrokerSettings()
    settings.set_dynamic(default={}, broker={"message.max.bytes": "5"})
    with pytest.raises(InvalidSetting):
        settings.set_dynamic(default={"log.retention.bytes": "2"}, broker={"message.max.bytes": "-5"})
    assert (settings.message_max_bytes, settings.log_retention_bytes) == (5, -1)
    assert settings.dynamic == {"message.max.bytes": "5"}


def test_the_start_path_imports_no_more_than_declarations() -> None:
    code = (
        "import sys; import typing; before = set(sys.modules);"
        " from broker.settings.broker import BrokerSettings; BrokerSettings();"
        " print(*sorted(set(sys.modules) - before))"
    )
    output = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    names = {name for name in output if not name.startswith("broker.settings.areas")}
    assert names == {
        "broker",
        "broker.settings",
        "broker.settings.broker",
        "broker.settings.declared",
        "broker.settings.errors",
        "broker.settings.password",
        "broker.settings.setting",
    }
