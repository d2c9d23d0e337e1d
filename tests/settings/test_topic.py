from typing import Any

import pytest

from broker.settings.broker import BrokerSettings
from broker.settings.errors import InvalidSetting
from broker.settings.setting import Setting
from broker.settings.topic import TopicConfig, broker_fallback
from tests.settings.tables import kafka_table
from tests.settings.test_broker import default_of

TABLE = kafka_table("topic")


def effective(broker: dict[str, str] | None = None, **overrides: str) -> TopicConfig:
    names = {attribute.replace("_", "."): text for attribute, text in overrides.items()}
    return TopicConfig.effective(names, BrokerSettings(broker))


def row_of(setting: Setting[Any]) -> tuple[object, ...]:
    return (
        setting.type_name,
        setting.kafka_default,
        setting.allowed,
        setting.importance,
        setting.synonym,
        setting.internal,
    )


def test_every_config_equals_its_row_in_kafkas_table() -> None:
    assert {setting.name: row_of(setting) for setting in TopicConfig.all_settings()} == {
        name: (
            row["type"],
            default_of(row),
            row["valid"],
            row["importance"],
            row["update"].removesuffix(" internal").removeprefix("broker synonym ") or None,
            row["update"].endswith(" internal"),
        )
        for name, row in TABLE.items()
    }
    assert len(TABLE) == 34


def test_without_overrides_a_topic_has_kafkas_defaults() -> None:
    config = effective()
    for setting in TopicConfig.all_settings():
        assert getattr(config, setting.attribute) == setting.default, setting.name


def test_the_broker_stands_behind_every_config_that_names_one_of_its_settings() -> None:
    behind = {setting.attribute for setting in TopicConfig.all_settings() if setting.synonym}
    assert set(broker_fallback(BrokerSettings())) == behind


OTHER = {
    "BOOLEAN": "true",
    "DOUBLE": "0.25",
    "INT": "2000000",
    "LONG": "2000000",
    "LIST": "compact",
    "STRING": "gzip",
}
SPECIAL = {
    "log.message.timestamp.type": "LogAppendTime",
    "compression.gzip.level": "2",
    "compression.lz4.level": "2",
    "compression.zstd.level": "2",
    "log.retention.bytes": "2000000",
}


@pytest.mark.parametrize(
    "setting",
    [setting for setting in TopicConfig.all_settings() if setting.synonym],
    ids=lambda s: str(s.name),
)
def test_a_broker_setting_reaches_its_topics(setting: Setting[Any]) -> None:
    assert setting.synonym is not None
    text = SPECIAL.get(setting.synonym, OTHER[setting.type_name])
    config = effective({setting.synonym: text})
    assert getattr(config, setting.attribute) == setting.parse(text)


def test_older_spellings_of_the_broker_reach_topics_too() -> None:
    config = effective(
        {"log.retention.minutes": "2", "log.roll.hours": "3", "log.roll.jitter.hours": "1"},
    )
    assert (config.retention_ms, config.segment_ms, config.segment_jitter_ms) == (
        120_000,
        10_800_000,
        3_600_000,
    )
    assert effective({"log.flush.scheduler.interval.ms": "9"}).flush_ms == 9


def test_an_override_goes_before_the_broker() -> None:
    config = effective({"log.segment.bytes": "2000000"}, segment_bytes="3000000")
    assert config.segment_bytes == 3_000_000
    assert config.overrides == {"segment.bytes": "3000000"}


def test_an_unknown_config_is_refused() -> None:
    with pytest.raises(InvalidSetting, match=r"^log.segment.bytes=1: there is no such setting"):
        effective(log_segment_bytes="1")


def test_a_value_outside_of_its_limits_is_refused() -> None:
    with pytest.raises(InvalidSetting, match=r"^retention.ms=-2: must be at least -1$"):
        effective(retention_ms="-2")


def test_compaction_lags_must_not_cross() -> None:
    with pytest.raises(
        InvalidSetting, match=r"^min.compaction.lag.ms=9: must be at most max.compaction.lag.ms"
    ):
        effective(min_compaction_lag_ms="9", max_compaction_lag_ms="8")


def test_a_lag_of_the_topic_must_fit_that_of_the_broker() -> None:
    with pytest.raises(InvalidSetting, match=r"^min.compaction.lag.ms"):
        effective({"log.cleaner.max.compaction.lag.ms": "8"}, min_compaction_lag_ms="9")


def test_an_empty_cleanup_policy_keeps_everything() -> None:
    assert effective(cleanup_policy="").cleanup_policy == []


def test_a_segment_of_a_test_may_be_small() -> None:
    assert effective(internal_segment_bytes="100").segment_size_bytes == 100
    assert effective().segment_size_bytes == 1 << 30


def test_a_compacted_topic_rolls_before_its_longest_lag_ends() -> None:
    assert effective(max_compaction_lag_ms="5").longest_segment_ms == 604_800_000
    assert effective(max_compaction_lag_ms="5", cleanup_policy="compact").longest_segment_ms == 5


def test_tiered_storage_is_refused_because_there_is_none() -> None:
    with pytest.raises(InvalidSetting, match=r"^remote.storage.enable=true: there is no tiered storage$"):
        effective(remote_storage_enable="true")
