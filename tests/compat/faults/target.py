"""The harness's way to a lying broker: a `Target` that puts the proxy before another target's brokers."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from compat.brokers.broker import Broker, BrokerOptions, Target
from compat.brokers.kawa import KawaBroker
from tests.compat.faults.addresses import Address
from tests.compat.faults.fault import Fault
from tests.compat.faults.proxy import Proxy


class ProxiedBroker:
    """`Broker`: the one behind, with the proxy's addresses."""

    def __init__(self, behind: Broker, proxy: Proxy, bootstrap: str) -> None:
        self._behind = behind
        self._proxy = proxy
        self.bootstrap = bootstrap

    @property
    def is_running(self) -> bool:
        return self._behind.is_running

    async def start(self) -> None:
        await self._behind.start()

    async def kill(self) -> None:
        await self._behind.kill()
        self._plant(self._proxy.fault.on_kill)

    async def stop(self) -> None:
        await self._behind.stop()
        self._plant(self._proxy.fault.on_stop)

    def _plant(self, change: Callable[[Path], bool]) -> None:
        if isinstance(self._behind, KawaBroker):
            self._proxy.times_planted += change(self._behind.data_directory)

    def last_words(self) -> str:
        return self._behind.last_words()


class FaultyTarget:
    """`Target`: the brokers of another one, behind one fault. That other one is not closed with it."""

    def __init__(self, behind: Target, fault: Fault) -> None:
        self.name = f"{behind.name}, {fault.name}"
        self._behind = behind
        self.proxy = Proxy(fault)

    def lacking(self) -> str | None:
        return self._behind.lacking()

    async def shared(self, lane: str) -> ProxiedBroker:
        return await self._before(await self._behind.shared(lane))

    @asynccontextmanager
    async def own(self, options: BrokerOptions) -> AsyncIterator[ProxiedBroker]:
        async with self._behind.own(options) as broker:
            yield await self._before(broker)

    async def _before(self, broker: Broker) -> ProxiedBroker:
        fronts = []
        for address in broker.bootstrap.split(","):
            host, _, port = address.rpartition(":")
            fronts.append(await self.proxy.front_of(Address(host, int(port))))
        bootstrap = ",".join(f"{host}:{port}" for host, port in fronts)
        return ProxiedBroker(broker, self.proxy, bootstrap)

    async def close(self) -> None:
        await self.proxy.close()
