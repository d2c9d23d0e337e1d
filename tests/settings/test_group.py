import pytest

from broker.settings.broker import BrokerSettings
from broker.settings.errors import InvalidSetting
from broker.settings.group import GroupConfig
from tests.settings.tables import kafka_table
from tests.settings.test_broker import default_of

TABLE = kafka_table("group")
WITHOUT_BROKER = {"share.auto.offset.reset", "share.isolation.level", "share.renew.acknowledge.enable"}


def effective(overrides: dict[str, str], broker: dict[str, str] | None = None) -> GroupConfig:
    return GroupConfig.effective(overrides, BrokerSettings(broker))


def test_every_config_equals_its_row_in_kafkas_table() -> None:
    assert {
        setting.name: (setting.type_name, setting.kafka_default, setting.allowed, setting.importance)
        for setting in GroupConfig.all_settings()
    } == {
        name: (row["type"], default_of(row), row["valid"], row["importance"]) for name, row in TABLE.items()
    }
    assert len(TABLE) == 17


def test_a_broker_setting_stands_behind_each_but_three() -> None:
    for setting in GroupConfig.all_settings():
        if setting.name in WITHOUT_BROKER:
            assert setting.synonym is None
        else:
            assert setting.synonym == f"group.{setting.name}"


def test_a_group_has_what_the_broker_says() -> None:
    config = effective({}, {"group.consumer.session.timeout.ms": "50000"})
    assert config.consumer_session_timeout_ms == 50_000


def test_an_override_goes_before_the_broker() -> None:
    config = effective(
        {"consumer.session.timeout.ms": "55000"}, {"group.consumer.session.timeout.ms": "50000"}
    )
    assert config.consumer_session_timeout_ms == 55_000


@pytest.mark.parametrize(
    ("name", "text", "allowed"),
    [
        (
            "consumer.session.timeout.ms",
            "1",
            "must be at least group.consumer.min.session.timeout.ms (45000)",
        ),
        (
            "consumer.session.timeout.ms",
            "70000",
            "must be at most group.consumer.max.session.timeout.ms (60000)",
        ),
        (
            "share.record.lock.duration.ms",
            "1000",
            "must be at least group.share.min.record.lock.duration.ms (15000)",
        ),
        ("share.delivery.count.limit", "11", "must be at most group.share.max.delivery.count.limit (10)"),
        ("streams.num.standby.replicas", "3", "must be at most group.streams.max.standby.replicas (2)"),
    ],
)
def test_a_group_keeps_within_the_brokers_bounds(name: str, text: str, allowed: str) -> None:
    with pytest.raises(InvalidSetting) as refused:
        effective({name: text})
    assert refused.value.allowed == allowed


def test_a_duration_is_a_place_to_begin() -> None:
    assert (
        effective({"share.auto.offset.reset": "by_duration:PT1H"}).share_auto_offset_reset
        == "by_duration:PT1H"
    )
