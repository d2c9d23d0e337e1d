"""One node's groups: those whose partition of `__consumer_offsets` it leads.

A group is loaded when it is first asked for. It exists while it has members, a document or offsets.

Follows Kafka's GroupCoordinatorService.
"""

from asyncio import Future, get_running_loop, sleep
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from broker.clock import Clock, Timer
from broker.cluster.coordinators import group_partition
from broker.cluster.topic_names import CONSUMER_OFFSETS
from broker.cluster.topics import Partition, Topics
from broker.coordinator.group.classic.admission import check_session
from broker.coordinator.group.classic.group import ClassicGroup
from broker.coordinator.group.classic.messages import Described, Join, Joined, Sync, Synced
from broker.coordinator.group.classic.states import State
from broker.coordinator.group.hosted_group import HostedGroup
from broker.coordinator.group.offsets import NO_RETENTION, Commit, GroupOffsets, OffsetRemoved
from broker.coordinator.step import Reply
from broker.logger import Logger
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.uuids import uuid_to_text
from broker.settings.broker import BrokerSettings
from broker.state.errors import StateError
from broker.state.store import StateStore

GROUPS_A_TURN = 20  # looked at for offsets whose time is up, before others have their turn


class Committer(NamedTuple):
    """Who commits: a member, or, with generation -1 and no ids, somebody from outside."""

    member_id: str
    instance_id: str | None
    generation_id: int


class ListedGroup(NamedTuple):
    group_id: str
    protocol_type: str
    state: str


