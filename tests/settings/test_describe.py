import pytest

from broker.settings.broker import BrokerSettings
from broker.settings.describe import (
    ConfigRow,
    ConfigSource,
    Synonym,
    broker_rows,
    default_broker_rows,
    group_rows,
    topic_rows,
)
from broker.settings.group import GroupConfig
from broker.settings.topic import TopicConfig

DEFAULT, STATIC = ConfigSource.DEFAULT, ConfigSource.STATIC_BROKER
DYNAMIC, DYNAMIC_DEFAULT = ConfigSource.DYNAMIC_BROKER, ConfigSource.DYNAMIC_DEFAULT_BROKER


def broker_row(settings: BrokerSettings, name: str) -> ConfigRow:
    [row] = broker_rows(settings, [name])
    return row


def topic_row(name: str, overrides: dict[str, str], settings: BrokerSettings | None = None) -> ConfigRow:
    settings = settings or BrokerSettings()
    [row] = topic_rows(TopicConfig.effective(overrides, settings), settings, [name])
    return row


def test_a_default_is_shown_with_its_type_and_source() -> None:
    row = broker_row(BrokerSettings(), "log.segment.bytes")
    assert row == ConfigRow(
        name="log.segment.bytes",
        value="1073741824",
        read_only=False,
        source=DEFAULT,
        is_sensitive=False,
        synonyms=[Synonym("log.segment.bytes", "1073741824", DEFAULT)],
        config_type=3,
        documentation=BrokerSettings.log_segment_bytes.doc,
    )


@pytest.mark.parametrize(
    ("name", "value", "config_type"),
    [
        ("auto.create.topics.enable", "true", 1),
        ("compression.type", "producer", 2),
        ("num.partitions", "1", 3),
        ("offsets.topic.replication.factor", "1", 4),
        ("log.retention.bytes", "-1", 5),
        ("log.cleaner.io.max.bytes.per.second", "1.7976931348623157E308", 6),
        ("process.roles", "broker,controller", 7),
        (
            "principal.builder.class",
            "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder",
            8,
        ),
        ("ssl.key.password", None, 9),
        ("log.retention.ms", None, 5),
    ],
)
def test_values_are_shown_as_kafka_prints_them(name: str, value: str | None, config_type: int) -> None:
    row = broker_row(BrokerSettings(), name)
    assert (row.value, row.config_type) == (value, config_type)


def test_a_secret_is_never_shown() -> None:
    row = broker_row(BrokerSettings({"ssl.key.password": "hush"}), "ssl.key.password")
    assert row.is_sensitive
    assert row.value is None
    assert row.synonyms == [Synonym("ssl.key.password", None, STATIC)]


def test_synonyms_go_from_the_strongest_to_the_default() -> None:
    settings = BrokerSettings({"message.max.bytes": "1"})
    settings.set_dynamic(default={"message.max.bytes": "2"}, broker={"message.max.bytes": "3"})
    row = broker_row(settings, "message.max.bytes")
    assert (row.value, row.source) == ("3", DYNAMIC)
    assert row.synonyms == [
        Synonym("message.max.bytes", "3", DYNAMIC),
        Synonym("message.max.bytes", "2", DYNAMIC_DEFAULT),
        Synonym("message.max.bytes", "1", STATIC),
        Synonym("message.max.bytes", "1048588", DEFAULT),
    ]


def test_finer_units_stand_before_coarser_ones_of_the_same_source() -> None:
    settings = BrokerSettings({"log.retention.hours": "1", "log.retention.ms": "5"})
    assert broker_row(settings, "log.retention.ms").synonyms == [
        Synonym("log.retention.ms", "5", STATIC),
        Synonym("log.retention.hours", "1", STATIC),
        Synonym("log.retention.hours", "168", DEFAULT),
    ]


def test_what_stands_before_the_described_name_is_left_out() -> None:
    settings = BrokerSettings({"log.retention.hours": "1", "log.retention.ms": "5"})
    assert broker_row(settings, "log.retention.hours").synonyms == [
        Synonym("log.retention.hours", "1", STATIC),
        Synonym("log.retention.hours", "168", DEFAULT),
    ]
    only_hours = BrokerSettings({"log.retention.hours": "1"})
    assert broker_row(only_hours, "log.retention.ms").synonyms == []
    assert broker_row(only_hours, "log.retention.ms").source is DEFAULT


def test_flushing_stands_on_the_scheduler_but_not_the_other_way_round() -> None:
    settings = BrokerSettings({"log.flush.interval.ms": "5"})
    names = [synonym.name for synonym in broker_row(settings, "log.flush.interval.ms").synonyms]
    assert names == ["log.flush.interval.ms", "log.flush.scheduler.interval.ms"]
    names = [synonym.name for synonym in broker_row(settings, "log.flush.scheduler.interval.ms").synonyms]
    assert names == ["log.flush.scheduler.interval.ms"]


