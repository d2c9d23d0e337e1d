"""Apache Kafka itself as child processes, one a node; the first is the controller, too."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from compat.brokers import kafka_files
from compat.brokers.broker import BrokerOptions
from compat.failures import ScenarioFailed
from compat.processes import Child

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0
HEAP = "512M"


class ApacheKafkaBroker:
    """One cluster and its data directories, which live as long as this object's context."""

    def __init__(self, options: BrokerOptions) -> None:
        self._options = options
        self._folder = Path()
        self._commands: list[list[str]] = []
        self._ports = kafka_files.Ports(0, ())
        self._children: list[Child] = []
        self.bootstrap = ""

    async def __aenter__(self) -> "ApacheKafkaBroker":
        self._folder = Path(tempfile.mkdtemp(prefix="kawa-compat-kafka-"))
        try:
            await self._format()
            await self.start()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        for child in self._children:
            await child.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def data_directory(self) -> Path:
        """Of the first node."""
        return self._folder / "data-1"

    async def _format(self) -> None:
        try:
            jars = await asyncio.to_thread(kafka_files.fetch_jars)
        except (OSError, subprocess.CalledProcessError) as error:
            raise ScenarioFailed(f"Apache Kafka's jars cannot be fetched: {error}") from None
        self._ports = kafka_files.free_ports(self._options.brokers)
        self.bootstrap = ",".join(f"127.0.0.1:{port}" for port in self._ports.nodes)
        for node_id in range(1, self._options.brokers + 1):
            properties = kafka_files.write_properties(
                self._folder, self._ports, node_id, self._options.settings
            )
            self._commands.append(kafka_files.serve_command(jars, properties, heap=HEAP))
            command = kafka_files.format_command(jars, properties, is_controller=node_id == 1)
            child = await Child.start("StorageTool", command)
            try:
                status = await child.wait(START_TIMEOUT_S)
                if status:
                    raise ScenarioFailed(f"StorageTool ended with {status}\n{child.last_words()}")
            finally:
                await child.stop()

    async def start(self) -> None:
        """Start every node, the second time on the ports of the first. Raises: ScenarioFailed."""
        self._children = [await Child.start("Apache Kafka", command) for command in self._commands]
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                for port in self._ports.nodes:
                    await self._listening(port)
        except TimeoutError:
            raise ScenarioFailed(f"Apache Kafka did not get ready\n{self.last_words()}") from None

    async def _listening(self, port: int) -> None:
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                if not self.is_running:
                    raise ScenarioFailed(f"Apache Kafka has ended\n{self.last_words()}") from None
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return

    async def kill(self) -> None:
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> None:
        """The controller last: the others ask it for leave."""
        for child in reversed(self._children):
            child.signal(number)
            try:
                await child.wait(STOP_TIMEOUT_S)
            except TimeoutError:
                raise ScenarioFailed(f"{number.name} did not end it\n{self.last_words()}") from None
            await child.stop()

    def last_words(self) -> str:
        return "\n".join(child.last_words() for child in self._children)

    @property
    def is_running(self) -> bool:
        return bool(self._children) and all(child.is_running for child in self._children)


class ApacheKafka:
    """`Target`: a cluster takes seconds and half a gigabyte, so all lanes share one, and wait for others."""

    name = "Apache Kafka"

    def __init__(self) -> None:
        self._shared: ApacheKafkaBroker | None = None
        self._starting = asyncio.Lock()
        self._one_at_a_time = asyncio.Semaphore(max(1, (os.cpu_count() or 1) // 4))

    def lacking(self) -> str | None:
        return kafka_files.lacking()

    async def shared(self, lane: str) -> ApacheKafkaBroker:
        async with self._starting:
            if self._shared is None or not self._shared.is_running:
                await self.close()
                self._shared = await ApacheKafkaBroker(BrokerOptions()).__aenter__()
            return self._shared

    @asynccontextmanager
    async def own(self, options: BrokerOptions) -> AsyncIterator[ApacheKafkaBroker]:
        async with self._one_at_a_time, ApacheKafkaBroker(options) as broker:
            yield broker

    async def close(self) -> None:
        shared, self._shared = self._shared, None
        if shared is not None:
            await shared.__aexit__()
