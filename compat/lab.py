"""What a scenario is given: the client's drivers, a broker, and words to say what it expects."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from compat.brokers.broker import Broker
from compat.driver_process import Acknowledged, Consumer, Driver, In, Refused
from compat.failures import NotRun, OperationError, ScenarioFailed
from compat.stored import StoredBatch, stored_batches

READS = "assigned_partitions"
SOON_S, PAUSE_S = 5.0, 0.05
NOT_YET = {3, 5, 6, 78}
"""UNKNOWN_TOPIC_OR_PARTITION, LEADER_NOT_AVAILABLE, NOT_LEADER_OR_FOLLOWER, OFFSET_NOT_AVAILABLE."""


class Lab:
    """One cell's bench. `another` gives a further process of the same client."""

    def __init__(
        self,
        *,
        variant: str,
        bootstrap: str,
        broker: Broker | None,
        driver: Driver,
        another: Callable[[], Awaitable[Driver]],
        operator: Callable[[], Awaitable[Driver]],
        prefix: str,
    ) -> None:
        self.variant = variant
        self.bootstrap = bootstrap
        self._broker = broker
        self.driver = driver
        self.another = another
        self._start_operator = operator
        self._operator: Driver | None = None
        self._prefix = prefix
        self._topics = 0

    @property
    def broker(self) -> Broker:
        """The broker's process, for scenarios that have one of their own."""
        if self._broker is None:
            raise NotRun("needs a broker that the harness has started")
        return self._broker

    def has(self, feature: str) -> bool:
        return feature in self.driver.features

    async def operator(self) -> Driver:
        """Who administers the cluster, and reads, where the client itself cannot."""
        if self._operator is None:
            self._operator = await self._start_operator()
        return self._operator

    async def administrator(self, *features: str) -> Driver:
        """The client itself if it has one of these features, else the operator."""
        return self.driver if any(map(self.has, features)) else await self.operator()

    async def reader(self, *features: str) -> Driver:
        """A further process of the client if it has these features and can read, else of the operator."""
        able = all(self.has(feature) for feature in (READS, *features))
        return await (self.another() if able else self._start_operator())

    async def read_all(self, topic: str, count: int, **options: Any) -> list[In]:
        """What `Driver.read_all` gives, of the client itself if it reads assigned partitions."""
        reader = self.driver if self.has(READS) else await self.operator()
        return await reader.read_all(topic, count, **options)

    async def stored_batches(self, topic: str) -> list[StoredBatch]:
        """The batches of partition 0 as its leader has stored them."""
        operator = await self.operator()
        described = await operator.call("describe_topic", topic=topic)
        leader = next(row["leader"] for row in described["partitions"] if row["partition"] == 0)
        nodes = (await operator.call("describe_cluster"))["brokers"]
        host, port = next((node["host"], node["port"]) for node in nodes if node["node_id"] == leader)
        return await stored_batches(host, port, topic)

    def name_topic(self) -> str:
        """A name that no other cell uses."""
        self._topics += 1
        return f"{self._prefix}-{self._topics}"

    async def topic(self, *, partitions: int = 1, replication_factor: int = 1, **configs: str) -> str:
        """A fresh topic, which is there; `max_message_bytes="1000"` stands for max.message.bytes=1000."""
        name = self.name_topic()
        able = ("admin",) if configs else ("admin", "topics")
        await (await self.administrator(*able)).call(
            "create_topic",
            topic=name,
            partitions=partitions,
            replication_factor=replication_factor,
            configs={key.replace("_", "."): value for key, value in configs.items()},
        )
        await self.expect_partitions("partitions", name, partitions)
        return name

    async def expect_leaders(self, topic: str, partitions: int, *, ends: list[int] | None = None) -> None:
        """Wait until each partition's leader knows that it is one, which may be after the topic is there.

        Where it does not yet, a client without idempotence stores records twice, and others stumble.
        """

        async def found() -> list[int | None]:
            return await self.driver.offsets(topic, "end", partitions=partitions)

        await expect_soon("log ends", found, [0] * partitions if ends is None else ends)

    async def expect_listed(self, topic: str) -> None:
        """Raises: ScenarioFailed: it is not among the topics, even after a while."""
        await expect_soon("the topic is listed", lambda: self._is_listed(topic), True)

    async def expect_gone(self, topic: str) -> None:
        """Raises: ScenarioFailed: it is among the topics, even after a while."""

        async def is_gone() -> bool:
            return not await self._is_listed(topic)

        await expect_soon("the topic is gone", is_gone, True)

    async def _is_listed(self, topic: str) -> bool:
        lister = await self.administrator("admin", "topics")
        return topic in await lister.call("list_topics")

    async def expect_partitions(self, what: str, topic: str, count: int) -> None:
        """Raises: ScenarioFailed: it is not described with so many of them, even after a while."""
        describer = await self.administrator("admin")

        async def numbers() -> list[int]:
            described = await describer.call("describe_topic", topic=topic)
            return [row["partition"] for row in described["partitions"]]

        await expect_soon(what, numbers, list(range(count)))


