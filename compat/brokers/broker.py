"""What the harness asks of a broker, whichever it is."""

from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol


class BrokerOptions(NamedTuple):
    """What a scenario asks of a broker of its own."""

    brokers: int = 1
    settings: tuple[tuple[str, str], ...] = ()


class Broker(Protocol):
    """One cluster, started; its data lives as long as the context it was entered in."""

    bootstrap: str

    @property
    def is_running(self) -> bool: ...

    async def start(self) -> None:
        """Start it again, on the same ports and data. Raises: ScenarioFailed: it does not get ready."""

    async def kill(self) -> None:
        """End it without any warning, as a crash would."""

    async def stop(self) -> None:
        """End it as Ctrl-C would. Raises: ScenarioFailed: it took too long, or complained."""

    def last_words(self) -> str:
        """The end of what it has written to stderr."""


class Target(Protocol):
    """A kind of broker: one column of the report."""

    name: str

    def lacking(self) -> str | None:
        """What this machine has not got to run it; None: all is there."""

    async def shared(self, lane: str) -> Broker:
        """One that is kept from scenario to scenario, at least for this lane.

        Raises: ScenarioFailed: it does not start; NotRun.
        """

    def own(self, options: BrokerOptions) -> AbstractAsyncContextManager[Broker]:
        """One for a scenario that stops it, or wants several nodes. Raises: NotRun: there can be none."""

    async def close(self) -> None:
        """Nothing is left behind."""
