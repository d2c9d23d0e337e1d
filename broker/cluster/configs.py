"""Configurations that clients can change: of topics, of brokers, and of groups.

What was set is kept in the state store; what is in force follows from it and from the settings the
process was started with. A topic's effective configuration is worked out once and kept until
something under it changes; `on_topic_change` is told then. What was set is judged when it is set: a
later change of a broker's setting may put it at odds with that, which is no reason to fail.

Differences from Apache Kafka: topics and groups fall back to the settings of the first node; a broker's
settings of unknown names are refused, and so are changes that some node could not start with.
"""

from collections.abc import Callable, Mapping

from broker.settings.broker import BrokerSettings
from broker.settings.group import GroupConfig, group_fallback
from broker.settings.topic import TopicConfig, broker_fallback
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
        self._common_topic: TopicConfig | None = None
        self._topic_callbacks: list[Callable[[str], None]] = []
        self._groups: dict[str, GroupConfig] = {}  # of those for which something was set
        self._any_group: GroupConfig | None = None
        self._brokers: dict[int, BrokerSettings] = {settings.node_id: settings}

    def on_topic_change(self, callback: Callable[[str], None]) -> None:
        """Call back with the topic's name after its configuration has changed."""
        self._topic_callbacks.append(callback)

    def add_broker(self, settings: BrokerSettings) -> None:
        """A node has its own settings; what was set for it while it ran before is in force again."""
        self._brokers[settings.node_id] = settings
        self._any_group = None  # the first node's settings may have changed by that
        self._apply_to(settings)

    def broker(self, node_id: int) -> BrokerSettings:
        return self._brokers[node_id]

    def topic(self, name: str) -> TopicConfig:
        """What is in force for a topic."""
        config = self._topics.get(name)
        if config is None:
            given = self.given(ResourceType.TOPIC, name)
            config = TopicConfig(given, broker_fallback(self._settings)) if given else self.common_topic
            self._topics[name] = config
        return config

    @property
    def common_topic(self) -> TopicConfig:
        """What is in force for all topics for which nothing was set."""
        if self._common_topic is None:
            self._common_topic = TopicConfig({}, broker_fallback(self._settings))
        return self._common_topic

    def group(self, name: str) -> GroupConfig:
        """What is in force for a group."""
        given = self.given(ResourceType.GROUP, name)
        if not given:
            if self._any_group is None:
                self._any_group = GroupConfig({}, group_fallback(self._settings))
            return self._any_group
        config = self._groups.get(name)
        if config is None:
            config = self._groups[name] = GroupConfig(given, group_fallback(self._settings))
        return config

    def given(self, resource: ResourceType, name: str) -> Mapping[str, str]:
        """What was set for a resource, as it was written."""
        return self._given.get((resource, name), {})

    def names(self, resource: ResourceType) -> list[str]:
        """The resources of a kind for which something was set."""
        return [name for kind, name in self._given if kind is resource]

    def check(self, resource: ResourceType, name: str, values: Mapping[str, str]) -> None:
        """Whether these could be all that is set for the resource.

        Raises: InvalidSetting: a name or a value. KafkaError: what may not change, or not there.
        """
        if resource is ResourceType.TOPIC:
            TopicConfig.effective(values, self._settings)
        elif resource is ResourceType.GROUP:
            GroupConfig.effective(values, self._settings)
        elif resource is ResourceType.CLIENT_METRICS:
            from broker.cluster.client_metrics import check_client_metrics

            check_client_metrics(values)
        else:
            from broker.cluster.config_changes import check_broker_changes

            check_broker_changes(values, for_every_broker=name == EVERY_BROKER)
            self._check_layers(name, values)

    def set(self, resource: ResourceType, name: str, values: Mapping[str, str]) -> None:
        """Keep these in place of what was set, and let them act.

        Raises: as `check`, and StateError; nothing has changed then.
        """
        self.check(resource, name, values)
        with self._state.transaction():
            self._state.configs.put(resource, name, values)
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
        elif resource is ResourceType.GROUP:
            self._groups.pop(name, None)
        elif resource is ResourceType.BROKER:
            self._groups.clear()
            self._any_group = None
            for settings in self._brokers.values():
                self._apply_to(settings)
            changed = list(self._topics)
            self._topics.clear()
            self._common_topic = None
            self._tell(changed)

    def _check_layers(self, name: str, values: Mapping[str, str]) -> None:
        """Whether every broker could run, also those that are not there today. Raises: InvalidSetting."""
        brokers = {str(node_id): settings.given for node_id, settings in self._brokers.items()}
        for absent in self.names(ResourceType.BROKER):
            if absent != EVERY_BROKER:
                brokers.setdefault(absent, self._settings.given)
        default = values if name == EVERY_BROKER else self.given(ResourceType.BROKER, EVERY_BROKER)
        for broker, given in brokers.items():
            own = values if name == broker else self.given(ResourceType.BROKER, broker)
            BrokerSettings(given, dynamic_default=default, dynamic=own)

    def _apply_to(self, settings: BrokerSettings) -> None:
        default = self.given(ResourceType.BROKER, EVERY_BROKER)
        own = self.given(ResourceType.BROKER, str(settings.node_id))
        if default or own or settings.dynamic or settings.dynamic_default:
            settings.set_dynamic(default=default, broker=own)

    def _tell(self, topics: list[str]) -> None:
        for callback in self._topic_callbacks:
            for topic in topics:
                callback(topic)
