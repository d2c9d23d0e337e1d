"""The cluster: its id, its nodes, and the rooms that they share.

Several nodes live in one process; a cluster of several processes is the same to those who ask here.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from broker.cluster.configs import Configs
from broker.cluster.nodes import Address, Endpoint, Node
from broker.cluster.producer_ids import ProducerIds
from broker.cluster.topic_names import CONSUMER_OFFSETS, TRANSACTION_STATE
from broker.cluster.topics import Topic, Topics
from broker.cluster.virtual_log import VirtualLog
from broker.protocol.uuids import random_uuid, uuid_from_text, uuid_to_text
from broker.state.rows import ResourceType

if TYPE_CHECKING:
    from broker.log.engine import LogEngine, PartitionKey
    from broker.settings.broker import BrokerSettings
    from broker.state.store import StateStore


class Visitor(Protocol):
    """A client, as far as it matters for what it is told to connect to."""

    @property
    def listener(self) -> str: ...

    @property
    def local_host(self) -> str: ...


class Cluster:
    """What all nodes of a process agree on."""

    def __init__(
        self,
        cluster_id: str,
        nodes: Sequence[Node],
        topics: Topics,
        configs: Configs,
        producer_ids: ProducerIds,
    ) -> None:
        self.cluster_id = cluster_id
        self.nodes = {node.node_id: node for node in nodes}
        self.topics = topics
        self.configs = configs
        self.producer_ids = producer_ids

    @classmethod
    def open(
        cls,
        settings: "BrokerSettings",
        state: "StateStore",
        logs: "LogEngine",
        random_bytes: Callable[[int], bytes],
        *,
        configs: Configs | None = None,
    ) -> "Cluster":
        """The cluster as the state store knows it, with the nodes of this process.

        `configs`: those that `logs` asks, if they have been opened already. Raises: StateError.
        """
        node_ids = range(settings.node_id, settings.node_id + settings.kawa_brokers)
        nodes = [Node(node_id, settings.broker_rack, {}) for node_id in node_ids]
        configs = configs or Configs(state, settings)
        topics = Topics(state, logs, configs, live=node_ids, random_bytes=random_bytes)
        cluster = cls(_cluster_id(settings, state, random_bytes), nodes, topics, configs, ProducerIds(state))
        topics.load()
        cluster._show_internal_topics(settings, state, random_bytes)
        configs.on_topic_change(logs.reconfigure)
        return cluster

    @property
    def controller_id(self) -> int:
        """The node that clients are told to send topic changes to; every one takes them."""
        return min(self.nodes)

    def set_endpoints(self, node_id: int, endpoints: dict[str, Endpoint]) -> None:
        """The node's listeners are open: this is how they are reached."""
        self.nodes[node_id] = self.nodes[node_id]._replace(endpoints=endpoints)
        self.topics.version += 1

    def endpoint(self, node_id: int, visitor: Visitor) -> Address:
        """How a client, going by the way it came, reaches a node."""
        return self.nodes[node_id].address(visitor.listener, local_host=visitor.local_host)

    def _show_internal_topics(
        self, settings: "BrokerSettings", state: "StateStore", random_bytes: Callable[[int], bytes]
    ) -> None:
        """Their partitions are spread over the nodes: a partition's leader is the coordinator there."""
        node_ids = list(self.nodes)
        for name, count in (
            (CONSUMER_OFFSETS, settings.offsets_topic_num_partitions),
            (TRANSACTION_STATE, settings.transaction_state_log_num_partitions),
        ):
            leaders = [node_ids[index % len(node_ids)] for index in range(count)]
            topic_id = self._internal_topic_id(name, settings, state, random_bytes)
            topic = Topic(name, topic_id, open_log=self._virtual_log, is_internal=True)
            self.topics.show_virtual(topic, leaders)

    def _internal_topic_id(
        self,
        name: str,
        settings: "BrokerSettings",
        state: "StateStore",
        random_bytes: Callable[[int], bytes],
    ) -> bytes:
        """The id it was given when it was first shown; it got its configs then, too."""
        key = f"topic id of {name}"
        found = state.cluster.get(key)
        if found is None:
            found = uuid_to_text(random_uuid(random_bytes))
            values = _internal_configs(name, settings)
            with state.transaction():
                state.cluster.put(key, found)
                state.configs.put(ResourceType.TOPIC, name, values)
            self.configs.took(ResourceType.TOPIC, name, values)
        return uuid_from_text(found)

    def _virtual_log(self, key: "PartitionKey") -> VirtualLog:
        return VirtualLog(key, self.configs.topic(key.topic))


def _cluster_id(settings: "BrokerSettings", state: "StateStore", random_bytes: Callable[[int], bytes]) -> str:
    """The id it was given first; a new cluster takes the one that is set, or a random one."""
    found = state.cluster.cluster_id
    if found is None:
        found = settings.kawa_cluster_id or uuid_to_text(random_uuid(random_bytes))
        state.cluster.put_cluster_id(found)
    return found


def _internal_configs(name: str, settings: "BrokerSettings") -> dict[str, str]:
    """What Kafka's coordinators make these topics with."""
    if name == CONSUMER_OFFSETS:
        return {
            "cleanup.policy": "compact",
            "compression.type": "producer",
            "segment.bytes": str(settings.offsets_topic_segment_bytes),
        }
    return {
        "cleanup.policy": "compact",
        "compression.type": "uncompressed",
        "min.insync.replicas": str(settings.transaction_state_log_min_isr),
        "segment.bytes": str(settings.transaction_state_log_segment_bytes),
        "unclean.leader.election.enable": "false",
    }