def test_what_cannot_change_at_run_time_is_read_only() -> None:
    settings = BrokerSettings()
    assert broker_row(settings, "num.partitions").read_only
    assert not broker_row(settings, "max.connections").read_only
    assert not broker_row(settings, "listeners").read_only


def test_all_public_settings_are_shown_and_internal_ones_only_when_set() -> None:
    names = {row.name for row in broker_rows(BrokerSettings())}
    assert "log.segment.bytes" in names
    assert "log.initial.task.delay.ms" not in names
    settings = BrokerSettings({"log.initial.task.delay.ms": "5"})
    assert broker_row(settings, "log.initial.task.delay.ms").value == "5"


def test_no_names_are_all_names() -> None:
    settings = BrokerSettings()
    assert broker_rows(settings, []) == broker_rows(settings, None)
    assert broker_rows(settings, ["nothing.such"]) == []


def test_an_override_for_a_listener_stands_on_what_it_overrides() -> None:
    name = "listener.name.inside.max.connections"
    settings = BrokerSettings({name: "5"})
    row = broker_row(settings, name)
    assert (row.value, row.config_type, row.read_only, row.source) == ("5", 3, True, STATIC)
    assert row.synonyms == [Synonym(name, "5", STATIC), Synonym("max.connections", "2147483647", DEFAULT)]


def test_an_override_changed_at_run_time_is_shown_as_changed() -> None:
    name = "listener.name.inside.max.connections"
    settings = BrokerSettings({name: "5"})
    settings.set_dynamic(default={}, broker={name: "6"})
    assert (broker_row(settings, name).value, broker_row(settings, name).source) == ("6", DYNAMIC)
    settings.set_dynamic(default={name: "7"}, broker={})
    assert broker_row(settings, name).value == "7"


def test_a_setting_that_does_nothing_yet_says_so() -> None:
    assert broker_row(BrokerSettings(), "ssl.protocol").documentation.endswith(
        "Kawa does not act on it yet.)"
    )


def test_for_all_brokers_only_what_was_changed_is_shown() -> None:
    settings = BrokerSettings({"message.max.bytes": "1"})
    settings.set_dynamic(default={"message.max.bytes": "2"}, broker={"message.max.bytes": "3"})
    [row] = default_broker_rows(settings)
    assert (row.name, row.value, row.source) == ("message.max.bytes", "2", DYNAMIC_DEFAULT)
    assert row.synonyms == [Synonym("message.max.bytes", "2", DYNAMIC_DEFAULT)]
    assert default_broker_rows(settings, ["num.partitions"]) == []


def test_a_topics_own_value_goes_before_the_brokers() -> None:
    row = topic_row(
        "segment.bytes", {"segment.bytes": "2000000"}, BrokerSettings({"log.segment.bytes": "3000000"})
    )
    assert (row.value, row.source, row.read_only) == ("2000000", ConfigSource.TOPIC, False)
    assert row.synonyms == [
        Synonym("segment.bytes", "2000000", ConfigSource.TOPIC),
        Synonym("log.segment.bytes", "3000000", STATIC),
        Synonym("log.segment.bytes", "1073741824", DEFAULT),
    ]


def test_a_topic_without_a_value_of_its_own_shows_the_brokers() -> None:
    row = topic_row("segment.bytes", {}, BrokerSettings({"log.segment.bytes": "3000000"}))
    assert (row.value, row.source) == ("3000000", STATIC)


def test_a_topics_retention_by_hours_has_the_value_but_no_synonyms_as_in_kafka() -> None:
    row = topic_row("retention.ms", {}, BrokerSettings({"log.retention.hours": "1"}))
    assert (row.value, row.source, row.synonyms) == ("3600000", DEFAULT, [])


def test_a_topic_config_without_a_broker_setting_has_no_default_synonym() -> None:
    row = topic_row("remote.storage.enable", {})
    assert (row.value, row.source, row.synonyms) == ("false", DEFAULT, [])


def test_a_topics_internal_config_is_shown_only_when_set() -> None:
    settings = BrokerSettings()
    assert topic_rows(TopicConfig.effective({}, settings), settings, ["internal.segment.bytes"]) == []
    assert topic_row("internal.segment.bytes", {"internal.segment.bytes": "5"}).value == "5"
    assert len(topic_rows(TopicConfig.effective({}, settings), settings)) == 33


def test_a_group_shows_its_own_the_brokers_and_its_default_values() -> None:
    settings = BrokerSettings({"group.consumer.session.timeout.ms": "46000"})
    config = GroupConfig.effective({"consumer.heartbeat.interval.ms": "6000"}, settings)
    rows = {row.name: row for row in group_rows(config, settings)}
    assert len(rows) == 17
    assert rows["consumer.heartbeat.interval.ms"].source is ConfigSource.GROUP
    assert rows["consumer.session.timeout.ms"].value == "46000"
    assert rows["consumer.session.timeout.ms"].source is STATIC
    assert rows["share.isolation.level"].synonyms == [
        Synonym("share.isolation.level", "read_uncommitted", DEFAULT)
    ]
