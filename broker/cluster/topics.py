"""Topics and their partitions: what clients see, kept in the state store.

A change is kept first and then carried out: a topic is in SQL before its logs are made, and marked
deleted there before its files go; what a kill leaves undone is finished at the next start. `version`
rises with every change that clients can see, and is the key of whatever is cached of it.

All nodes of a process have all data. A leader is who answers; that it moves costs nothing but a new
leader epoch.

Differences from Apache Kafka: leader epochs rise when a node starts again only where records may be gone.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from broker.cluster.configs import Configs
from broker.cluster.kept_answers import KeptAnswers
from broker.cluster.placement import in_sync, new_leader
from broker.log.engine import LogEngine, PartitionKey, PartitionLog
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.uuids import random_uuid
from broker.state.errors import StateError
from broker.state.rows import DeletedTopic, PartitionRow, ResourceType, TopicRow
from broker.state.store import StateStore

FIRST_EPOCH = 0


class Partition:
    """One partition; `isr` are the replicas that live."""

    __slots__ = ("_log", "index", "isr", "leader", "leader_epoch", "replicas", "topic")

    def __init__(self, topic: "Topic", index: int, row: PartitionRow, isr: tuple[int, ...]) -> None:
        self.topic = topic
        self.index = index
        self.leader, self.leader_epoch, self.replicas = row
        self.isr = isr
        self._log: PartitionLog | None = None

    def __str__(self) -> str:
        return f"{self.topic.name}-{self.index}"

    @property
    def key(self) -> PartitionKey:
        return PartitionKey(self.topic.name, self.topic.topic_id, self.index)

    @property
    def log(self) -> PartitionLog:
        """Its records; opened on first use. Raises: KafkaError(KAFKA_STORAGE_ERROR)."""
        log = self._log
        if log is None:
            log = self._log = self.topic.open_log(self.key)
        return log

    @property
    def row(self) -> PartitionRow:
        return PartitionRow(self.leader, self.leader_epoch, self.replicas)


class Topic:
    """A topic; partition n is the n-th. `open_log` is where its partitions' logs come from."""

    __slots__ = ("is_internal", "name", "open_log", "partitions", "topic_id")

    def __init__(
        self,
        name: str,
        topic_id: bytes,
        *,
        open_log: Callable[[PartitionKey], PartitionLog],
        is_internal: bool = False,
    ) -> None:
        self.name = name
        self.topic_id = topic_id
        self.open_log = open_log
        self.is_internal = is_internal
        self.partitions: list[Partition] = []

    @property
    def row(self) -> TopicRow:
        return TopicRow(self.name, self.topic_id, [partition.row for partition in self.partitions])


LeaderCallback = Callable[[Partition], None]


class LeaderSubscription:
    """A callback for changes of leaders."""

    def __init__(
        self, callbacks: dict["LeaderSubscription", LeaderCallback], callback: LeaderCallback
    ) -> None:
        self._callbacks = callbacks
        callbacks[self] = callback

    def cancel(self) -> None:
        self._callbacks.pop(self, None)


class Move(NamedTuple):
    """A partition and who shall lead it; its replicas change, too, if they are given."""

    partition: Partition
    leader: int
    replicas: Sequence[int] | None = None


class NewTopic(NamedTuple):
    """A topic to be made: the replicas of each partition, the leader first, and its configs."""

    name: str
    replicas: Sequence[Sequence[int]]
    configs: Mapping[str, str]


