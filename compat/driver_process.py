"""A client's driver as a child process, asked line by line (see `compat/README.md`)."""

import asyncio
import base64
import json
import signal
from collections.abc import Iterable
from typing import Any, NamedTuple

from compat.failures import DriverBroke, OperationError
from compat.processes import Child

REQUEST_TIMEOUT_S = 30.0
START_TIMEOUT_S = 30.0
RECORDS_TIMEOUT_S = 15.0
LINE_LIMIT_BYTES = 64 << 20


class Out(NamedTuple):
    """A record to produce. No partition: the client chooses; no timestamp: the client's own."""

    value: bytes | None
    key: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    partition: int | None = None
    timestamp_ms: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Without what is absent: lines stay short."""
        row: dict[str, Any] = {"value": _text(self.value)}
        if self.key is not None:
            row["key"] = _text(self.key)
        if self.headers:
            row["headers"] = [[name, _text(value)] for name, value in self.headers]
        if self.partition is not None:
            row["partition"] = self.partition
        if self.timestamp_ms is not None:
            row["timestamp_ms"] = self.timestamp_ms
        return row


class Acknowledged(NamedTuple):
    """Where a record went; offset -1 when the client was not told (acks=0)."""

    partition: int
    offset: int


class Refused(NamedTuple):
    """Why a record was not stored, in the client's words."""

    code: int | None
    name: str
    message: str


