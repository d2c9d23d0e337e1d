"""Runs cells: every client in a lane of its own, one scenario after the other.

A lane keeps a broker and its drivers from one scenario to the next, so that a cell costs what
the scenario costs; whatever was part of a failure is thrown away and started anew.
"""

import asyncio
import itertools
import os
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from enum import StrEnum
from typing import NamedTuple, Protocol

from compat.brokers.broker import Target
from compat.building import Builds
from compat.catalog import Client, Scenario, clients
from compat.driver_process import RECORDS_TIMEOUT_S, Driver
from compat.failures import NotRun, ScenarioFailed
from compat.lab import Lab

OPERATOR = "kafka-python"


class Patience(NamedTuple):
    """How long the harness waits: for a scenario, once driver and broker are there (who may have had to
    wait for those of other lanes), and for records that a consumer is to read."""

    cell_s: float = 90.0
    records_s: float = RECORDS_TIMEOUT_S


PATIENT = Patience()


class Outcome(StrEnum):
    """How a cell ended. Only PASSED is a success; LACKS and NOT_RUN are no failures."""

    PASSED = "passed"
    FAILED = "failed"
    LACKS = "lacks"
    NOT_RUN = "not run"


class Cell(NamedTuple):
    """One client, one scenario, one kind of broker, and what came of it."""

    broker: str
    client: str
    scenario: str
    outcome: Outcome
    seconds: float
    evidence: str


class Watcher(Protocol):
    """Is told how a run goes on."""

    def begun(self, broker: str, client: str, scenario: str) -> None: ...

    def finished(self, cell: Cell) -> None: ...


class Nobody:
    """`Watcher` of a run that nobody looks at."""

    def begun(self, broker: str, client: str, scenario: str) -> None: ...

    def finished(self, cell: Cell) -> None: ...


NOBODY = Nobody()


class Lane:
    """One client's drivers, against one kind of broker."""

    _numbers = itertools.count(1)

    def __init__(self, client: Client, target: Target, builds: Builds, patience: Patience = PATIENT) -> None:
        self.client = client
        self._target = target
        self._builds = builds
        self._patience = patience
        self._number = next(self._numbers)  # targets may share a broker, but no topics
        self._drivers: dict[str, list[Driver]] = {}
        self._in_use: list[Driver] = []
        self._cells = 0

    async def run(self, scenario: Scenario) -> Cell:
        started = time.monotonic()
        outcome, evidence = Outcome.PASSED, ""
        try:
            await self._builds.ready(self.client)  # which may take minutes, once
            started = time.monotonic()
            await self._run(scenario)
        except NotRun as reason:
            outcome, evidence = Outcome.NOT_RUN, str(reason)
        except _Lacks as feature:
            outcome, evidence = Outcome.LACKS, str(feature)
        except TimeoutError:
            outcome, evidence = Outcome.FAILED, f"not finished within {self._patience.cell_s:.0f} s"
        except ScenarioFailed as failure:
            outcome, evidence = Outcome.FAILED, _with_notes(str(failure), failure)
        except Exception as error:  # a fault of the scenario itself must not end the whole run
            outcome, evidence = Outcome.FAILED, _with_notes(f"the scenario broke: {error!r}", error)
        if outcome is Outcome.FAILED:
            evidence += self._words()
        await self._tidy(throw_away=outcome is Outcome.FAILED)
        seconds = time.monotonic() - started
        return Cell(self._target.name, self.client.name, scenario.name, outcome, seconds, evidence)

    async def _run(self, scenario: Scenario) -> None:
        if lacking := self._target.lacking():
            raise NotRun(lacking)
        driver = await self._driver(self.client)
        if lacks := sorted(scenario.needs - driver.features):
            raise _Lacks(f"{self.client.name} lacks {', '.join(lacks)}")
        async with AsyncExitStack() as stack:
            if scenario.broker is None:
                broker = await self._target.shared(self.client.name)
            else:
                broker = await stack.enter_async_context(self._target.own(scenario.broker))
            bootstrap = broker.bootstrap
            await driver.connect(bootstrap)
            self._cells += 1
            name = f"{scenario.name.replace('/', '-')}-{self.client.name}"
            lab = Lab(
                variant=scenario.variant,
                bootstrap=bootstrap,
                broker=broker if scenario.broker is not None else None,
                driver=driver,
                another=lambda: self._connected(self.client, bootstrap),
                operator=lambda: self._connected(_operator(), bootstrap),
                prefix=f"{name}-{os.getpid()}-{self._number}-{self._cells}",
            )
            try:
                async with asyncio.timeout(self._patience.cell_s):
                    await scenario.run(lab)
            except Exception as error:
                if words := broker.last_words():
                    error.add_note(f"--- the broker's last words\n{words}")
                raise

    async def _connected(self, client: Client, bootstrap: str) -> Driver:
        driver = await self._driver(client)
        await driver.connect(bootstrap)
        return driver

    async def _driver(self, client: Client) -> Driver:
        idle = self._drivers.setdefault(client.name, [])
        driver = idle.pop() if idle else await self._started(client)
        self._in_use.append(driver)
        return driver

    async def _started(self, client: Client) -> Driver:
        command = await self._builds.ready(client)
        driver = await Driver.start(client.name, command, records_timeout_s=self._patience.records_s)
        if not driver.version.startswith(client.version):
            await driver.stop()
            raise ScenarioFailed(f"{client.name} is of version {driver.version}, not {client.version}")
        return driver

    def _words(self) -> str:
        words = [driver.last_words() for driver in self._in_use]
        return "".join(f"\n--- a driver's last words\n{text}" for text in words if text)

    async def _tidy(self, *, throw_away: bool) -> None:
        in_use, self._in_use = self._in_use, []
        for driver in in_use:
            if throw_away or not driver.is_running:
                await driver.stop()
            else:
                self._drivers[driver.client].append(driver)

    async def close(self) -> None:
        for driver in [*self._in_use, *(driver for idle in self._drivers.values() for driver in idle)]:
            await driver.stop()


class _Lacks(Exception):
    """The client has not got a feature that the scenario needs."""


def _with_notes(text: str, error: Exception) -> str:
    return "\n".join([text, *getattr(error, "__notes__", [])])


def _operator() -> Client:
    return next(client for client in clients() if client.name == OPERATOR)


async def run_cells(
    chosen: Sequence[tuple[Client, Sequence[Scenario]]],
    targets: Sequence[Target],
    *,
    at_once: int = 4,
    patience: Patience = PATIENT,
    watcher: Watcher = NOBODY,
) -> list[Cell]:
    """All cells: a lane for each client and target, `at_once` cells beside each other.

    Nothing is left running, also when cancelled.
    """
    builds, room = Builds(), asyncio.Semaphore(at_once)

    async def run_lane(client: Client, target: Target, scenarios: Sequence[Scenario]) -> list[Cell]:
        lane = Lane(client, target, builds, patience)
        cells = []
        try:
            for scenario in scenarios:
                async with room:
                    watcher.begun(target.name, client.name, scenario.name)
                    cells.append(await lane.run(scenario))
                watcher.finished(cells[-1])
        finally:
            await lane.close()
        return cells

    try:
        async with asyncio.TaskGroup() as group:
            lanes = [
                group.create_task(run_lane(client, target, scenarios))
                for target in targets
                for client, scenarios in chosen
            ]
        return [cell for lane in lanes for cell in lane.result()]
    finally:
        for target in targets:
            await target.close()