def expect(what: str, found: Any, wanted: Any) -> None:
    """Raises: ScenarioFailed: they differ."""
    if found != wanted:
        raise ScenarioFailed(
            f"{what}: wanted {_short(wanted)}, found {_short(found)}{_difference(found, wanted)}"
        )


async def expect_soon(what: str, ask: Callable[[], Awaitable[Any]], wanted: Any) -> None:
    """A cluster may tell of a change, and of a new topic, a moment after it was made.

    Raises: ScenarioFailed: what was found at last.
    """
    for _ in range(int(SOON_S / PAUSE_S)):
        try:
            if await ask() == wanted:
                return
        except OperationError as error:
            if error.code not in NOT_YET:
                raise
        await asyncio.sleep(PAUSE_S)
    expect(what, await ask(), wanted)


def expect_that(what: str, holds: bool, **details: Any) -> None:
    """Raises: ScenarioFailed: it does not hold."""
    if not holds:
        shown = ", ".join(f"{name}={_short(value)}" for name, value in details.items())
        raise ScenarioFailed(f"{what}: not so{': ' + shown if shown else ''}")


def expect_acknowledged(outcomes: list[Acknowledged | Refused]) -> list[Acknowledged]:
    """Raises: ScenarioFailed: at least one was refused."""
    refused = [(index, row) for index, row in enumerate(outcomes) if isinstance(row, Refused)]
    if refused:
        index, first = refused[0]
        raise ScenarioFailed(
            f"{len(refused)} of {len(outcomes)} records were refused, the first was number {index}: "
            f"{first.name} ({first.code}): {first.message}"
        )
    return [row for row in outcomes if isinstance(row, Acknowledged)]


async def expect_values(what: str, member: Consumer, values: list[bytes]) -> None:
    """All of them, in whatever order: after a rebalance a group's member may get some a second time.

    Raises: ScenarioFailed: some do not come.
    """
    missing = set(values)
    while missing:
        records = await member.take(len(missing))
        if not records:
            break
        missing -= {record.value for record in records if record.value is not None}
    expect(f"{what}: missing", sorted(missing), [])


async def expect_error(names: set[str], operation: Awaitable[Any]) -> None:
    """`names`: Kafka's name of the error, or what this or that client calls it."""
    try:
        await operation
    except OperationError as error:
        expect_that(f"the error is one of {sorted(names)}", error.name in names, found=str(error))
    else:
        raise ScenarioFailed(f"no error, wanted one of {sorted(names)}")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:200]}... ({len(text)} characters)"


def _difference(found: Any, wanted: Any) -> str:
    """Where two long lists part."""
    if not (isinstance(found, list) and isinstance(wanted, list)):
        return ""
    parted = next((i for i, (a, b) in enumerate(zip(found, wanted, strict=False)) if a != b), None)
    if parted is None:
        return f"; {len(found)} items found, {len(wanted)} wanted"
    return f"; they part at {parted}: wanted {_short(wanted[parted])}, found {_short(found[parted])}"