class In(NamedTuple):
    """A record as a client has read it."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


class Place(NamedTuple):
    """Where to read from: an offset, "beginning" or "end"."""

    topic: str
    partition: int = 0
    offset: int | str = "beginning"


def _text(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()


def _data(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)


class Driver:
    """One driver process. A second request waits for the first."""

    def __init__(self, child: Child, client: str) -> None:
        self._child = child
        self.client = client
        self._one_at_a_time = asyncio.Lock()
        self._next_id = 1
        self.version = ""
        self.features: frozenset[str] = frozenset()
        self.acknowledged = 0
        self.progressed = asyncio.Event()
        self.records_timeout_s = RECORDS_TIMEOUT_S

    @classmethod
    async def start(
        cls, client: str, command: list[str], *, records_timeout_s: float = RECORDS_TIMEOUT_S
    ) -> "Driver":
        """Start the process and ask it what it can do. Raises: DriverBroke."""
        name = f"driver of {client}"
        driver = cls(await Child.start(name, command, line_limit_bytes=LINE_LIMIT_BYTES), client)
        driver.records_timeout_s = records_timeout_s
        try:
            hello = await driver.call("hello", timeout_s=START_TIMEOUT_S)
            driver.version, driver.features = hello["version"], frozenset(hello["features"])
        except BaseException:
            await driver.stop()
            raise
        return driver

    @property
    def is_running(self) -> bool:
        return self._child.is_running

    def last_words(self) -> str:
        return self._child.last_words()

    async def stop(self) -> None:
        await self._child.stop()

    def pause(self) -> None:
        """It stands still until `resume`; what it is asked meanwhile waits."""
        self._child.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._child.signal(signal.SIGCONT)

    async def call(self, operation: str, *, timeout_s: float = REQUEST_TIMEOUT_S, **parameters: Any) -> Any:
        """Raises: OperationError: the client reported one; DriverBroke: no sensible answer came."""
        async with self._one_at_a_time:
            request = {"id": self._next_id, "op": operation, **parameters}
            self._next_id += 1
            try:
                async with asyncio.timeout(timeout_s):
                    answer = await self._exchange(request)
            except TimeoutError:
                await self._broke(f"no answer to {operation} within {timeout_s:.0f} s")
            except (ConnectionError, ValueError, asyncio.LimitOverrunError) as error:
                await self._broke(f"{operation}: {error!r}")
        if answer["ok"]:
            return answer.get("result")
        told = answer["error"]
        raise OperationError(operation, told["code"], told["name"], told["message"])

    async def _exchange(self, request: dict[str, Any]) -> dict[str, Any]:
        self._child.stdin.write(json.dumps(request).encode() + b"\n")
        await self._child.stdin.drain()
        while line := await self._child.stdout.readline():
            answer: dict[str, Any] = json.loads(line)
            if answer["id"] != request["id"]:
                raise ValueError(f"an answer to request {answer['id']}, not to {request['id']}")
            if "progress" not in answer:
                return answer
            self.acknowledged = answer["progress"]["acknowledged"]
            self.progressed.set()
        raise ConnectionError("the driver closed its output")

    async def _broke(self, what: str) -> None:
        state = "running" if self._child.is_running else "dead"
        words = self._child.last_words()
        await self._child.stop()
        raise DriverBroke(f"{self._child.name}: {what} (the driver was {state})\n{words}".strip())

    async def connect(self, bootstrap: str) -> None:
        """Forget all producers and consumers; the next ones use this address."""
        await self.call("connect", bootstrap=bootstrap)

    async def producer(self, **config: Any) -> "Producer":
        name = f"producer-{self._next_id}"
        await self.call("producer", producer=name, config=config)
        return Producer(self, name)

    async def consumer(self, *places: Place, **config: Any) -> "Consumer":
        name = f"consumer-{self._next_id}"
        assign = [place._asdict() for place in places]
        await self.call("consumer", consumer=name, assign=assign, config=config)
        return Consumer(self, name)

    async def member(self, group: str, *topics: str, **config: Any) -> "Consumer":
        """A consumer that joins a group and is given partitions of these topics."""
        name = f"consumer-{self._next_id}"
        await self.call("consumer", consumer=name, group=group, subscribe=list(topics), config=config)
        return Consumer(self, name)

    async def read_all(
        self, topic: str, count: int, *, partitions: int = 1, timeout_s: float | None = None, **config: Any
    ) -> list[In]:
        """The first `count` records of a topic, each partition in its order."""
        consumer = await self.consumer(*(Place(topic, p) for p in range(partitions)), **config)
        try:
            return await consumer.take(count, timeout_s=timeout_s)
        finally:
            if self.is_running:
                await consumer.close()

    async def offsets(self, topic: str, at: int | str, *, partitions: int = 1) -> list[int | None]:
        rows = await self.call("offsets", topic=topic, partitions=list(range(partitions)), at=at)
        return [row["offset"] for row in sorted(rows, key=lambda row: int(row["partition"]))]

    async def offset(self, topic: str, at: int | str) -> int | None:
        return (await self.offsets(topic, at))[0]


class Producer:
    """A producer inside a driver."""

    def __init__(self, driver: Driver, name: str) -> None:
        self._driver = driver
        self._name = name

    async def send(
        self,
        topic: str,
        records: Iterable[Out],
        *,
        timeout_s: float = REQUEST_TIMEOUT_S,
        progress_every: int = 0,
    ) -> list[Acknowledged | Refused]:
        """Send all, wait for all; the outcomes stand in the order of the records."""
        rows = await self._driver.call(
            "produce",
            timeout_s=timeout_s,
            producer=self._name,
            topic=topic,
            records=[record.as_json() for record in records],
            progress_every=progress_every,
        )
        return [Refused(**row["error"]) if "error" in row else Acknowledged(**row) for row in rows]


class Consumer:
    """A consumer inside a driver, of partitions that it was told, or that a group gives it."""

    def __init__(self, driver: Driver, name: str) -> None:
        self._driver = driver
        self._name = name

    async def take(self, count: int, *, timeout_s: float | None = None) -> list[In]:
        """The next `count` records, or fewer when the time is over."""
        timeout_s = self._driver.records_timeout_s if timeout_s is None else timeout_s
        rows = await self._driver.call(
            "consume",
            timeout_s=timeout_s + 15,
            consumer=self._name,
            count=count,
            timeout_ms=int(timeout_s * 1000),
        )
        return [self._record(row) for row in rows]

    @staticmethod
    def _record(row: dict[str, Any]) -> In:
        headers = tuple((name, _data(value)) for name, value in row.pop("headers"))
        return In(key=_data(row.pop("key")), value=_data(row.pop("value")), headers=headers, **row)

    async def seek(self, place: Place) -> None:
        await self._driver.call("seek", consumer=self._name, **place._asdict())

    async def commit(self) -> None:
        """Of a group: whoever gets the partitions next goes on behind what was taken."""
        await self._driver.call("commit", consumer=self._name)

    async def close(self) -> None:
        """A group's member leaves it."""
        await self._driver.call("close_consumer", consumer=self._name)