class Topics:
    """Every topic of the cluster."""

    def __init__(
        self,
        state: StateStore,
        logs: LogEngine,
        configs: Configs,
        *,
        live: Sequence[int],
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self.by_name: dict[str, Topic] = {}
        self.by_id: dict[bytes, Topic] = {}
        self.version = 0
        self.kept_answers = KeptAnswers(lambda: self.version)
        self._state = state
        self._logs = logs
        self._configs = configs
        self._live = live
        self._random_bytes = random_bytes
        self._leader_callbacks: dict[LeaderSubscription, LeaderCallback] = {}
        self._delete_callbacks: list[Callable[[str], None]] = []

    def load(self) -> None:
        """Take over what the state store has; finish deletions; give absent leaders' partitions to others."""
        self._finish_deletions()
        moved = []
        for row in self._state.topics.all():
            topic = Topic(row.name, row.topic_id, open_log=self._logs.partition)
            rows = [self._led(partition_row) for partition_row in row.partitions]
            for index, partition_row in enumerate(rows):
                topic.partitions.append(self._partition(topic, index, partition_row))
            if rows != row.partitions:
                moved.append(topic)
            self._show(topic)
        if moved:
            with self._state.transaction():
                self._state.topics.put(*(topic.row for topic in moved))

    def show_virtual(self, topic: Topic, leaders: Sequence[int]) -> None:
        """Let clients see an internal topic that has no files."""
        for index, leader in enumerate(leaders):
            row = PartitionRow(leader, FIRST_EPOCH, (leader,))
            topic.partitions.append(Partition(topic, index, row, (leader,)))
        self._show(topic)

    def create(self, new: NewTopic) -> Topic:
        """Make a topic whose name is free and valid. Raises: StateError, nothing is made then."""
        return self._make(new, random_uuid(self._random_bytes))

    def adopt(self, name: str, topic_id: bytes, partitions: int) -> Topic:
        """Take over a topic whose files are there and that the state store does not know.

        Its leader epochs go on above those in its logs: clients that know these take no older one.
        """
        replicas = [[self._live[index % len(self._live)]] for index in range(partitions)]
        topic = self._make(NewTopic(name, replicas, {}), topic_id)
        for partition in topic.partitions:
            with suppress(KafkaError):  # a log that cannot be opened says so when it is used
                partition.leader_epoch = partition.log.epoch_for_offset(partition.log.log_end_offset) + 1
        with self._state.transaction():
            self._state.topics.put(topic.row)
        return topic

    def delete(self, topic: Topic) -> None:
        """Nobody sees it from now on; its files go when no reader holds them.

        Raises: StateError, nothing has changed then. What fails later is made up for at the next start.
        """
        _refuse_virtual(topic)
        gone = DeletedTopic(topic.name, topic.topic_id)
        with self._state.transaction():
            self._state.topics.mark_deleted(gone)
            self._state.configs.remove(ResourceType.TOPIC, topic.name)
            self._state.groups.forget_topic(topic.name)
        del self.by_name[topic.name], self.by_id[topic.topic_id]
        self.version += 1
        for tell in self._delete_callbacks:
            tell(topic.name)
        is_gone = self._delete_logs([partition.key for partition in topic.partitions])
        self._configs.took(ResourceType.TOPIC, topic.name, {})
        if is_gone:
            self._forget([topic.topic_id])

    def grow(self, topic: Topic, replicas: Sequence[Sequence[int]]) -> None:
        """Add partitions with these replicas behind those that are there. Raises: StateError."""
        _refuse_virtual(topic)
        start = len(topic.partitions)
        added = [
            self._partition(topic, start + number, PartitionRow(nodes[0], FIRST_EPOCH, tuple(nodes)))
            for number, nodes in enumerate(replicas)
        ]
        rows = [*topic.row.partitions, *(partition.row for partition in added)]
        with self._state.transaction():
            self._state.topics.put(topic.row._replace(partitions=rows))
        topic.partitions += added
        self.version += 1

    def lead(self, partition: Partition, leader: int, *, replicas: Sequence[int] | None = None) -> None:
        """Move a partition's leadership, and its replicas if they are given, into a new leader epoch.

        Raises: StateError, nothing has changed then.
        """
        self.lead_all([Move(partition, leader, replicas)])

    def lead_all(self, moves: Sequence[Move]) -> None:
        """The same for many partitions: all are moved, or none. Raises: StateError."""
        before = [(move.partition, move.partition.row, move.partition.isr) for move in moves]
        try:
            for move in moves:
                self._move(move)
            topics = {move.partition.topic.name: move.partition.topic for move in moves}
            with self._state.transaction():
                self._state.topics.put(*(each.row for each in topics.values() if not each.is_internal))
        except BaseException:
            for partition, row, isr in reversed(before):
                partition.leader, partition.leader_epoch, partition.replicas = row
                partition.isr = isr
            raise
        self.version += 1
        for callback in tuple(self._leader_callbacks.values()):
            for move in moves:
                callback(move.partition)

    def renew_epochs(self) -> None:
        """Begin a new leader epoch everywhere: records of the old ones may be gone, and their offsets used
        again, which consumers find out by asking where their epoch ended (KIP-320). Raises: StateError."""
        stored = [topic for topic in self.by_name.values() if not topic.is_internal]
        self.lead_all([Move(each, each.leader) for topic in stored for each in topic.partitions])

    def _move(self, move: Move) -> None:
        partition, leader, replicas = move
        partition.leader = leader
        partition.leader_epoch += 1
        if replicas is not None:
            partition.replicas = tuple(replicas)
        partition.isr = in_sync(partition.replicas, self._live, leader=leader)

    def on_leader_change(self, callback: LeaderCallback) -> LeaderSubscription:
        """Call back, with the partition, after its leader or its leader epoch has changed."""
        return LeaderSubscription(self._leader_callbacks, callback)

    def on_delete(self, callback: Callable[[str], None]) -> None:
        """Call back, with its name, when a topic is deleted."""
        self._delete_callbacks.append(callback)

    def _make(self, new: NewTopic, topic_id: bytes) -> Topic:
        topic = Topic(new.name, topic_id, open_log=self._logs.partition)
        for index, nodes in enumerate(new.replicas):
            topic.partitions.append(
                self._partition(topic, index, PartitionRow(nodes[0], FIRST_EPOCH, tuple(nodes)))
            )
        with self._state.transaction():
            self._state.topics.put(topic.row)
            if new.configs:
                self._state.configs.put(ResourceType.TOPIC, new.name, new.configs)
        self._configs.took(ResourceType.TOPIC, new.name, new.configs)
        self._show(topic)
        return topic

    def _led(self, row: PartitionRow) -> PartitionRow:
        """The same, or, if its leader is absent, with one that lives, in a new leader epoch.

        If no replica lives, the new leader takes the place of the absent one among them.
        """
        if row.leader in self._live:
            return row
        leader = new_leader(row.replicas, self._live)
        replicas = row.replicas
        if leader not in replicas:
            replicas = tuple(leader if node == row.leader else node for node in replicas)
        return PartitionRow(leader, row.leader_epoch + 1, replicas)

    def _partition(self, topic: Topic, index: int, row: PartitionRow) -> Partition:
        return Partition(topic, index, row, in_sync(row.replicas, self._live, leader=row.leader))

    def _show(self, topic: Topic) -> None:
        self.by_name[topic.name] = topic
        self.by_id[topic.topic_id] = topic
        self.version += 1

    def _finish_deletions(self) -> None:
        gone = {topic.topic_id for topic in self._state.topics.deleted()}
        if not gone:
            return
        left = [key for key in self._logs.discover() if key.topic_id in gone]
        if self._delete_logs(left):
            self._forget(gone)

    def _delete_logs(self, keys: Sequence[PartitionKey]) -> bool:
        """Whether all could be deleted; the engine has logged what could not."""
        is_gone = True
        for key in keys:
            try:
                self._logs.delete(key)
            except KafkaError:
                is_gone = False
        return is_gone

    def _forget(self, topic_ids: Collection[bytes]) -> None:
        """Their files are gone; if that cannot be kept, the next start finds nothing to delete."""
        with suppress(StateError):
            self._state.topics.forget(topic_ids)


def _refuse_virtual(topic: Topic) -> None:
    if topic.is_internal:
        raise KafkaError(
            ErrorCode.INVALID_REQUEST, f"{topic.name} is the broker's own and cannot be changed."
        )
