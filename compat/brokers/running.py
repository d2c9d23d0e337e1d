"""A broker that somebody else has started: it is used as it is, and never stopped."""

import socket
from contextlib import AbstractAsyncContextManager

from compat.brokers.broker import Broker, BrokerOptions
from compat.failures import BadUsage, NotRun


class RunningBroker:
    """`Broker` and, as there is only this one, `Target`."""

    is_running = True

    def __init__(self, bootstrap: str) -> None:
        self.name = self.bootstrap = bootstrap

    @classmethod
    def at(cls, address: str) -> "RunningBroker":
        """Raises: BadUsage: nobody answers there."""
        host, _, port = address.rpartition(":")
        if not host or not port.isdigit():
            raise BadUsage(f"--bootstrap {address}: wanted HOST:PORT")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=5).close()
        except (OSError, OverflowError) as error:
            raise BadUsage(f"--bootstrap {address}: {error}") from None
        return cls(address)

    def lacking(self) -> str | None:
        return None

    async def shared(self, lane: str) -> "RunningBroker":
        return self

    def own(self, options: BrokerOptions) -> AbstractAsyncContextManager[Broker]:
        raise NotRun("needs a broker that the harness has started")

    async def start(self) -> None:
        raise NotRun("needs a broker that the harness has started")

    kill = stop = start

    def last_words(self) -> str:
        return ""

    async def close(self) -> None:
        """It goes on."""
