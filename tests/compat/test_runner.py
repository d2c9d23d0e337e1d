"""Cells: what passes, fails, lacks or is not run, and that nothing is left behind."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from compat.brokers.running import RunningBroker
from compat.catalog import Client, Scenario
from compat.failures import NotRun, ScenarioFailed
from compat.lab import Lab
from compat.runner import Cell, Outcome, run_cells

DRIVER = """
import json, os, sys
for line in sys.stdin:
    request = json.loads(line)
    result = {"version": "1", "features": ["codec:gzip"]} if request["op"] == "hello" else os.getpid()
    print(json.dumps({"id": request["id"], "ok": True, "result": result}), flush=True)
"""
FAKE = Client("fake", "1", "Python", Path("/nowhere"), [sys.executable, "-c", DRIVER])


def scenario(run: Callable[[Lab], Awaitable[None]], *, needs: frozenset[str] = frozenset()) -> Scenario:
    return Scenario("some", "A title.", run, "", needs, None)


def run(*scenarios: Scenario, client: Client = FAKE) -> list[Cell]:
    return asyncio.run(run_cells([(client, scenarios)], [RunningBroker("127.0.0.1:1")]))


async def well(lab: Lab) -> None:
    assert lab.bootstrap == "127.0.0.1:1"


async def badly(lab: Lab) -> None:
    raise ScenarioFailed("the record is lost")


async def brokenly(lab: Lab) -> None:
    raise KeyError("oops")


async def not_here(lab: Lab) -> None:
    raise NotRun("needs a moon")


def test_each_cell_tells_how_it_ended() -> None:
    cells = run(scenario(well), scenario(badly), scenario(brokenly), scenario(not_here), scenario(well))
    assert [(cell.outcome, cell.evidence) for cell in cells] == [
        (Outcome.PASSED, ""),
        (Outcome.FAILED, "the record is lost"),
        (Outcome.FAILED, "the scenario broke: KeyError('oops')"),
        (Outcome.NOT_RUN, "needs a moon"),
        (Outcome.PASSED, ""),
    ]


def test_a_client_without_a_feature_lacks_it_by_name() -> None:
    cell = run(scenario(well, needs=frozenset({"codec:gzip", "codec:zstd"})))[0]
    assert (cell.outcome, cell.evidence) == (Outcome.LACKS, "fake lacks codec:zstd")


def test_a_client_that_is_not_installed_is_not_run() -> None:
    cell = run(scenario(well), client=FAKE._replace(python_packages=["no_such_package"]))[0]
    assert (cell.outcome, cell.evidence) == (Outcome.NOT_RUN, "needs no_such_package")


def test_a_driver_of_another_version_is_a_failure() -> None:
    cell = run(scenario(well), client=FAKE._replace(version="2"))[0]
    assert (cell.outcome, cell.evidence) == (Outcome.FAILED, "fake is of version 1, not 2")


def test_drivers_are_kept_after_a_success_and_thrown_away_after_a_failure() -> None:
    pids: list[int] = []

    async def look(lab: Lab) -> None:
        pids.append(await lab.driver.call("pid"))

    run(scenario(look), scenario(look), scenario(badly), scenario(look))
    assert pids[0] == pids[1] != pids[2]


def test_what_a_client_does_not_read_itself_the_operator_reads() -> None:
    readers: list[str] = []

    async def look(lab: Lab) -> None:
        readers.append((await lab.reader()).client)

    reading = [*FAKE.command[:-1], DRIVER.replace("codec:gzip", "assigned_partitions")]
    run(scenario(look))
    run(scenario(look), client=FAKE._replace(command=reading))
    assert readers == ["kafka-python", "fake"]


def test_no_driver_is_left_behind() -> None:
    pids: list[int] = []

    async def look(lab: Lab) -> None:
        pids.extend([await lab.driver.call("pid"), await (await lab.another()).call("pid")])

    run(scenario(look))
    assert not [pid for pid in pids if is_running(pid)]


def test_an_interrupted_run_leaves_nothing_behind() -> None:
    pids: list[int] = []

    async def wait_for_ever(lab: Lab) -> None:
        pids.append(await lab.driver.call("pid"))
        started.set()
        await asyncio.Event().wait()

    async def interrupt() -> None:
        running = asyncio.create_task(run_cells([(FAKE, [scenario(wait_for_ever)])], [RunningBroker("x:1")]))
        await started.wait()
        running.cancel()
        await asyncio.wait([running])

    started = asyncio.Event()
    asyncio.run(interrupt())
    assert not is_running(pids[0])


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
