"""The cluster's topics, as consumer groups look at them."""

from collections.abc import Collection

from broker.cluster.topics import Topic, Topics
from broker.coordinator.group.consumer.topic_shapes import TopicShape


class KnownTopics:
    """A `TopicShapes` over all topics there are."""

    def __init__(self, topics: Topics) -> None:
        self._topics = topics

    @property
    def version(self) -> int:
        return self._topics.version

    def named(self, name: str) -> TopicShape | None:
        return _shape(self._topics.by_name.get(name))

    def with_id(self, topic_id: bytes) -> TopicShape | None:
        return _shape(self._topics.by_id.get(topic_id))

    def names(self) -> Collection[str]:
        return [topic.name for topic in self._topics.by_name.values() if not topic.is_internal]


def _shape(topic: Topic | None) -> TopicShape | None:
    return None if topic is None else TopicShape(topic.name, topic.topic_id, len(topic.partitions))
