"""The table and the evidence, on a terminal."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from compat.catalog import Client, Scenario
from compat.runner import Cell, Outcome

SIGNS = {
    Outcome.PASSED: "[green]passed[/]",
    Outcome.FAILED: "[bold red]FAILED[/]",
    Outcome.LACKS: "[yellow]lacks[/]",
    Outcome.NOT_RUN: "[yellow]not run[/]",
}


def show_catalog(console: Console, clients: list[Client], scenarios: list[Scenario]) -> None:
    table = Table(title="Scenarios", box=None, title_justify="left")
    table.add_column("name", no_wrap=True)
    table.add_column("what it shows")
    for scenario in scenarios:
        table.add_row(scenario.name, scenario.title)
    console.print(table)
    console.print("Clients: " + ", ".join(client.name for client in clients), highlight=False)


def show_progress(console: Console, cell: Cell) -> None:
    line = f"{SIGNS[cell.outcome]} {escape(cell.scenario)} [dim]{cell.client} {cell.seconds:.1f} s[/]"
    console.print(line, highlight=False)


def show_cells(console: Console, cells: list[Cell]) -> None:
    by_place = {(cell.scenario, cell.client): cell for cell in cells}
    client_names = list(dict.fromkeys(cell.client for cell in cells))
    table = Table(title="Scenarios x clients")
    table.add_column("scenario", no_wrap=True)
    for name in client_names:
        table.add_column(name)
    for scenario in dict.fromkeys(cell.scenario for cell in cells):
        row = [by_place.get((scenario, name)) for name in client_names]
        table.add_row(escape(scenario), *("" if cell is None else _entry(cell) for cell in row))
    console.print(table)
    _show_evidence(console, cells)


def _entry(cell: Cell) -> str:
    return f"{SIGNS[cell.outcome]} [dim]{cell.seconds:.1f} s[/]"


def _show_evidence(console: Console, cells: list[Cell]) -> None:
    for cell in cells:
        if cell.outcome is not Outcome.PASSED:
            console.print(f"\n{SIGNS[cell.outcome]} {escape(cell.scenario)}, {cell.client}", highlight=False)
            console.print(escape(cell.evidence), highlight=False)
    counts = [(outcome, sum(cell.outcome is outcome for cell in cells)) for outcome in Outcome]
    console.print(", ".join(f"{count} {outcome}" for outcome, count in counts if count), highlight=False)
