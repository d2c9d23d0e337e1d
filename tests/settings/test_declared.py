"""Where a value comes from, and what several settings say together."""

import pytest

from broker.settings.declared import DeclaredSettings
from broker.settings.errors import InvalidSetting


def test_a_value_is_there_by_kafkas_name() -> None:
    assert DeclaredSettings().value_of("num.partitions") == 1
    with pytest.raises(InvalidSetting):
        DeclaredSettings().value_of("num.partition")


def test_broker_id_and_node_id_stand_for_each_other() -> None:
    assert DeclaredSettings().node_id == DeclaredSettings().broker_id == 1
    assert DeclaredSettings({"broker.id": "4"}).node_id == 4
    assert DeclaredSettings({"node.id": "5"}).broker_id == 5


def test_a_setting_may_be_overridden_for_one_listener() -> None:
    name = "listener.name.inside.ssl.keystore.location"
    settings = DeclaredSettings({name: "/a"})
    assert settings.given == {name: "/a"}
    assert settings.ssl_keystore_location is None
    assert settings.setting_of(name) is DeclaredSettings.ssl_keystore_location


def test_an_override_may_name_a_sasl_mechanism() -> None:
    name = "listener.name.inside.scram-sha-256.sasl.jaas.config"
    assert DeclaredSettings.setting_of(name) is DeclaredSettings.sasl_jaas_config


def test_an_override_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidSetting, match="there is no such setting"):
        DeclaredSettings({"listener.name.inside.nothing.such": "1"})


def test_an_override_has_the_limits_of_what_it_overrides() -> None:
    with pytest.raises(
        InvalidSetting, match=r"^listener.name.inside.max.connections=-1: must be at least 0$"
    ):
        DeclaredSettings({"listener.name.inside.max.connections": "-1"})


def test_data_directories_are_log_dirs_or_else_log_dir() -> None:
    assert DeclaredSettings().data_directories == ["./kawa-data"]
    assert DeclaredSettings({"log.dir": "/a"}).data_directories == ["/a"]
    assert DeclaredSettings({"log.dir": "/a", "log.dirs": "/b"}).data_directories == ["/b"]


def test_the_finer_unit_of_retention_goes_before_the_coarser() -> None:
    values = {"log.retention.hours": "1"}
    assert DeclaredSettings(values).retention_ms == 3_600_000
    values["log.retention.minutes"] = "2"
    assert DeclaredSettings(values).retention_ms == 120_000
    values["log.retention.ms"] = "3"
    assert DeclaredSettings(values).retention_ms == 3


@pytest.mark.parametrize("unit", ["ms", "minutes", "hours"])
def test_negative_retention_is_for_ever(unit: str) -> None:
    assert DeclaredSettings({f"log.retention.{unit}": "-7"}).retention_ms == -1


def test_the_finer_unit_of_rolling_goes_before_the_coarser() -> None:
    values = {"log.roll.hours": "1", "log.roll.jitter.hours": "2"}
    settings = DeclaredSettings(values)
    assert (settings.roll_ms, settings.roll_jitter_ms) == (3_600_000, 7_200_000)
    settings = DeclaredSettings({**settings.given, "log.roll.ms": "5", "log.roll.jitter.ms": "6"})
    assert (settings.roll_ms, settings.roll_jitter_ms) == (5, 6)


def test_flushing_falls_back_to_the_scheduler() -> None:
    settings = DeclaredSettings({"log.flush.scheduler.interval.ms": "7"})
    assert settings.flush_ms == 7
    assert DeclaredSettings({**settings.given, "log.flush.interval.ms": "8"}).flush_ms == 8


def test_a_setting_is_set_wherever_it_was_given() -> None:
    settings = DeclaredSettings(
        {"num.partitions": "1"},
        dynamic_default={"max.connections": "5"},
        dynamic={"message.max.bytes": "5"},
    )
    assert [
        settings.is_set(name)
        for name in ("num.partitions", "max.connections", "message.max.bytes", "listeners")
    ] == [True, True, True, False]


def test_what_was_given_and_is_not_acted_on_is_told() -> None:
    given = {"sasl.enabled.mechanisms": "PLAIN", "num.partitions": "3", "authorizer.class.name": "x"}
    assert DeclaredSettings(given).without_effect() == ["authorizer.class.name", "sasl.enabled.mechanisms"]
