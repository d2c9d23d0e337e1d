"""Nodes' coordinators over one state store and a clock that stands still."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from typing import Any, TypeVar

from broker.app.data import Data, Outside, open_data
from broker.cluster.coordinators import group_partition
from broker.cluster.creation import plan_topic
from broker.coordinator.group.classic.messages import Join, Joined, Protocol, Sync, Synced
from broker.coordinator.group.consumer.messages import Heartbeat, HeartbeatAnswer
from broker.coordinator.group.coordinator import GroupCoordinator
from broker.coordinator.group.machines import Committer, Machines
from broker.coordinator.group.offsets import Commit
from broker.protocol.errors import ErrorCode, KafkaError
from broker.settings.broker import BrokerSettings
from tests.fakes.clock import VirtualClock
from tests.fakes.logger import RecordingLogger

T = TypeVar("T")
SESSION_MS = 10_000
FROM_OUTSIDE = Committer("", None, -1)


class House:
    """`nodes[0]` has the ids that `mine` makes."""

    def __init__(self, data: Data, settings: BrokerSettings, clock: VirtualClock, count: int) -> None:
        self.data = data
        self.clock = clock
        self.logger = RecordingLogger()
        self.machines = Machines(
            settings,
            topics=data.cluster.topics,
            configs=data.cluster.configs,
            random_bytes=os.urandom,
        )
        self.nodes = [self._coordinator(settings, node_id) for node_id in range(1, count + 1)]
        self.groups = self.nodes[0]

    def _coordinator(self, settings: BrokerSettings, node_id: int) -> GroupCoordinator:
        return GroupCoordinator(
            node_id,
            settings,
            clock=self.clock,
            random_bytes=os.urandom,
            cluster=self.data.cluster,
            state=self.data.state,
            logger=self.logger,
        )

    def close(self) -> None:
        for node in self.nodes:
            node.close()

    def topic(self, name: str = "orders", partitions: int = 3) -> bytes:
        plan = plan_topic(self.data.cluster, name, partitions=partitions)
        return self.data.cluster.topics.create(plan).topic_id

    def mine(self, node_id: int = 1) -> str:
        """The id of a group that this node coordinates."""
        topics = self.data.cluster.topics
        return next(name for name in map(str, range(1000)) if group_partition(topics, name).leader == node_id)

    async def member(
        self, group_id: str, *, protocol_type: str = "consumer", assignment: bytes = b"all"
    ) -> Joined:
        """The first and only one, which has synced."""
        joined = await soon(self.groups.join(group_id, joining(protocol_type=protocol_type)))
        assert joined.error is ErrorCode.NONE
        await self.sync(group_id, joined, assignment)
        return joined

    async def beat(self, group_id: str, member_id: str, **told: Any) -> HeartbeatAnswer:
        """A heartbeat of the consumer protocol."""
        return await soon(self.groups.consumer_heartbeat(group_id, heartbeat_of(member_id, **told)))

    async def sync(self, group_id: str, joined: Joined, assignment: bytes = b"all") -> Synced:
        assignments = {joined.member_id: assignment}
        asked = Sync(joined.member_id, None, joined.generation_id, None, None, assignments)
        return await soon(self.groups.sync(group_id, asked))

    async def commit(self, group_id: str, *offsets: int, who: Committer = FROM_OUTSIDE) -> list[ErrorCode]:
        """Of `orders`, partition n the n-th."""
        commits = [Commit("orders", bytes(16), index, offset, -1, "") for index, offset in enumerate(offsets)]
        return await soon(self.groups.commit(group_id, who, commits))

    async def committed(self, group_id: str) -> list[int]:
        offsets = await soon(self.groups.offsets(group_id))
        return [row.offset for row in offsets.all().get("orders", [])]

    def hosted(self) -> list[str]:
        """The groups in memory."""
        return [group.group_id for group in self.groups._groups.existing()]

    async def states(self) -> dict[str, str]:
        return {group.group_id: group.state for group in await self.groups.listed()}


def joining(member_id: str = "", *, protocol_type: str = "consumer", needs_known_id: bool = False) -> Join:
    offered = (Protocol("range", b"\0\0\0\0\0\1\0\6orders\xff\xff\xff\xff"),)
    return Join(
        member_id, None, "client", "/h", SESSION_MS, SESSION_MS, protocol_type, offered, needs_known_id, True
    )


def heartbeat_of(member_id: str, **told: Any) -> Heartbeat:
    """Of a member that joins, unless it tells otherwise."""
    plain: dict[str, Any] = {
        "member_epoch": 0,
        "instance_id": None,
        "rack_id": None,
        "client_id": "client",
        "client_host": "/h",
        "rebalance_timeout_ms": SESSION_MS,
        "topic_names": frozenset({"orders"}),
        "topic_pattern": None,
        "server_assignor": None,
        "owned": {},
    }
    return Heartbeat(member_id, **{**plain, **told})


@asynccontextmanager
async def house(count: int = 1, *, data: Data | None = None, **values: Any) -> AsyncIterator[House]:
    """`data`: what an earlier house left."""
    named = {name.replace("_", "."): value for name, value in values.items()}
    settings = BrokerSettings.from_values({"kawa.memory": "true", "kawa.brokers": str(count), **named})
    clock = VirtualClock()
    with ExitStack() as stack:
        found = data or open_data(settings, Outside(RecordingLogger(), clock, os.urandom), stack)
        made = House(found, settings, clock, count)
        stack.callback(made.close)
        yield made


def run(scenario: Callable[[House], Awaitable[None]], count: int = 1, **values: Any) -> None:
    """In a house of its own."""

    async def inside() -> None:
        async with house(count, **values) as made:
            await scenario(made)

    asyncio.run(inside())


async def soon(awaitable: "Awaitable[T]") -> T:
    """What is answered without anybody's help, and without time passing."""
    async with asyncio.timeout(5):
        return await awaitable


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def code_of(work: Any) -> ErrorCode:
    """`work`: a call that raises at once, or from the future that it returns."""
    try:
        found = work()
        if isinstance(found, asyncio.Future):
            await soon(found)
    except KafkaError as error:
        return error.code
    return ErrorCode.NONE
