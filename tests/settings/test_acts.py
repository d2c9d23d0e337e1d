"""A setting says that Kawa acts on it if, and only if, something outside the settings reads it."""

import re
from pathlib import Path

from broker.settings.broker import BrokerSettings
from broker.settings.group import GroupConfig
from broker.settings.topic import TopicConfig

ROOT = Path(__file__).parents[2] / "broker"
SETTINGS_THEMSELVES = {"settings", "cli"}
READ_TOGETHER = {
    "data_directories": {"log_dir", "log_dirs"},
    "segment_size_bytes": {"segment_bytes", "internal_segment_bytes"},
    "longest_segment_ms": {"segment_ms"},
    "node_id": {"broker_id"},
}
OTHER_SPELLINGS = {
    "log.roll.ms": {"log.roll.hours"},
    "log.roll.jitter.ms": {"log.roll.jitter.hours"},
    "log.flush.interval.ms": {"log.flush.scheduler.interval.ms"},
    "log.retention.ms": {"log.retention.minutes", "log.retention.hours"},
}
THROUGH_LISTENERS = {
    "listeners",
    "advertised.listeners",
    "listener.security.protocol.map",
    "controller.listener.names",
}
READ_WITHOUT_EFFECT = {
    "offsets.topic.segment.bytes": "shown as a config of an internal topic, which has no segments",
    "transaction.state.log.min.isr": "the same",
    "transaction.state.log.segment.bytes": "the same",
}


def read_attributes() -> set[str]:
    files = [
        path for path in ROOT.rglob("*.py") if not SETTINGS_THEMSELVES & set(path.relative_to(ROOT).parts)
    ]
    words = set(re.findall(r"\.([a-z][a-z_0-9]+)\b", "\n".join(path.read_text() for path in files)))
    for word, attributes in READ_TOGETHER.items():
        if word in words:
            words |= attributes
    return words


def test_a_topic_config_acts_if_it_is_read() -> None:
    read = read_attributes()
    acting = {setting.name for setting in TopicConfig.all_settings() if setting.acts}
    found = {setting.name for setting in TopicConfig.all_settings() if setting.attribute in read}
    assert acting == found - READ_WITHOUT_EFFECT.keys()


def test_a_config_of_groups_acts_if_it_is_read() -> None:
    read = read_attributes()
    acting = {setting.name for setting in GroupConfig.all_settings() if setting.acts}
    assert acting == {setting.name for setting in GroupConfig.all_settings() if setting.attribute in read}


def test_a_broker_setting_acts_if_it_or_its_topic_config_is_read() -> None:
    read = read_attributes()
    through_topics = {s.synonym for s in TopicConfig.all_settings() if s.synonym and s.attribute in read}
    through_topics |= {
        each for name in OTHER_SPELLINGS.keys() & through_topics for each in OTHER_SPELLINGS[name]
    }
    through_groups = {s.synonym for s in GroupConfig.all_settings() if s.synonym and s.attribute in read}
    for name in list(through_groups):  # within what limits a group may set it
        group, kind, what = name.split(".", 2)
        through_groups |= {f"{group}.{kind}.{bound}.{what}" for bound in ("min", "max")}
    acting = {setting.name for setting in BrokerSettings.all_settings() if setting.acts}
    found = {setting.name for setting in BrokerSettings.all_settings() if setting.attribute in read}
    assert (
        acting == (found | through_topics | through_groups | THROUGH_LISTENERS) - READ_WITHOUT_EFFECT.keys()
    )
