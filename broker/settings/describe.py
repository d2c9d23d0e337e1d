"""Settings as DescribeConfigs shows them: the value, where it comes from, and what stands behind it.

A synonym is a value that would hold, strongest first: the topic's or group's own; then for the broker's
setting and its older spellings what was changed for this broker, changed for all brokers, given at
the start, and the default. As in Kafka, those in front of the described name itself are left out:
log.retention.ms has no synonyms while only log.retention.hours is set.

Follows Kafka's ConfigHelper and DynamicBrokerConfig.brokerConfigSynonyms.

Differences from Apache Kafka: unknown settings of the start are not shown, since Kawa does not keep
them; documentation is Kawa's own, and says so where Kawa does not act on a setting.
"""

from collections.abc import Collection, Iterator, Mapping
from enum import IntEnum
from typing import Any, NamedTuple

from broker.settings.broker import BrokerSettings
from broker.settings.declared import LISTENER_PREFIX
from broker.settings.group import GroupConfig
from broker.settings.setting import READ_ONLY, Setting
from broker.settings.topic import TopicConfig


class ConfigSource(IntEnum):
    """Where a value comes from, as the answer numbers it."""

    UNKNOWN = 0
    TOPIC = 1
    DYNAMIC_BROKER = 2
    DYNAMIC_DEFAULT_BROKER = 3
    STATIC_BROKER = 4
    DEFAULT = 5
    DYNAMIC_BROKER_LOGGER = 6
    CLIENT_METRICS = 7
    GROUP = 8


CONFIG_TYPES = {
    "BOOLEAN": 1,
    "STRING": 2,
    "INT": 3,
    "SHORT": 4,
    "LONG": 5,
    "DOUBLE": 6,
    "LIST": 7,
    "CLASS": 8,
    "PASSWORD": 9,
}

_SPELLINGS = (
    ("log.roll.ms", "log.roll.hours"),
    ("log.roll.jitter.ms", "log.roll.jitter.hours"),
    ("log.retention.ms", "log.retention.minutes", "log.retention.hours"),
)
_FLUSH = ("log.flush.interval.ms", "log.flush.scheduler.interval.ms")


class Synonym(NamedTuple):
    name: str
    value: str | None
    source: ConfigSource


class ConfigRow(NamedTuple):
    """A secret's value is None, as is one that is not set."""

    name: str
    value: str | None
    read_only: bool
    source: ConfigSource
    is_sensitive: bool
    synonyms: list[Synonym]
    config_type: int
    documentation: str


def broker_rows(settings: BrokerSettings, names: Collection[str] | None = None) -> list[ConfigRow]:
    """What holds for one broker. Internal settings and overrides for one listener only if they are set.

    `names` None or empty: all; names that are not there are passed over.
    """
    rows = []
    for name, setting in _broker_names(settings):
        if not names or name in names:
            overridden = name.startswith(LISTENER_PREFIX)
            value = setting.parse(_given(settings, name)) if overridden else settings.value_of(name)
            rows.append(
                _broker_row(settings, name, setting, setting.render(value), _synonyms(settings, name))
            )
    return rows


def default_broker_rows(settings: BrokerSettings, names: Collection[str] | None = None) -> list[ConfigRow]:
    """What was changed at run time for all brokers."""
    rows = []
    for name, text in sorted(settings.dynamic_default.items()):
        if not names or name in names:
            setting = settings.setting_of(name)
            synonyms = [
                synonym
                for synonym in _synonyms(settings, name)
                if synonym.source is ConfigSource.DYNAMIC_DEFAULT_BROKER
            ]
            rows.append(_broker_row(settings, name, setting, text, synonyms))
    return rows


def topic_rows(
    config: TopicConfig, settings: BrokerSettings, names: Collection[str] | None = None
) -> list[ConfigRow]:
    return list(_rows(config, settings, names, own=ConfigSource.TOPIC))


