"""Configurations that clients can change: of topics, of brokers, and of groups.

What was set is kept in the state store; what is in force follows from it and from the settings the
process was started with. A topic's effective configuration is worked out once and kept until
something under it changes; `on_topic_change` is told then.
"""

from collections.abc import Callable, Mapping

from broker.settings.broker import BrokerSettings
from broker.settings.group import GroupConfig
from broker.settings.topic import TopicConfig
from broker.state.rows import ResourceType
from broker.state.store import StateStore

EVERY_BROKER = ""
"""The broker resource whose settings are the default of all."""


class Configs:
    """All configurations of the cluster."""

    def __init__(self, state: StateStore, settings: BrokerSettings) -> None:
        self._state = state
        self._settings = settings
        self._given = state.configs.all()
        self._topics: dict[str, TopicConfig] = {}
        self._topic_callbacks: list[Callable[[str], None]] = []
        self._brokers: dict[int, BrokerSettings] = {settings.node_id: settings}

    def on_topic_change(self, callback: Callable[[str], None]) -> None:
        """Call back with the topic's name after its configuration has changed."""
        self._topic_callbacks.append(callback)

    def add_broker(self, settings: BrokerSettings) -> None:
        """A node has its own settings; what was set for it while it ran before is in force again."""
        self._brokers[settings.node_id] = settings
        self._apply_to(settings)

    def broker(self, node_id: int) -> BrokerSettings:
        return self._brokers[node_id]

    def topic(self, name: str) -> TopicConfig:
        """What is in force for a topic."""
        config = self._topics.get(name)
        if config is None:
            given = self.given(ResourceType.TOPIC, name)
            config = self._topics[name] = TopicConfig.effective(given, self._settings)
        return config

    def group(self, name: str) -> GroupConfig:
        """What is in force for a group."""
        return GroupConfig.effective(self.given(ResourceType.GROUP, name), self._settings)

    def given(self, resource: ResourceType, name: str) -> Mapping[str, str]:
        """What was set for a resource, as it was written."""
        return self._given.get((resource, name), {})

    def names(self, resource: ResourceType) -> list[str]:
        """The resources of a kind for which something was set."""
        return [name for kind, name in self._given if kind is resource]

    def check(self, resource: ResourceType, name: str, values: Mapping[str, str]) -> None:
        """Whether these could be set for the resource. Raises: InvalidSetting."""
        if resource is ResourceType.TOPIC:
            TopicConfig.effective(values, self._settings)
        elif resource is ResourceType.GROUP:
            GroupConfig.effective(values, self._settings)
        elif resource is ResourceType.BROKER:
            self._settings.with_values({**self._settings.given, **values})

    def set(self, resource: ResourceType, name: str, values: Mapping[str, str]) -> None:
        """Keep these in place of what was set, and let them act. Raises: InvalidSetting, StateError."""
        self.check(resource, name, values)
        with self._state.transaction():
            if values:
                self._state.configs.put(resource, name, values)
            else:
                self._state.configs.remove(resource, name)
        self.took(resource, name, values)

    def took(self, resource: ResourceType, name: str, values: Mapping[str, str]) -> None:
        """Something was set, and is kept already."""
        if values:
            self._given[resource, name] = dict(values)
        else:
            self._given.pop((resource, name), None)
        if resource is ResourceType.TOPIC:
            self._topics.pop(name, None)
            self._tell([name])
        elif resource is ResourceType.BROKER:
            for settings in self._brokers.values():
                self._apply_to(settings)
            changed = list(self._topics)
            self._topics.clear()
            self._tell(changed)

    def _apply_to(self, settings: BrokerSettings) -> None:
        default = self.given(ResourceType.BROKER, EVERY_BROKER)
        own = self.given(ResourceType.BROKER, str(settings.node_id))
        if default or own or settings.dynamic or settings.dynamic_default:
            settings.set_dynamic(default=default, broker=own)

    def _tell(self, topics: list[str]) -> None:
        for callback in self._topic_callbacks:
            for topic in topics:
                callback(topic)
