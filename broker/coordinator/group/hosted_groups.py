"""Which groups a node has: those whose partition of `__consumer_offsets` it leads.

A group is loaded when it is first asked for. It exists while it has members, documents or offsets.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from broker.clock import Clock
from broker.cluster.coordinators import group_partition
from broker.cluster.topic_names import CONSUMER_OFFSETS
from broker.cluster.topics import Partition, Topics
from broker.coordinator.group.hosted_group import HostedGroup
from broker.coordinator.group.machines import Machines
from broker.coordinator.group.offsets import GroupOffsets
from broker.coordinator.step import Reply
from broker.protocol.errors import ErrorCode, KafkaError
from broker.settings.broker import BrokerSettings
from broker.state.errors import StateError
from broker.state.store import StateStore


class HostedGroups:
    """Groups move with their partition, and forget the offsets of a topic that is deleted."""

    def __init__(
        self,
        node_id: int,
        settings: BrokerSettings,
        *,
        machines: Machines,
        clock: Clock,
        topics: Topics,
        state: StateStore,
    ) -> None:
        self._node_id = node_id
        self._settings = settings
        self._machines = machines
        self._clock = clock
        self._topics = topics
        self._state = state
        self._groups: dict[str, HostedGroup] = {}
        topics.on_leader_change(self._leader_changed)
        topics.on_delete(self._topic_deleted)

    def find(self, group_id: str) -> HostedGroup | None:
        """Raises: KafkaError: NOT_COORDINATOR (another node has it), COORDINATOR_NOT_AVAILABLE (it cannot
        be loaded)."""
        found = self._groups.get(group_id)
        if found is not None:
            return found
        if not self.is_mine(group_id):
            raise KafkaError(ErrorCode.NOT_COORDINATOR, f"Another node coordinates group {group_id!r}.")
        group = self.made(group_id)
        try:
            is_there = group.load()
        except StateError as error:
            raise KafkaError(ErrorCode.COORDINATOR_NOT_AVAILABLE, f"{group_id}: {error}") from error
        if is_there:
            self.host(group)
        return group if is_there else None

    @contextmanager
    def in_passing(self, group_id: str) -> Iterator[HostedGroup | None]:
        """A group that nobody has asked for stays in memory only if it has members."""
        was_there = group_id in self._groups
        group = self.find(group_id)
        yield group
        if not was_there and group is not None and group.is_empty:
            self._groups.pop(group_id, None)

    def made(self, group_id: str) -> HostedGroup:
        """One that is not there yet."""
        return HostedGroup(
            group_id,
            self.no_offsets(),
            machines=self._machines,
            clock=self._clock,
            state=self._state,
            discard=self._discard,
        )

    def host(self, group: HostedGroup) -> None:
        """It is there from now on."""
        self._groups[group.group_id] = group

    def remove(self, group: HostedGroup, reply: Reply) -> None:
        """It is no more, with its offsets; answer when that is kept."""
        del self._groups[group.group_id]
        group.remove(reply)

    def existing(self) -> list[HostedGroup]:
        """Of those in memory."""
        return [group for group in self._groups.values() if exists(group)]

    def stored_ids(self) -> list[str]:
        """Of all that are kept; some may be in memory, too."""
        return [group_id for group_id in self._state.groups.ids() if self.is_mine(group_id)]

    def is_mine(self, group_id: str) -> bool:
        return group_partition(self._topics, group_id).leader == self._node_id

    def no_offsets(self) -> GroupOffsets:
        return GroupOffsets(max_metadata_bytes=self._settings.offset_metadata_max_bytes)

    def close(self) -> None:
        """Who waits is told to ask again, as of another node."""
        groups, self._groups = self._groups, {}
        for group in groups.values():
            group.let_go(KafkaError(ErrorCode.NOT_COORDINATOR, "This node stops."))

    def _discard(self, group: HostedGroup) -> None:
        if self._groups.get(group.group_id) is group:
            del self._groups[group.group_id]
            group.let_go(KafkaError(ErrorCode.NOT_COORDINATOR, f"{group.group_id} is loaded anew."))

    def _leader_changed(self, partition: Partition) -> None:
        """A moved partition of `__consumer_offsets` takes its groups with it."""
        if partition.topic.name != CONSUMER_OFFSETS or partition.leader == self._node_id:
            return
        for group in list(self._groups.values()):
            if group_partition(self._topics, group.group_id) is partition:
                del self._groups[group.group_id]
                moved = KafkaError(
                    ErrorCode.NOT_COORDINATOR, f"Node {partition.leader} has {group.group_id}."
                )
                group.let_go(moved)

    def _topic_deleted(self, topic: str) -> None:
        """Its offsets mean nothing any more, and have gone from the store with it."""
        for group in self._groups.values():
            for removed in group.offsets.of_topic(topic):
                group.offsets.replay(removed)


def exists(group: HostedGroup) -> bool:
    return group.is_stored or not group.is_empty
