"""All settings of a broker as they are declared, area by area, and where a value comes from.

It comes from the first of: what was changed at run time for this broker, what was changed for all
brokers, what the broker was started with, the default. What must hold between settings is `rules`'s.
"""

from collections.abc import Mapping
from typing import Any

from broker.settings.areas.controller import ControllerSettings
from broker.settings.areas.groups import GroupsSettings
from broker.settings.areas.kawa import KawaSettings
from broker.settings.areas.log import LogSettings
from broker.settings.areas.metrics import MetricsSettings
from broker.settings.areas.network import NetworkSettings
from broker.settings.areas.remote import RemoteSettings
from broker.settings.areas.replication import ReplicationSettings
from broker.settings.areas.sasl import SaslSettings
from broker.settings.areas.share import ShareSettings
from broker.settings.areas.streams import StreamsSettings
from broker.settings.areas.throttles import ThrottleSettings
from broker.settings.areas.tls import TlsSettings
from broker.settings.areas.topics import TopicsSettings
from broker.settings.areas.transactions import TransactionsSettings
from broker.settings.setting import Setting

LISTENER_PREFIX = "listener.name."
HOUR_MS = 3_600_000
MINUTE_MS = 60_000


class DeclaredSettings(
    NetworkSettings,
    LogSettings,
    TopicsSettings,
    ReplicationSettings,
    GroupsSettings,
    TransactionsSettings,
    ShareSettings,
    StreamsSettings,
    ControllerSettings,
    SaslSettings,
    TlsSettings,
    MetricsSettings,
    RemoteSettings,
    ThrottleSettings,
    KawaSettings,
):
    given: dict[str, str]
    """What the broker was started with: names and texts. Listener overrides among them."""

    dynamic_default: dict[str, str]
    """What was changed at run time for all brokers."""

    dynamic: dict[str, str]
    """What was changed at run time for this broker."""

    def __init__(
        self,
        given: Mapping[str, str] | None = None,
        *,
        dynamic_default: Mapping[str, str] | None = None,
        dynamic: Mapping[str, str] | None = None,
    ) -> None:
        """Raises: InvalidSetting."""
        self.given = dict(given or {})
        self.dynamic_default = dict(dynamic_default or {})
        self.dynamic = dict(dynamic or {})
        values = self.__dict__
        for name, text in {**self.given, **self.dynamic_default, **self.dynamic}.items():
            setting = self.setting_of(name, text)
            value = setting.parse(text, name=name)
            if not name.startswith(LISTENER_PREFIX):
                values[setting.attribute] = value
        _agree_on_node_id(values, default=type(self).node_id.default)

    @classmethod
    def setting_of(cls, name: str, value: str | None = None) -> Setting[Any]:
        """The declaration behind a name, or behind the override of it for one listener.

        Raises: InvalidSetting: there is none.
        """
        if name.startswith(LISTENER_PREFIX):
            base = name[len(LISTENER_PREFIX) :].partition(".")[2]
            # SASL settings have the mechanism in between: listener.name.inside.plain.sasl.jaas.config
            for candidate in (base, base.partition(".")[2]):
                setting = cls.find(candidate)
                if setting is not None:
                    return setting
        return cls.require(name, value)

    def is_set(self, name: str) -> bool:
        """Whether somebody gave a value, even if it is the default's."""
        return name in self.given or name in self.dynamic or name in self.dynamic_default

    def without_effect(self) -> list[str]:
        """What the broker was started with, and does not act on yet."""
        return sorted(name for name, text in self.given.items() if not self.setting_of(name, text).acts)

    def value_of(self, name: str) -> Any:
        """The value by Kafka's name. Raises: InvalidSetting: there is no such setting."""
        return getattr(self, self.require(name).attribute)

    @property
    def data_directories(self) -> list[str]:
        """log.dirs, or else log.dir."""
        return self.log_dir if self.log_dirs is None else self.log_dirs

    @property
    def retention_ms(self) -> int:
        """Milliseconds, or else minutes, or else hours; -1 for ever."""
        if self.log_retention_ms is not None:
            retention = self.log_retention_ms
        elif self.log_retention_minutes is not None:
            retention = self.log_retention_minutes * MINUTE_MS
        else:
            retention = self.log_retention_hours * HOUR_MS
        return max(retention, -1)

    @property
    def roll_ms(self) -> int:
        return self.log_roll_hours * HOUR_MS if self.log_roll_ms is None else self.log_roll_ms

    @property
    def roll_jitter_ms(self) -> int:
        if self.log_roll_jitter_ms is None:
            return self.log_roll_jitter_hours * HOUR_MS
        return self.log_roll_jitter_ms

    @property
    def flush_ms(self) -> int:
        if self.log_flush_interval_ms is None:
            return self.log_flush_scheduler_interval_ms
        return self.log_flush_interval_ms


def _agree_on_node_id(values: dict[str, Any], *, default: int) -> None:
    """broker.id is an older name of node.id: one given stands for both."""
    if "node_id" not in values and "broker_id" in values:
        values["node_id"] = values["broker_id"]
    values.setdefault("node_id", default)
    values.setdefault("broker_id", values["node_id"])
