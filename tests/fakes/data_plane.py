"""A broker for handlers of the data plane: topics with fake logs, a virtual clock, no sockets.

Topics, partitions and sessions are the real ones; what they stand on is not.
"""

from collections.abc import Callable, Sequence
from typing import Any

from broker.cluster.topics import Partition, Topic
from broker.fetch.sessions import FetchSessions
from broker.handlers.context import Broker, RequestContext
from broker.log.engine import PartitionKey
from broker.protocol.records.record import Record
from broker.protocol.records.writer import write_batch
from broker.settings.broker import BrokerSettings
from broker.state.rows import PartitionRow
from tests.fakes.clock import VirtualClock
from tests.fakes.logger import RecordingLogger
from tests.fakes.partition_log import FakePartitionLog

NODE = 1
OTHER_NODE = 2


def topic_id(number: int) -> bytes:
    return bytes([9]) * 15 + bytes([number])


class FakeTopics:
    """`broker.cluster.topics.Topics` without a state store."""

    def __init__(self) -> None:
        self.by_name: dict[str, Topic] = {}
        self.by_id: dict[bytes, Topic] = {}
        self.version = 0
        self.callbacks: dict[Any, Callable[[Partition], None]] = {}

    def on_leader_change(self, callback: Callable[[Partition], None]) -> "LeaderSubscription":
        return LeaderSubscription(self.callbacks, callback)

    def move(self, partition: Partition, leader: int) -> None:
        partition.leader = leader
        partition.leader_epoch += 1
        for callback in tuple(self.callbacks.values()):
            callback(partition)


class LeaderSubscription:
    def __init__(self, callbacks: dict[Any, Any], callback: Any) -> None:
        self._callbacks = callbacks
        callbacks[self] = callback

    def cancel(self) -> None:
        self._callbacks.pop(self, None)


class FakeCluster:
    """Two nodes, at 10.0.0.1:9092 and 10.0.0.2:9092 for who comes by PLAINTEXT."""

    def __init__(self) -> None:
        self.topics = FakeTopics()
        self.nodes = {number: FakeNode(number) for number in (NODE, OTHER_NODE)}
        self.producer_ids = FakeProducerIds()

    def endpoint(self, node_id: int, visitor: Any) -> tuple[str, int]:
        return f"10.0.0.{node_id}", 9092


class FakeProducerIds:
    """1000, 1001, ..."""

    def __init__(self) -> None:
        self._last = 999

    def allocate(self) -> int:
        self._last += 1
        return self._last


class FakeNode:
    def __init__(self, node_id: int) -> None:
        self.rack = f"rack-{node_id}"
        self.endpoints = {"PLAINTEXT": ("", 9092)}


class DataPlane:
    """One broker and what a test wants to look at."""

    def __init__(self, values: dict[str, str] | None = None) -> None:
        self.clock = VirtualClock()
        self.cluster = FakeCluster()
        self.topics = self.cluster.topics
        self._random = 0
        settings = BrokerSettings.from_values(values or {})
        self.sessions = FetchSessions(settings, self.clock, self._random_bytes)
        rooms: dict[str, Any] = dict.fromkeys(Broker._fields)
        rooms |= {
            "node_id": NODE,
            "settings": settings,
            "clock": self.clock,
            "random_bytes": self._random_bytes,
            "cluster": self.cluster,
            "fetch_sessions": self.sessions,
            "logger": RecordingLogger(),
        }
        self.broker = Broker(**rooms)

    def add_topic(
        self,
        name: str = "orders",
        *,
        partitions: int = 1,
        number: int = 1,
        config: dict[str, str] | None = None,
        replicas: Sequence[int] = (NODE,),
        isr: Sequence[int] | None = None,
        leader: int = NODE,
        leader_epoch: int = 3,
        is_internal: bool = False,
    ) -> Topic:
        def open_log(key: PartitionKey) -> Any:
            return FakePartitionLog(key, config)

        topic = Topic(name, topic_id(number), open_log=open_log, is_internal=is_internal)
        row = PartitionRow(leader, leader_epoch, tuple(replicas))
        topic.partitions = [
            Partition(topic, index, row, tuple(replicas if isr is None else isr))
            for index in range(partitions)
        ]
        self.topics.by_name[name] = topic
        self.topics.by_id[topic.topic_id] = topic
        return topic

    def delete_topic(self, topic: Topic) -> None:
        del self.topics.by_name[topic.name], self.topics.by_id[topic.topic_id]
        for partition in topic.partitions:
            log_of(partition).tell()

    def context(self, api_key: int, version: int, client_id: str = "me") -> RequestContext:
        return RequestContext(
            api_key=api_key,
            api_version=version,
            correlation_id=1,
            client_id=client_id,
            listener="PLAINTEXT",
            client_host="10.1.1.1",
            connection_id=1,
            local_host="10.0.0.1",
            local_port=9092,
        )

    def _random_bytes(self, count: int) -> bytes:
        self._random += 1
        return self._random.to_bytes(count, "big")


def log_of(partition: Partition) -> FakePartitionLog:
    log: Any = partition.log
    assert isinstance(log, FakePartitionLog)
    return log


def batch(count: int = 1, *, value_bytes: int = 10, **how: Any) -> memoryview:
    """One batch as a producer sends it; its records have timestamps 1000, 1001, ..."""
    records = [
        Record(offset=index, timestamp_ms=1000 + index, key=b"k", value=bytes(value_bytes), headers=())
        for index in range(count)
    ]
    return memoryview(write_batch(records, **how))
