"""A consumer group on a table: members by short names, topics, a clock, and what everybody was answered."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from broker.coordinator.group.classic.messages import Join, Joined, Protocol, Sync, Synced
from broker.coordinator.group.consumer import classic_members
from broker.coordinator.group.consumer.group import ConsumerGroup
from broker.coordinator.group.consumer.messages import Heartbeat, HeartbeatAnswer
from broker.coordinator.group.consumer.partition_epochs import each_partition
from broker.coordinator.group.consumer.records import ConsumerRecord, GroupEpochs, MemberRemoved
from broker.coordinator.group.consumer.topic_shapes import TopicShape
from broker.coordinator.group.embedded import read_assignment
from broker.coordinator.step import Step
from broker.protocol.errors import ErrorCode, KafkaError
from broker.settings.broker import BrokerSettings
from broker.settings.group import GroupConfig
from tests.coordinator.group.consumer.subscriptions import subscription

SESSION_MS, REBALANCE_MS = 45_000, 30_000
CLASSIC_SESSION_MS = 10_000


def topic_id(name: str) -> bytes:
    return name.encode().ljust(16, b"\0")


class Topics:
    """`TopicShapes` to be filled and changed."""

    def __init__(self, **partitions: int) -> None:
        self.version = 0
        self._partitions = partitions

    def set(self, name: str, partitions: int) -> None:
        self._partitions[name] = partitions
        self.version += 1

    def delete(self, name: str) -> None:
        del self._partitions[name]
        self.version += 1

    def named(self, name: str) -> TopicShape | None:
        count = self._partitions.get(name)
        return None if count is None else TopicShape(name, topic_id(name), count)

    def with_id(self, wanted: bytes) -> TopicShape | None:
        return self.named(wanted.rstrip(b"\0").decode())

    def names(self) -> list[str]:
        return list(self._partitions)


@dataclass
class Client:
    """A member's side: what it believes of itself."""

    member_id: str
    instance_id: str | None = None
    epoch: int = 0
    owned: dict[bytes, frozenset[int]] = field(default_factory=dict)