class GroupCoordinator:
    """The groups of one node."""

    def __init__(
        self,
        node_id: int,
        settings: BrokerSettings,
        *,
        clock: Clock,
        random_bytes: Callable[[int], bytes],
        topics: Topics,
        state: StateStore,
        logger: Logger,
    ) -> None:
        self._node_id = node_id
        self._settings = settings
        self._clock = clock
        self._random_bytes = random_bytes
        self._topics = topics
        self._state = state
        self._logger = logger
        self._groups: dict[str, HostedGroup] = {}
        topics.on_leader_change(self._leader_changed)
        topics.on_delete(self._topic_deleted)
        self._expiry = self._look_for_expired_later()

    # Members.

    def join(self, group_id: str, asked: Join) -> "Future[Joined]":
        """Raises: KafkaError, at once or from the future, as `ClassicGroup.join`; INVALID_SESSION_TIMEOUT,
        NOT_COORDINATOR."""
        if group_id:
            check_session(asked, self._settings)
        group = self._named(group_id)
        if group is None:
            if asked.member_id:
                raise _unknown_member(group_id)
            group = self._made(group_id)
        waiter: Future[Joined] = get_running_loop().create_future()
        group.run(group.machine.join(asked, waiter=waiter, now_ms=self._clock.monotonic_ms()))
        self._groups[group_id] = group
        return waiter

    def sync(self, group_id: str, asked: Sync) -> "Future[Synced]":
        """Raises: KafkaError, at once or from the future, as `ClassicGroup.sync`; NOT_COORDINATOR."""
        group = self._with_members(group_id)
        waiter: Future[Synced] = get_running_loop().create_future()
        group.run(group.machine.sync(asked, waiter=waiter, now_ms=self._clock.monotonic_ms()))
        return waiter

    def heartbeat(self, group_id: str, member_id: str, instance_id: str | None, generation_id: int) -> None:
        """Raises: KafkaError as `ClassicGroup.heartbeat`; NOT_COORDINATOR."""
        group = self._with_members(group_id)
        group.machine.heartbeat(member_id, instance_id, generation_id, now_ms=self._clock.monotonic_ms())

    def leave(self, group_id: str, members: Iterable[tuple[str, str | None]]) -> list[ErrorCode]:
        """One code for each (member id, instance id). Raises: KafkaError: of the whole group."""
        group = self._named(group_id)
        codes = []
        for member_id, instance_id in members:
            try:
                if group is None:
                    raise _unknown_member(group_id)
                group.run(group.machine.leave(member_id, instance_id, now_ms=self._clock.monotonic_ms()))
                codes.append(ErrorCode.NONE)
            except KafkaError as error:
                codes.append(error.code)
        return codes

    # Offsets.

    def commit(
        self, group_id: str, who: Committer, commits: Sequence[Commit], *, retention_ms: int = NO_RETENTION
    ) -> "Future[list[ErrorCode]]":
        """One code for each commit.

        Raises: KafkaError as `ClassicGroup.check_commit`; GROUP_ID_NOT_FOUND, NOT_COORDINATOR.
        """
        group = self._find(group_id)
        if group is None:
            if who.generation_id >= 0:
                raise _no_group(group_id)
            group = self._made(group_id)
        group.machine.check_commit(*who, now_ms=self._clock.monotonic_ms())
        records, codes = group.offsets.commit(
            commits, wall_ms=self._clock.wall_ms(), retention_ms=retention_ms
        )
        if records:
            self._groups[group_id] = group
        waiter: Future[list[ErrorCode]] = get_running_loop().create_future()
        group.keep_offsets(records, Reply(waiter, codes))
        return waiter

    def offsets(self, group_id: str) -> "Future[GroupOffsets]":
        """What the group has committed, once it is kept; of no group, nothing. Raises: KafkaError."""
        group = self._find(group_id)
        waiter: Future[GroupOffsets] = get_running_loop().create_future()
        if group is None:
            waiter.set_result(self._no_offsets())
        else:
            group.answer_when_kept((Reply(waiter, group.offsets),))
        return waiter

    def delete_offsets(
        self, group_id: str, partitions: Sequence[tuple[str, int]]
    ) -> "Future[list[ErrorCode]]":
        """One code for each. Raises: KafkaError(INVALID_GROUP_ID, GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP)."""
        group = self._named(group_id)
        if group is None:
            raise _no_group(group_id)
        group.machine.check_deletion_of_offsets()
        subscribed = {topic for topic, _ in partitions if group.machine.needs_offsets_of(topic)}
        codes = [
            ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC if topic in subscribed else ErrorCode.NONE
            for topic, _ in partitions
        ]
        records = [
            OffsetRemoved(topic, partition)
            for topic, partition in partitions
            if topic not in subscribed and group.offsets.get(topic, partition) is not None
        ]
        waiter: Future[list[ErrorCode]] = get_running_loop().create_future()
        group.keep_offsets(records, Reply(waiter, codes))
        return waiter

    # Administration.

    async def listed(self) -> list[ListedGroup]:
        """Every group of this node."""
        found = {group_id: _listed(group) for group_id, group in self._groups.items() if self._exists(group)}
        for number, group_id in enumerate(self._state.groups.ids(), start=1):
            if group_id not in found and self._is_mine(group_id):
                with self._in_passing(group_id) as group:
                    if group is not None:
                        found[group_id] = _listed(group)
            if number % GROUPS_A_TURN == 0:
                await sleep(0)
        return list(found.values())

    def describe(self, group_id: str) -> Described:
        """Raises: KafkaError(GROUP_ID_NOT_FOUND, NOT_COORDINATOR)."""
        group = self._find(group_id)
        if group is None or not self._exists(group):
            raise _no_group(group_id)
        return group.machine.describe()

    def delete(self, group_id: str) -> "Future[None]":
        """Raises: KafkaError(GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP, NOT_COORDINATOR)."""
        group = self._find(group_id)
        if group is None or not self._exists(group):
            raise _no_group(group_id)
        if group.machine.state is not State.EMPTY:
            raise KafkaError(ErrorCode.NON_EMPTY_GROUP, f"{group_id} has members.")
        waiter: Future[None] = get_running_loop().create_future()
        self._remove(group, Reply(waiter, None))
        return waiter

    # Which groups there are.

    def _named(self, group_id: str) -> HostedGroup | None:
        """Of requests that a group without a name cannot get."""
        if not group_id:
            raise KafkaError(ErrorCode.INVALID_GROUP_ID, "The group id is empty.")
        return self._find(group_id)

    def _with_members(self, group_id: str) -> HostedGroup:
        group = self._named(group_id)
        if group is None:
            raise _unknown_member(group_id)
        return group

    def _find(self, group_id: str) -> HostedGroup | None:
        """Raises: KafkaError(NOT_COORDINATOR): another node has it, or it cannot be loaded."""
        found = self._groups.get(group_id)
        if found is not None:
            return found
        if not self._is_mine(group_id):
            raise KafkaError(ErrorCode.NOT_COORDINATOR, f"Another node coordinates group {group_id!r}.")
        group = self._made(group_id)
        try:
            is_there = group.load()
        except StateError as error:
            raise KafkaError(ErrorCode.COORDINATOR_NOT_AVAILABLE, f"{group_id}: {error}") from error
        if is_there:
            self._groups[group_id] = group
        return group if is_there else None

    @contextmanager
    def _in_passing(self, group_id: str) -> Iterator[HostedGroup | None]:
        """A group that nobody has asked for stays in memory only if it has members."""
        was_there = group_id in self._groups
        group = self._find(group_id)
        yield group
        if not was_there and group is not None and group.machine.state is State.EMPTY:
            self._groups.pop(group_id, None)

    def _made(self, group_id: str) -> HostedGroup:
        return HostedGroup(
            ClassicGroup(group_id, self._settings, self._new_member_id),
            self._no_offsets(),
            clock=self._clock,
            state=self._state,
            discard=self._discard,
        )

    def _exists(self, group: HostedGroup) -> bool:
        return group.is_stored or group.machine.state is not State.EMPTY

    def _no_offsets(self) -> GroupOffsets:
        return GroupOffsets(max_metadata_bytes=self._settings.offset_metadata_max_bytes)

    def _new_member_id(self, prefix: str) -> str:
        return f"{prefix}-{uuid_to_text(self._random_bytes(16))}"

    def _is_mine(self, group_id: str) -> bool:
        return group_partition(self._topics, group_id).leader == self._node_id

    def _remove(self, group: HostedGroup, reply: Reply) -> None:
        del self._groups[group.group_id]
        group.remove(reply)

    def _discard(self, group: HostedGroup) -> None:
        if self._groups.get(group.group_id) is group:
            del self._groups[group.group_id]
            group.let_go(KafkaError(ErrorCode.NOT_COORDINATOR, f"{group.group_id} is loaded anew."))

    # What happens around them.

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

    def close(self) -> None:
        """Who waits is told to ask again, as of another node."""
        self._expiry.cancel()
        groups, self._groups = self._groups, {}
        for group in groups.values():
            group.let_go(KafkaError(ErrorCode.NOT_COORDINATOR, "This node stops."))

    def _look_for_expired_later(self) -> Timer:
        due_ms = self._clock.monotonic_ms() + self._settings.offsets_retention_check_interval_ms
        return self._clock.call_at(due_ms, self._look_for_expired)

    def _look_for_expired(self) -> None:
        self._forget_expired([group_id for group_id in self._state.groups.ids() if self._is_mine(group_id)])
        self._expiry = self._look_for_expired_later()

    def _forget_expired(self, group_ids: list[str]) -> None:
        for group_id in group_ids[:GROUPS_A_TURN]:
            if self._is_mine(group_id):
                with self._in_passing(group_id) as group:
                    if group is not None:
                        self._forget_expired_of(group)
        rest = group_ids[GROUPS_A_TURN:]
        if rest:
            get_running_loop().call_soon(self._forget_expired, rest)

    def _forget_expired_of(self, group: HostedGroup) -> None:
        machine = group.machine
        if machine.state not in {State.EMPTY, State.STABLE}:
            return
        records = group.offsets.expired(
            wall_ms=self._clock.wall_ms(),
            retention_ms=self._settings.offsets_retention_minutes * 60_000,
            empty_since_ms=group.empty_since_ms,
            is_in_use=machine.needs_offsets_of,
        )
        if machine.state is State.EMPTY and len(records) == len(group.offsets):
            self._logger.info("group is forgotten: its offsets have expired", group=group.group_id)
            self._remove(group, _to_nobody())
        elif records:
            group.keep_offsets(records, _to_nobody())


def _listed(group: HostedGroup) -> ListedGroup:
    return ListedGroup(group.group_id, group.machine.protocol_type or "", group.machine.state)


def _to_nobody() -> Reply:
    return Reply(get_running_loop().create_future(), None)


def _unknown_member(group_id: str) -> KafkaError:
    return KafkaError(ErrorCode.UNKNOWN_MEMBER_ID, f"There is no group {group_id!r}.")


def _no_group(group_id: str) -> KafkaError:
    return KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, f"Group {group_id} not found.")
