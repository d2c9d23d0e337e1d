"""The harness is tried itself: each planted fault turns the right cells red, and leaves another green.

A cell is red for the right reason: its evidence has to hold the words given in `cases.py`, the fault must
have been planted, and the proxy must not have failed by itself. One client is enough to try scenarios.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, NamedTuple

import pytest

from compat.brokers.kawa import Kawa
from compat.catalog import Client, Scenario, choose_clients, choose_scenarios
from compat.runner import PATIENT, Cell, Outcome, Patience, run_cells
from tests.compat.faults.cases import CASES
from tests.compat.faults.fault import HONEST, Fault
from tests.compat.faults.proxy import Proxy
from tests.compat.faults.target import FaultyTarget

CLIENT, CONSUMER_CLIENT = "aiokafka", "confluent-kafka"
"""The second one for what the first has not got: the consumer protocol."""
LANES_AT_ONCE = 10
HONEST_LANES = 3


class Tried(NamedTuple):
    """Some scenarios, run by the client through one proxy, and what came of them."""

    proxy: Proxy
    cells: dict[str, Cell]


Try = Callable[[Fault, Sequence[str], Patience], Coroutine[Any, Any, Tried]]


class Results(NamedTuple):
    """By the fault's name; without one."""

    faults: dict[str, Tried]
    honest: list[Tried]


@pytest.fixture(scope="session")
def results(request: pytest.FixtureRequest) -> Results:
    """The cells of all faults that this run of pytest has chosen, run once, beside each other."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    chosen = [
        str(item.callspec.params["fault"]) for item in items if item.function is test_a_fault_is_noticed
    ]
    is_honest = any(item.function is test_without_a_fault_every_cell_is_green for item in items)
    return asyncio.run(run_all(list(dict.fromkeys(chosen)), is_honest=is_honest))


async def run_all(chosen: list[str], *, is_honest: bool) -> Results:
    """One broker for all of them, but for the scenarios that want one of their own."""
    kawa, room = Kawa(), asyncio.Semaphore(LANES_AT_ONCE)
    known = {row.name: row for row in choose_scenarios([])}

    async def run(fault: Fault, scenarios: Sequence[str], patience: Patience) -> Tried:
        target = FaultyTarget(kawa, fault)
        async with room:
            rows = [known[name] for name in scenarios]
            cells = await run_cells(by_client(rows), [target], patience=patience)
        return Tried(target.proxy, {cell.scenario: cell for cell in cells})

    try:
        for lane in (CLIENT, CONSUMER_CLIENT):  # before several of them ask for it at once
            await kawa.shared(lane)
        return await in_lanes(run, chosen, list(known) if is_honest else [])
    finally:
        await kawa.close()


def by_client(rows: Sequence[Scenario]) -> list[tuple[Client, list[Scenario]]]:
    chosen: dict[str, list[Scenario]] = {}
    for row in rows:
        name = CONSUMER_CLIENT if row.needs & {"consumer_protocol", "static_consumers"} else CLIENT
        chosen.setdefault(name, []).append(row)
    return [(choose_clients([name])[0], each) for name, each in chosen.items()]


async def in_lanes(run: Try, chosen: list[str], honest: list[str]) -> Results:
    """What lasts longest comes first. In each lane the green one does: a driver lasts until it has failed."""
    chosen = sorted(chosen, key=lambda name: CASES[name].patience)
    async with asyncio.TaskGroup() as group:
        without = [
            group.create_task(run(HONEST, honest[first::HONEST_LANES], PATIENT))
            for first in range(HONEST_LANES if honest else 0)
        ]
        cases = [CASES[name] for name in chosen]
        faults = [
            group.create_task(run(case.plant(), [case.green, *case.red], case.patience)) for case in cases
        ]
    results = [task.result() for task in faults]
    return Results(dict(zip(chosen, results, strict=True)), [task.result() for task in without])


@pytest.mark.parametrize("fault", CASES)
def test_a_fault_is_noticed(fault: str, results: Results) -> None:
    case, (proxy, cells) = CASES[fault], results.faults[fault]
    assert not proxy.problems
    assert proxy.times_planted
    for scenario, words in case.red.items():
        cell = cells[scenario]
        assert cell.outcome is Outcome.FAILED, f"{scenario} does not notice it"
        assert words in cell.evidence, f"{scenario} fails for another reason"
    assert cells[case.green].outcome is Outcome.PASSED, f"{case.green}: {cells[case.green].evidence}"


def test_without_a_fault_every_cell_is_green(results: Results) -> None:
    cells = [cell for tried in results.honest for cell in tried.cells.values()]
    assert {cell.scenario: cell.evidence for cell in cells if cell.outcome is not Outcome.PASSED} == {}
    assert not [problem for tried in results.honest for problem in tried.proxy.problems]
    assert len(cells) == len(choose_scenarios([]))


def test_every_cell_is_red_for_some_fault() -> None:
    """A cell that no fault turns red proves nothing when it is green."""
    noticing = {scenario for case in CASES.values() for scenario in case.red}
    assert noticing == {row.name for row in choose_scenarios([])}
