"""The two kinds of groups behind one face: which there are, how they are made, and what both are asked.

Members of the classic protocol may be in either kind, and so may those who only commit.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple, TypeAlias

from broker.cluster.configs import Configs
from broker.cluster.topics import Topics
from broker.coordinator.group.classic.group import ClassicGroup
from broker.coordinator.group.classic.messages import GroupRecord, Join, Sync
from broker.coordinator.group.consumer import classic_members
from broker.coordinator.group.consumer.group import ConsumerGroup
from broker.coordinator.group.consumer.records import ConsumerRecord
from broker.coordinator.group.known_topics import KnownTopics
from broker.coordinator.step import Step
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.uuids import uuid_to_text
from broker.settings.broker import BrokerSettings

Machine: TypeAlias = ClassicGroup | ConsumerGroup
Record: TypeAlias = GroupRecord | ConsumerRecord


class Committer(NamedTuple):
    """Who commits: a member, or, with generation -1 and no ids, somebody from outside.

    `generation_id` is the member epoch where the group is a consumer group. `knows_epochs`: the request
    is of a version that has member epochs.
    """

    member_id: str
    instance_id: str | None
    generation_id: int
    knows_epochs: bool = True


class Machines:
    """Makes groups, empty ones."""

    def __init__(
        self,
        settings: BrokerSettings,
        *,
        topics: Topics,
        configs: Configs,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._settings = settings
        self.topics = KnownTopics(topics)
        self._configs = configs
        self._random_bytes = random_bytes

    def classic(self, group_id: str) -> ClassicGroup:
        return ClassicGroup(group_id, self._settings, self.new_member_id)

    def consumer(self, group_id: str) -> ConsumerGroup:
        return ConsumerGroup(
            group_id,
            self._settings,
            topics=self.topics,
            config=lambda: self._configs.group(group_id),
            new_member_id=self.new_member_id,
        )

    def of(self, group_id: str, records: Sequence[Record], *, now_ms: int) -> Machine:
        """As it was when these were made; they are all of one kind."""
        if records and not isinstance(records[0], GroupRecord):
            consumer = self.consumer(group_id)
            for each in records:
                assert not isinstance(each, GroupRecord)
                consumer.replay(each, now_ms=now_ms)
            return consumer
        classic = self.classic(group_id)
        for each in records:
            assert isinstance(each, GroupRecord)
            classic.replay(each, now_ms=now_ms)
        return classic

    def new_member_id(self, prefix: str) -> str:
        unique = uuid_to_text(self._random_bytes(16))
        return f"{prefix}-{unique}" if prefix else unique


# What members of the classic protocol ask. Raises and answers: as the methods of `ClassicGroup`.


def join(machine: Machine, asked: Join, *, waiter: Hashable, now_ms: int) -> Step:
    if isinstance(machine, ConsumerGroup):
        return classic_members.join(machine, asked, waiter=waiter, now_ms=now_ms)
    return machine.join(asked, waiter=waiter, now_ms=now_ms)


def sync(machine: Machine, asked: Sync, *, waiter: Hashable, now_ms: int) -> Step:
    if isinstance(machine, ConsumerGroup):
        return classic_members.sync(machine, asked, waiter=waiter, now_ms=now_ms)
    return machine.sync(asked, waiter=waiter, now_ms=now_ms)


def heartbeat(
    machine: Machine, member_id: str, instance_id: str | None, generation_id: int, *, now_ms: int
) -> None:
    if isinstance(machine, ConsumerGroup):
        classic_members.heartbeat(machine, member_id, instance_id, generation_id, now_ms=now_ms)
    else:
        machine.heartbeat(member_id, instance_id, generation_id, now_ms=now_ms)


def leave(machine: Machine, member_id: str, instance_id: str | None, *, now_ms: int) -> Step:
    if isinstance(machine, ConsumerGroup):
        return classic_members.leave(machine, member_id, instance_id)
    return machine.leave(member_id, instance_id, now_ms=now_ms)


# What both kinds of groups are asked about offsets.


def check_commit(
    machine: Machine, who: Committer, partitions: Iterable[tuple[bytes, int]], *, now_ms: int
) -> None:
    """Whether these may commit offsets of these partitions (topic id, partition).

    Raises: KafkaError as `ClassicGroup.check_commit` and `ConsumerGroup.check_commit`.
    """
    if isinstance(machine, ConsumerGroup):
        machine.check_commit(who.member_id, who.generation_id, partitions, knows_epochs=who.knows_epochs)
    else:
        machine.check_commit(who.member_id, who.instance_id, who.generation_id, now_ms=now_ms)


def check_fetch(machine: Machine, member_id: str | None, member_epoch: int) -> None:
    """Whether these may read offsets; of a classic group everybody may. Raises: KafkaError."""
    if isinstance(machine, ConsumerGroup):
        machine.check_fetch(member_id, member_epoch)


# What only one kind has.


def classic_group(machine: Machine) -> ClassicGroup:
    """Raises: KafkaError(GROUP_ID_NOT_FOUND): it is of the other kind."""
    if isinstance(machine, ConsumerGroup):
        raise KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, f"Group {machine.group_id} is not a classic group.")
    return machine


def consumer_group(machine: Machine) -> ConsumerGroup:
    """Raises: KafkaError(GROUP_ID_NOT_FOUND): it is of the other kind."""
    if isinstance(machine, ConsumerGroup):
        return machine
    raise KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, f"Group {machine.group_id} is not a consumer group.")
