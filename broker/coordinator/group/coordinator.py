"""What a node is asked of its groups.

Each answer comes when all that it rests on is kept. Which groups there are: `hosted_groups`; what each
kind makes of what it is asked: `classic/` and `consumer/`.

Follows Kafka's GroupCoordinatorService.
"""

from asyncio import Future, get_running_loop, sleep
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

from broker.clock import Clock
from broker.cluster.cluster import Cluster
from broker.coordinator.group import machines
from broker.coordinator.group.classic.admission import check_session
from broker.coordinator.group.classic.group import ClassicGroup
from broker.coordinator.group.classic.messages import Described, Join, Joined, Sync, Synced
from broker.coordinator.group.consumer.admission import check_heartbeat
from broker.coordinator.group.consumer.group import ConsumerGroup
from broker.coordinator.group.consumer.messages import (
    JOINING,
    DescribedConsumers,
    Heartbeat,
    HeartbeatAnswer,
)
from broker.coordinator.group.consumer.migration import upgraded
from broker.coordinator.group.hosted_group import HostedGroup
from broker.coordinator.group.hosted_groups import HostedGroups, exists
from broker.coordinator.group.machines import Committer, Machines, Record, classic_group, consumer_group
from broker.coordinator.group.offsets import NO_RETENTION, Commit, GroupOffsets, OffsetRemoved
from broker.coordinator.group.retention import OffsetRetention
from broker.coordinator.step import Reply
from broker.logger import Logger
from broker.protocol.errors import ErrorCode, KafkaError
from broker.settings.broker import BrokerSettings
from broker.state.store import StateStore

GROUPS_A_TURN = 20  # read from the store before others have their turn

T = TypeVar("T")


class ListedGroup(NamedTuple):
    """`kind` is Classic or Consumer."""

    group_id: str
    protocol_type: str
    state: str
    kind: str


