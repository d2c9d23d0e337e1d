"""Topics that shall be there when the broker starts: `name:partitions[:key=value,...]`."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from broker.protocol.errors import KafkaError
from broker.settings.errors import InvalidSetting

if TYPE_CHECKING:
    from broker.cluster.cluster import Cluster

SETTING = "kawa.topics"
FORM = "must be name:partitions[:key=value,...]"


class FirstTopic(NamedTuple):
    """A topic to be made at the start; nothing happens if it is there already."""

    name: str
    partitions: int
    configs: dict[str, str]


def parse_first_topics(text: str) -> list[FirstTopic]:
    """The setting `kawa.topics`: any number of them between blanks. Raises: InvalidSetting."""
    found: dict[str, FirstTopic] = {}
    for word in text.split():
        topic = parse_first_topic(word)
        if found.setdefault(topic.name, topic) != topic:
            raise InvalidSetting(SETTING, word, f"{topic.name} stands there a second time, and otherwise")
    return list(found.values())


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


def make_first_topics(cluster: "Cluster", topics: Iterable[FirstTopic]) -> None:
    """Those that are not there yet. Raises: InvalidSetting, StateError."""
    for topic in topics:
        if topic.name not in cluster.topics.by_name:
            _make(cluster, topic)


def _make(cluster: "Cluster", topic: FirstTopic) -> None:
    from broker.cluster.creation import plan_topic

    try:
        planned = plan_topic(cluster, topic.name, partitions=topic.partitions, configs=topic.configs)
    except KafkaError as error:
        raise InvalidSetting(SETTING, topic.name, error.message) from error
    cluster.topics.create(planned)