class Bench:
    """`told` has a line for each answer, in order; `records` what was to be kept."""

    def __init__(
        self, topics: Topics | None = None, *, config: dict[str, str] | None = None, **settings: Any
    ):
        values = {name.replace("_", "."): value for name, value in settings.items()}
        self.settings = BrokerSettings.from_values(values)
        self.config = config or {}
        self.topics = topics or Topics(orders=6)
        self.now_ms = 1_000
        self.told: list[str] = []
        self.records: list[ConsumerRecord] = []
        self.clients: dict[str, Client] = {}
        self._made = 0
        self.group = self.new_group()

    def new_group(self) -> ConsumerGroup:
        return ConsumerGroup(
            "g",
            self.settings,
            topics=self.topics,
            config=lambda: GroupConfig.effective(self.config, self.settings),
            new_member_id=self._new_id,
        )

    def _new_id(self, prefix: str) -> str:
        self._made += 1
        return f"{prefix}/{self._made}"

    def restart(self) -> None:
        """Only what was kept is there."""
        self.group = self.new_group()
        for record in self.records:
            self.group.replay(record, now_ms=self.now_ms)

    # The consumer protocol.

    def join(self, name: str, *topics: str, instance_id: str | None = None, **told: Any) -> None:
        """A new member, or one that begins again."""
        client = self.clients.setdefault(name, Client(f"{name}-id", instance_id))
        client.epoch, client.owned = 0, {}
        names = frozenset(topics or ("orders",)) if "topic_pattern" not in told else None
        self.beat(name, **{"topic_names": names, "rebalance_timeout_ms": REBALANCE_MS, "owned": {}, **told})

    def beat(self, name: str, **told: Any) -> None:
        """A heartbeat; unless told otherwise, it owns what it was last told to own, and says so."""
        client = self.clients[name]
        asked = Heartbeat(
            **{
                "member_id": client.member_id,
                "member_epoch": client.epoch,
                "instance_id": client.instance_id,
                "rack_id": None,
                "client_id": name,
                "client_host": "/host",
                "rebalance_timeout_ms": -1,
                "topic_names": None,
                "topic_pattern": None,
                "server_assignor": None,
                "owned": client.owned,
                **told,
            }
        )
        self._do(name, lambda: self.group.heartbeat(asked, waiter=name, now_ms=self.now_ms))

    def leave(self, name: str, *, for_a_while: bool = False) -> None:
        self.beat(name, member_epoch=-2 if for_a_while else -1)

    def settle(self, *names: str) -> None:
        """All heartbeat until nothing changes any more; what they are told is not noted."""
        for _ in range(20):
            before = len(self.records)
            for name in names:
                self.beat(name)
            if len(self.records) == before:
                break
        self.take_told()

    # The classic protocol.

    def join_classic(self, name: str, *topics: str, instance_id: str | None = None, **told: Any) -> None:
        """It joins and syncs."""
        client = self.clients.setdefault(name, Client("", instance_id))
        asked = Join(
            **{
                "member_id": client.member_id,
                "instance_id": client.instance_id,
                "client_id": name,
                "client_host": "/host",
                "session_timeout_ms": CLASSIC_SESSION_MS,
                "rebalance_timeout_ms": REBALANCE_MS,
                "protocol_type": "consumer",
                "protocols": self.offer(name, *topics),
                "needs_known_id": False,
                "may_skip": True,
                **told,
            }
        )
        self._do(name, lambda: classic_members.join(self.group, asked, waiter=name, now_ms=self.now_ms))

    def offer(self, name: str, *topics: str) -> tuple[Protocol, ...]:
        """With what the client owns."""
        owned = {
            each.rstrip(b"\0").decode(): sorted(parts) for each, parts in self.clients[name].owned.items()
        }
        return (Protocol("range", subscription(topics or ("orders",), owned)),)

    def sync(self, name: str, *, protocol_name: str | None = None) -> None:
        client = self.clients[name]
        asked = Sync(client.member_id, client.instance_id, client.epoch, "consumer", protocol_name, {})
        self._do(name, lambda: classic_members.sync(self.group, asked, waiter=name, now_ms=self.now_ms))

    def beat_classic(self, name: str) -> ErrorCode:
        client = self.clients[name]
        return code_of(
            lambda: classic_members.heartbeat(
                self.group, client.member_id, client.instance_id, client.epoch, now_ms=self.now_ms
            )
        )

    # What both have in common.

    def may_commit(self, name: str, *places: tuple[str, int], epoch: int | None = None) -> ErrorCode:
        client = self.clients[name]
        partitions = [(topic_id(topic), partition) for topic, partition in places]
        member_epoch = client.epoch if epoch is None else epoch
        return code_of(lambda: self.group.check_commit(client.member_id, member_epoch, partitions))

    def wait(self, milliseconds: int) -> None:
        """Time passes; what is due happens when it is."""
        end_ms = self.now_ms + milliseconds
        while (due_ms := self.group.next_deadline_ms) is not None and due_ms <= end_ms:
            self.now_ms = max(self.now_ms, due_ms)
            self.take(self.group.tick(self.now_ms))
        self.now_ms = end_ms

    def take(self, step: Step) -> None:
        for record in step.records:
            assert isinstance(record, ConsumerRecord)
            self.records.append(record)
        for waiter, answer in step.replies:
            self.told.append(f"{waiter}: {self._heard(self.clients[str(waiter)], answer)}")
        check_owners(self.group)

    def _do(self, name: str, work: Callable[[], Step]) -> None:
        before = list(self.group.members), self.group.ledger.group_epoch, self.group.ledger.assignment_epoch
        try:
            self.take(work())
        except KafkaError as error:
            after = (
                list(self.group.members),
                self.group.ledger.group_epoch,
                self.group.ledger.assignment_epoch,
            )
            assert after == before, "what is refused has changed something"
            self.told.append(f"{name}: {error.code.name}")

    def _heard(self, client: Client, answer: object) -> str:
        if isinstance(answer, Joined):
            client.member_id, client.epoch = answer.member_id, answer.generation_id
            code = "" if answer.error is ErrorCode.NONE else f" {answer.error.name}"
            return f"joined generation {answer.generation_id}{code}"
        if isinstance(answer, Synced):
            client.owned = {
                topic_id(topic): frozenset(each)
                for topic, each in read_assignment(answer.assignment)[0].items()
            }
            return f"owns {shown(client.owned)}"
        assert isinstance(answer, HeartbeatAnswer)
        client.epoch = answer.member_epoch
        if answer.assignment is None:
            return f"epoch {answer.member_epoch}"
        client.owned = dict(answer.assignment)
        return f"epoch {answer.member_epoch}, owns {shown(client.owned)}"

    def take_told(self) -> list[str]:
        """What was answered since this was last asked."""
        told, self.told = self.told, []
        return told

    def owned(self) -> dict[str, str]:
        """What each is to own, by the group."""
        names = {client.member_id: name for name, client in self.clients.items()}
        return {
            names[member.member_id]: shown(
                {each: frozenset(parts) for each, parts in member.assigned.items()}
            )
            for member in self.group.members
        }


def shown(partitions: dict[bytes, frozenset[int]]) -> str:
    """Such as "orders 0 1, payments 2"; "nothing"."""
    parts = [
        f"{topic.rstrip(bytes(1)).decode()} {' '.join(map(str, sorted(each)))}"
        for topic, each in sorted(partitions.items())
        if each
    ]
    return ", ".join(parts) or "nothing"


def code_of(work: Callable[[], None]) -> ErrorCode:
    try:
        work()
    except KafkaError as error:
        return error.code
    return ErrorCode.NONE


def check_owners(group: ConsumerGroup) -> None:
    """No partition is two members'."""
    for one, other in combinations(group.members, 2):
        ones, others = _places(one.assigned, one.revoking), _places(other.assigned, other.revoking)
        assert not ones & others, f"{one.member_id} and {other.member_id} both own {ones & others}"


def _places(*owned: Any) -> set[tuple[bytes, int]]:
    return {place for each in owned for place in each_partition(each)}


def epochs(records: Iterable[ConsumerRecord]) -> list[int]:
    return [record.group_epoch for record in records if isinstance(record, GroupEpochs)]


def removed(records: Iterable[ConsumerRecord]) -> list[str]:
    return [record.member_id for record in records if isinstance(record, MemberRemoved)]
