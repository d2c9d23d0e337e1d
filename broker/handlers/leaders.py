"""Finding the partition a request names, and telling who leads it instead (KIP-951)."""

from typing import TYPE_CHECKING, Any

from broker.protocol.errors import ErrorCode, KafkaError

if TYPE_CHECKING:
    from broker.cluster.topics import Partition
    from broker.handlers.context import Broker, RequestContext


def find_partition(broker: "Broker", name: str, number: int) -> "Partition":
    """Raises: KafkaError(UNKNOWN_TOPIC_OR_PARTITION)."""
    topic = broker.cluster.topics.by_name.get(name)
    if topic is None or not 0 <= number < len(topic.partitions):
        raise KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"There is no partition {name}-{number}.")
    return topic.partitions[number]


def not_leader(partition: "Partition") -> KafkaError:
    return KafkaError(ErrorCode.NOT_LEADER_OR_FOLLOWER, f"Node {partition.leader} leads this partition.")


class NewLeaders:
    """The leaders an answer points to, with their addresses on the listener that was asked.

    Produce and Fetch each have messages of their own for them, of the same form.
    """

    def __init__(self, broker: "Broker", context: "RequestContext", messages: Any) -> None:
        self._broker = broker
        self._context = context
        self._messages = messages
        self._node_ids: dict[int, None] = {}

    def tell(self, partition: Any) -> Any:
        """The leader of `partition` and its epoch, as a message."""
        self._node_ids[partition.leader] = None
        return self._messages.LeaderIdAndEpoch(
            leader_id=partition.leader, leader_epoch=partition.leader_epoch
        )

    def endpoints(self) -> list[Any]:
        """Where the leaders that have been told of are, those that are alive."""
        cluster, context = self._broker.cluster, self._context
        found = []
        for node_id in self._node_ids:
            node = cluster.nodes.get(node_id)
            if node is not None and context.listener in node.endpoints:
                host, port = cluster.endpoint(node_id, context)
                found.append(
                    self._messages.NodeEndpoint(node_id=node_id, host=host, port=port, rack=node.rack)
                )
        return found
