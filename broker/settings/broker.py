"""The settings of a broker: Kafka's 360 and Kawa's own, checked one by one and against each other.

settings = BrokerSettings.from_values({"log.segment.bytes": "1048576"})
settings.log_segment_bytes
"""

from collections.abc import Mapping
from typing import Self

from broker.settings.declared import DeclaredSettings

NODE_IDS = {"node.id", "broker.id"}


class BrokerSettings(DeclaredSettings):
    def __init__(
        self,
        given: Mapping[str, str] | None = None,
        *,
        dynamic_default: Mapping[str, str] | None = None,
        dynamic: Mapping[str, str] | None = None,
    ) -> None:
        """Raises: InvalidSetting."""
        super().__init__(given, dynamic_default=dynamic_default, dynamic=dynamic)
        if self.given or self.dynamic_default or self.dynamic:
            from broker.settings.rules import check_broker

            check_broker(self)

    @classmethod
    def from_values(cls, values: Mapping[str, str]) -> Self:
        """Raises: InvalidSetting: an unknown name, a value of the wrong type or outside of its limits."""
        return cls(values)

    def with_values(self, changes: Mapping[str, str]) -> Self:
        """The same with some of what it was started with changed. Raises: InvalidSetting."""
        given = dict(self.given)
        if NODE_IDS & changes.keys():
            for name in NODE_IDS:  # a new node.id is a new broker.id
                given.pop(name, None)
        given.update(changes)
        return type(self)(given, dynamic_default=self.dynamic_default, dynamic=self.dynamic)

    def set_dynamic(self, *, default: Mapping[str, str], broker: Mapping[str, str]) -> None:
        """Take these as everything that was changed at run time; whoever holds the settings sees it.

        Raises: InvalidSetting: nothing has changed then.
        """
        changed = type(self)(self.given, dynamic_default=default, dynamic=broker)
        self.__dict__.clear()
        self.__dict__.update(changed.__dict__)
