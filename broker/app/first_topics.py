"""Topics that shall be there when the broker starts: `name:partitions[:key=value,...]`."""

from collections.abc import Iterable
from typing import NamedTuple

from broker.cluster.cluster import Cluster
from broker.cluster.placement import spread
from broker.cluster.topic_names import check_topic_name
from broker.cluster.topics import NewTopic
from broker.settings.errors import InvalidSetting
from broker.state.rows import ResourceType

SETTING = "kawa.topics"
FORM = "must be name:partitions[:key=value,...]"


class FirstTopic(NamedTuple):
    """A topic to be made at the start; nothing happens if it is there already."""

    name: str
    partitions: int
    configs: dict[str, str]


def parse_first_topics(text: str) -> list[FirstTopic]:
    """The setting `kawa.topics`: any number of them between blanks. Raises: InvalidSetting."""
    return [parse_first_topic(word) for word in text.split()]


def parse_first_topic(text: str) -> FirstTopic:
    """Raises: InvalidSetting."""
    name, _, rest = text.partition(":")
    count, _, configs = rest.partition(":")
    if not name:
        raise InvalidSetting(SETTING, text, FORM)
    if count and not (count.isascii() and count.isdigit() and int(count) > 0):
        raise InvalidSetting(SETTING, text, f"{FORM}; {count!r} is not a number of partitions, 1 or more")
    return FirstTopic(name, int(count or 1), _configs(text, configs))


def _configs(text: str, configs: str) -> dict[str, str]:
    """A comma also separates the items of a list: what has no `=` belongs to what came before."""
    found: dict[str, str] = {}
    last = ""
    for item in filter(None, configs.split(",")):
        key, sign, value = item.partition("=")
        if sign and key:
            found[key.strip()] = value
            last = key.strip()
        elif last and not sign:
            found[last] += "," + item
        else:
            raise InvalidSetting(SETTING, text, f"{FORM}; {item!r} is not key=value")
    return found


def make_first_topics(cluster: Cluster, topics: Iterable[FirstTopic]) -> None:
    """Those that are not there yet, each with one replica. Raises: KafkaError, InvalidSetting, StateError."""
    for topic in topics:
        if topic.name in cluster.topics.by_name:
            continue
        check_topic_name(topic.name)
        cluster.configs.check(ResourceType.TOPIC, topic.name, topic.configs)
        start = len(cluster.topics.by_name)
        replicas = spread(list(cluster.nodes), partitions=topic.partitions, replicas=1, start=start)
        cluster.topics.create(NewTopic(topic.name, replicas, topic.configs))
        cluster.configs.took(ResourceType.TOPIC, topic.name, topic.configs)
