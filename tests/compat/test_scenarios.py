"""Every stock client in Python runs every scenario; `make compat` runs those of other languages, too.

The cells chosen by pytest are run beside each other.
"""

import asyncio

import pytest

from compat.brokers.kawa import Kawa
from compat.catalog import Client, Scenario, choose_clients, choose_scenarios
from compat.runner import Cell, Outcome, run_cells

CLIENTS = [client for client in choose_clients([]) if client.language == "Python"]
CELLS = [(client, scenario) for client in CLIENTS for scenario in choose_scenarios([])]


@pytest.fixture(scope="session")
def outcomes(request: pytest.FixtureRequest) -> dict[tuple[str, str], Cell]:
    """All cells that this run of pytest has chosen, run once."""
    chosen: dict[str, tuple[Client, list[Scenario]]] = {}
    for item in request.session.items:
        if isinstance(item, pytest.Function) and item.function is test_a_client_runs_a_scenario:
            client, scenario = item.callspec.params["client"], item.callspec.params["scenario"]
            assert isinstance(client, Client)
            assert isinstance(scenario, Scenario)
            chosen.setdefault(client.name, (client, []))[1].append(scenario)
    cells = asyncio.run(run_cells(list(chosen.values()), [Kawa()]))
    return {(cell.client, cell.scenario): cell for cell in cells}


@pytest.mark.parametrize(
    ("client", "scenario"), CELLS, ids=[f"{client.name}-{scenario.name}" for client, scenario in CELLS]
)
def test_a_client_runs_a_scenario(
    client: Client, scenario: Scenario, outcomes: dict[tuple[str, str], Cell]
) -> None:
    cell = outcomes[client.name, scenario.name]
    if cell.outcome in (Outcome.LACKS, Outcome.NOT_RUN):
        pytest.skip(f"{cell.outcome}: {cell.evidence}")
    assert cell.outcome is Outcome.PASSED, cell.evidence