class GroupCoordinator:
    """The groups of one node."""

    def __init__(
        self,
        node_id: int,
        settings: BrokerSettings,
        *,
        clock: Clock,
        random_bytes: Callable[[int], bytes],
        cluster: Cluster,
        state: StateStore,
        logger: Logger,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._machines = Machines(
            settings, topics=cluster.topics, configs=cluster.configs, random_bytes=random_bytes
        )
        self._groups = HostedGroups(
            node_id,
            settings,
            machines=self._machines,
            clock=clock,
            topics=cluster.topics,
            state=state,
        )
        self._retention = OffsetRetention(self._groups, settings, clock=clock, logger=logger)

    def close(self) -> None:
        """Who waits is told to ask again, as of another node."""
        self._retention.close()
        self._groups.close()

    # Members of the classic protocol.

    def join(self, group_id: str, asked: Join) -> "Future[Joined]":
        """Raises: KafkaError, at once or from the future, as `ClassicGroup.join`; INVALID_SESSION_TIMEOUT,
        NOT_COORDINATOR."""
        if group_id:
            check_session(asked, self._settings)
        group = self._named(group_id)
        has_nobody = group is None or (isinstance(group.machine, ConsumerGroup) and group.is_empty)
        if has_nobody and asked.member_id:
            raise _unknown_member(group_id)
        group = group or self._groups.made(group_id)
        machine = group.machine
        if isinstance(machine, ConsumerGroup) and has_nobody:
            machine = self._machines.classic(group_id)
        waiter: Future[Joined] = _waiter()
        step = machines.join(machine, asked, waiter=waiter, now_ms=self._clock.monotonic_ms())
        self._go_on_as(group, machine)
        group.run(step)
        self._groups.host(group)
        return waiter

    def sync(self, group_id: str, asked: Sync) -> "Future[Synced]":
        """Raises: KafkaError, at once or from the future, as `ClassicGroup.sync`; NOT_COORDINATOR."""
        group = self._with_members(group_id)
        waiter: Future[Synced] = _waiter()
        group.run(machines.sync(group.machine, asked, waiter=waiter, now_ms=self._clock.monotonic_ms()))
        return waiter

    def heartbeat(self, group_id: str, member_id: str, instance_id: str | None, generation_id: int) -> None:
        """Raises: KafkaError as `ClassicGroup.heartbeat`; NOT_COORDINATOR."""
        group = self._with_members(group_id)
        now_ms = self._clock.monotonic_ms()
        machines.heartbeat(group.machine, member_id, instance_id, generation_id, now_ms=now_ms)

    def leave(self, group_id: str, members: Iterable[tuple[str, str | None]]) -> list[ErrorCode]:
        """One code for each (member id, instance id). Raises: KafkaError: of the whole group."""
        group = self._named(group_id)
        codes = []
        for member_id, instance_id in members:
            try:
                if group is None:
                    raise _unknown_member(group_id)
                now_ms = self._clock.monotonic_ms()
                group.run(machines.leave(group.machine, member_id, instance_id, now_ms=now_ms))
                codes.append(ErrorCode.NONE)
            except KafkaError as error:
                codes.append(error.code)
        return codes

    # Members of the consumer protocol.

    def consumer_heartbeat(self, group_id: str, asked: Heartbeat) -> "Future[HeartbeatAnswer]":
        """The member id is empty if the group is to make one.

        Raises: KafkaError as `check_heartbeat` and `ConsumerGroup.heartbeat`; GROUP_ID_NOT_FOUND,
        NOT_COORDINATOR, UNSUPPORTED_VERSION (such groups are switched off).
        """
        if "consumer" not in self._settings.group_coordinator_rebalance_protocols:
            raise KafkaError(ErrorCode.UNSUPPORTED_VERSION, "Groups of the consumer protocol are off.")
        check_heartbeat(asked, self._settings.group_consumer_assignors)
        group = self._groups.find(group_id)
        if asked.member_epoch == JOINING:
            group = group or self._groups.made(group_id)
            machine, records = self._to_join(group)
        elif group is None:
            raise _no_group(group_id)
        else:
            machine, records = consumer_group(group.machine), ()
        if not asked.member_id:
            asked = asked._replace(member_id=self._machines.new_member_id(""))
        waiter: Future[HeartbeatAnswer] = _waiter()
        step = machine.heartbeat(asked, waiter=waiter, now_ms=self._clock.monotonic_ms())
        self._go_on_as(group, machine, records)
        group.run(step)
        self._groups.host(group)
        return waiter

    def describe_consumers(self, group_id: str) -> DescribedConsumers:
        """Raises: KafkaError(GROUP_ID_NOT_FOUND, NOT_COORDINATOR)."""
        return consumer_group(self._existing(group_id).machine).describe()

    # Offsets.

    def commit(
        self, group_id: str, who: Committer, commits: Sequence[Commit], *, retention_ms: int = NO_RETENTION
    ) -> "Future[list[ErrorCode]]":
        """One code for each commit.

        Raises: KafkaError as `machines.check_commit`; GROUP_ID_NOT_FOUND, NOT_COORDINATOR.
        """
        group = self._groups.find(group_id)
        if group is None:
            if who.generation_id >= 0:
                raise _no_group(group_id)
            group = self._groups.made(group_id)
        partitions = ((commit.topic_id, commit.partition) for commit in commits)
        machines.check_commit(group.machine, who, partitions, now_ms=self._clock.monotonic_ms())
        records, codes = group.offsets.commit(
            commits, wall_ms=self._clock.wall_ms(), retention_ms=retention_ms
        )
        if records:
            self._groups.host(group)
        waiter: Future[list[ErrorCode]] = _waiter()
        group.keep_offsets(records, Reply(waiter, codes))
        return waiter

    def offsets(
        self, group_id: str, member_id: str | None = None, member_epoch: int = -1
    ) -> "Future[GroupOffsets]":
        """What the group has committed, once it is kept; of no group, nothing.

        Raises: KafkaError as `machines.check_fetch`; NOT_COORDINATOR.
        """
        group = self._groups.find(group_id)
        waiter: Future[GroupOffsets] = _waiter()
        if group is None:
            waiter.set_result(self._groups.no_offsets())
        else:
            machines.check_fetch(group.machine, member_id, member_epoch)
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
        waiter: Future[list[ErrorCode]] = _waiter()
        group.keep_offsets(records, Reply(waiter, codes))
        return waiter

    # Administration.

    async def listed(self) -> list[ListedGroup]:
        """Every group of this node."""
        found = {group.group_id: _listed(group) for group in self._groups.existing()}
        for number, group_id in enumerate(self._groups.stored_ids(), start=1):
            if group_id not in found and self._groups.is_mine(group_id):
                with self._groups.in_passing(group_id) as group:
                    if group is not None:
                        found[group_id] = _listed(group)
            if number % GROUPS_A_TURN == 0:
                await sleep(0)
        return list(found.values())

    def describe(self, group_id: str) -> Described:
        """Raises: KafkaError(GROUP_ID_NOT_FOUND, NOT_COORDINATOR)."""
        return classic_group(self._existing(group_id).machine).describe()

    def delete(self, group_id: str) -> "Future[None]":
        """Raises: KafkaError(GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP, NOT_COORDINATOR)."""
        group = self._existing(group_id)
        if not group.is_empty:
            raise KafkaError(ErrorCode.NON_EMPTY_GROUP, f"{group_id} has members.")
        waiter: Future[None] = _waiter()
        self._groups.remove(group, Reply(waiter, None))
        return waiter

    # Which group is meant.

    def _named(self, group_id: str) -> HostedGroup | None:
        """Of requests that a group without a name cannot get."""
        if not group_id:
            raise KafkaError(ErrorCode.INVALID_GROUP_ID, "The group id is empty.")
        return self._groups.find(group_id)

    def _with_members(self, group_id: str) -> HostedGroup:
        group = self._named(group_id)
        if group is None:
            raise _unknown_member(group_id)
        return group

    def _existing(self, group_id: str) -> HostedGroup:
        group = self._groups.find(group_id)
        if group is None or not exists(group):
            raise _no_group(group_id)
        return group

    def _to_join(self, group: HostedGroup) -> tuple[ConsumerGroup, Sequence[Record]]:
        """What a member of the consumer protocol joins, and, if the group becomes that by it, as what."""
        if isinstance(group.machine, ConsumerGroup):
            return group.machine, ()
        if group.is_empty:
            return self._machines.consumer(group.group_id), ()
        records = upgraded(group.group_id, group.machine.record(), self._machines.topics, self._settings)
        now_ms = self._clock.monotonic_ms()
        return consumer_group(self._machines.of(group.group_id, records, now_ms=now_ms)), records

    def _go_on_as(
        self, group: HostedGroup, machine: ClassicGroup | ConsumerGroup, records: Sequence[Record] = ()
    ) -> None:
        if machine is not group.machine:
            group.become(machine, records)


def _waiter() -> "Future[T]":
    return get_running_loop().create_future()


def _listed(group: HostedGroup) -> ListedGroup:
    machine = group.machine
    kind = "Consumer" if isinstance(machine, ConsumerGroup) else "Classic"
    return ListedGroup(group.group_id, machine.protocol_type or "", machine.state, kind)


def _unknown_member(group_id: str) -> KafkaError:
    return KafkaError(ErrorCode.UNKNOWN_MEMBER_ID, f"There is no group {group_id!r}.")


def _no_group(group_id: str) -> KafkaError:
    return KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, f"Group {group_id} not found.")
