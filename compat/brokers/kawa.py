"""`kawa serve` as a child process: started on a free port, killed, started again on the same."""

import asyncio
import json
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from compat.brokers.broker import BrokerOptions
from compat.failures import ScenarioFailed
from compat.processes import Child

START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 10.0


class KawaBroker:
    """One broker and its data directory, which lives as long as this object's context.

    A data directory that is given is served as it is, and stays.
    """

    def __init__(self, options: BrokerOptions, *, port: int = 0, data: Path | None = None) -> None:
        self._options = options
        self._data = data
        self._folder = ""
        self._port = port
        self._child: Child | None = None
        self.bootstrap = ""

    async def __aenter__(self) -> "KawaBroker":
        self._folder = tempfile.mkdtemp(prefix="kawa-compat-")
        try:
            await self.start()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._child is not None:
            await self._child.stop(patience_s=2.0)
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def data_directory(self) -> Path:
        return self._data or Path(self._folder) / "data"

    def command(self) -> list[str]:
        settings = [text for pair in self._options.settings for text in ("--set", "=".join(pair))]
        return [
            *(sys.executable, "-m", "broker", "serve", "--ready-json", "--host", "127.0.0.1"),
            *("--port", str(self._port), "--data-dir", str(self.data_directory)),
            *("--brokers", str(self._options.brokers), "--log-level", "warning", *settings),
        ]

    async def start(self) -> None:
        """Start it, the second time on the port of the first. Raises: ScenarioFailed."""
        child = self._child = await Child.start("kawa serve", self.command())
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                line = await child.stdout.readline()
            ready = json.loads(line)
        except (TimeoutError, ValueError) as error:
            raise ScenarioFailed(f"kawa serve did not get ready: {error!r}\n{child.last_words()}") from None
        self.bootstrap = ready["bootstrap_servers"]
        self._port = ready["brokers"][0]["port"]

    async def kill(self) -> None:
        """End it without any warning, as a crash would."""
        assert self._child is not None
        self._child.signal(signal.SIGKILL)
        await self._child.wait(STOP_TIMEOUT_S)
        await self._child.stop()

    async def stop(self) -> None:
        """End it as Ctrl-C would. Raises: ScenarioFailed: it took too long, or complained."""
        assert self._child is not None
        self._child.signal(signal.SIGTERM)
        try:
            status = await self._child.wait(STOP_TIMEOUT_S)
        except TimeoutError:
            raise ScenarioFailed(f"SIGTERM did not end it\n{self.last_words()}") from None
        if status != 0:
            raise ScenarioFailed(f"exit status {status} after SIGTERM\n{self.last_words()}")
        await self._child.stop()

    def last_words(self) -> str:
        return self._child.last_words() if self._child is not None else ""

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.is_running


class Kawa:
    """`Target`: a broker starts in a moment, so each lane has its own."""

    name = "Kawa"

    def __init__(self) -> None:
        self._shared: dict[str, KawaBroker] = {}

    def lacking(self) -> str | None:
        return None

    async def shared(self, lane: str) -> KawaBroker:
        broker = self._shared.get(lane)
        if broker is None or not broker.is_running:
            if broker is not None:
                await broker.__aexit__()
            broker = self._shared[lane] = await KawaBroker(BrokerOptions()).__aenter__()
        return broker

    def own(self, options: BrokerOptions) -> KawaBroker:
        return KawaBroker(options)

    async def close(self) -> None:
        while self._shared:
            await self._shared.popitem()[1].__aexit__()