def group_rows(
    config: GroupConfig, settings: BrokerSettings, names: Collection[str] | None = None
) -> list[ConfigRow]:
    return list(_rows(config, settings, names, own=ConfigSource.GROUP))


def _rows(
    config: TopicConfig | GroupConfig,
    settings: BrokerSettings,
    names: Collection[str] | None,
    *,
    own: ConfigSource,
) -> Iterator[ConfigRow]:
    for setting in config.all_settings():
        name = setting.name
        is_shown = not setting.internal or name in config.overrides
        if not is_shown or (names and name not in names):
            continue
        value = setting.render(getattr(config, setting.attribute))
        synonyms = [] if setting.synonym is None else _synonyms(settings, setting.synonym)
        if setting.synonym is None and own is ConfigSource.GROUP:
            synonyms = [Synonym(name, setting.render(setting.default), ConfigSource.DEFAULT)]
        if name in config.overrides:
            synonyms.insert(0, Synonym(name, value, own))
        yield _row(name, setting, value, synonyms, read_only=False)


def _broker_names(settings: BrokerSettings) -> Iterator[tuple[str, Setting[Any]]]:
    for setting in settings.all_settings():
        if not setting.internal or settings.is_set(setting.name):
            yield setting.name, setting
    overrides = {**settings.given, **settings.dynamic_default, **settings.dynamic}
    for name in sorted(overrides):
        if name.startswith(LISTENER_PREFIX):
            yield name, settings.setting_of(name)


def _broker_row(
    settings: BrokerSettings, name: str, setting: Setting[Any], value: str | None, synonyms: list[Synonym]
) -> ConfigRow:
    # Kafka's list of what can change holds plain names only.
    read_only = setting.update == READ_ONLY or name.startswith(LISTENER_PREFIX)
    return _row(name, setting, value, synonyms, read_only=read_only)


def _row(
    name: str, setting: Setting[Any], value: str | None, synonyms: list[Synonym], *, read_only: bool
) -> ConfigRow:
    return ConfigRow(
        name=name,
        value=None if setting.is_secret else value,
        read_only=read_only,
        source=synonyms[0].source if synonyms else ConfigSource.DEFAULT,
        is_sensitive=setting.is_secret,
        synonyms=synonyms,
        config_type=CONFIG_TYPES[setting.type_name],
        documentation=setting.doc if setting.acts else f"{setting.doc} (Kawa does not act on it yet.)",
    )


def _given(settings: BrokerSettings, name: str) -> str:
    for texts in (settings.dynamic, settings.dynamic_default):
        if name in texts:
            return texts[name]
    return settings.given[name]


def _synonyms(settings: BrokerSettings, name: str) -> list[Synonym]:
    spellings = _spellings(settings, name)
    is_secret = settings.setting_of(name).is_secret
    sources: tuple[tuple[Mapping[str, str], ConfigSource], ...] = (
        (settings.dynamic, ConfigSource.DYNAMIC_BROKER),
        (settings.dynamic_default, ConfigSource.DYNAMIC_DEFAULT_BROKER),
        (settings.given, ConfigSource.STATIC_BROKER),
        (_defaults(settings, spellings), ConfigSource.DEFAULT),
    )
    found = [
        Synonym(spelling, None if is_secret else texts[spelling], source)
        for texts, source in sources
        for spelling in spellings
        if spelling in texts
    ]
    while found and found[0].name != name:
        del found[0]
    return found


def _spellings(settings: BrokerSettings, name: str) -> tuple[str, ...]:
    """The names under which a value may be given, strongest first."""
    if name == _FLUSH[0]:
        return _FLUSH
    for spellings in _SPELLINGS:
        if name in spellings:
            return spellings
    if name.startswith(LISTENER_PREFIX):
        return (name, settings.setting_of(name).name)
    return (name,)


def _defaults(settings: BrokerSettings, names: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for name in names:
        setting = settings.find(name)
        text = None if setting is None else setting.render(setting.default)
        if text is not None:
            found[name] = text
    return found
