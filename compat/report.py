"""The tables and the evidence, on a terminal."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from compat.catalog import Client, Scenario
from compat.progress import SIGNS
from compat.runner import Cell, Outcome
from compat.upstream import Verdict

SIGN_WIDTH = len("not run")
COLUMN_FRAME_WIDTH = 3
FRAME_WIDTH = COLUMN_FRAME_WIDTH + 1


def show_catalog(console: Console, clients: list[Client], scenarios: list[Scenario]) -> None:
    table = Table(title="Scenarios", box=None, title_justify="left")
    table.add_column("name", no_wrap=True)
    table.add_column("what it shows")
    for scenario in scenarios:
        table.add_row(scenario.name, scenario.title)
    console.print(table)
    table = Table(title="Clients", box=None, title_justify="left")
    for column in ("name", "version", "language", "here"):
        table.add_column(column, no_wrap=True)
    for client in clients:
        table.add_row(client.name, client.version, client.language, client.lacking() or "")
    console.print(table)


def show_cells(console: Console, cells: list[Cell]) -> None:
    for broker in dict.fromkeys(cell.broker for cell in cells):
        _show_table(console, broker, [cell for cell in cells if cell.broker == broker])
    _show_evidence(console, cells)


def _show_table(console: Console, broker: str, cells: list[Cell]) -> None:
    """In as many parts as it takes for the columns to fit the terminal."""
    by_place = {(cell.scenario, cell.client): cell for cell in cells}
    scenarios = list(dict.fromkeys(cell.scenario for cell in cells))
    room = console.width - max(len(scenario) for scenario in scenarios) - FRAME_WIDTH
    for names in fitting(list(dict.fromkeys(cell.client for cell in cells)), room):
        table = Table(title=f"Scenarios x clients: {broker}")
        table.add_column("scenario", no_wrap=True)
        for name in names:
            table.add_column(name, no_wrap=True)
        for scenario in scenarios:
            row = [by_place.get((scenario, name)) for name in names]
            table.add_row(escape(scenario), *("" if cell is None else SIGNS[cell.outcome] for cell in row))
        console.print(table)


def fitting(names: list[str], room: int) -> list[list[str]]:
    """Groups of columns with these heads, none wider than `room`; at least one a group."""
    groups: list[list[str]] = []
    left = 0
    for name in names:
        width = max(len(name), SIGN_WIDTH) + COLUMN_FRAME_WIDTH
        if not groups or width > left:
            groups.append([])
            left = room
        groups[-1].append(name)
        left -= width
    return groups


def _show_evidence(console: Console, cells: list[Cell]) -> None:
    for cell in cells:
        if cell.outcome is not Outcome.PASSED:
            where = f"{escape(cell.scenario)}, {cell.client}, {cell.broker}"
            console.print(f"\n{SIGNS[cell.outcome]} {where}", highlight=False)
            console.print(escape(cell.evidence), highlight=False)
    counts = [(outcome, sum(cell.outcome is outcome for cell in cells)) for outcome in Outcome]
    console.print(", ".join(f"{count} {outcome}" for outcome, count in counts if count), highlight=False)


def show_upstream(console: Console, verdict: Verdict) -> None:
    for name, reason in verdict.broken.items():
        console.print(
            f"[bold red]FAILED[/] {escape(name)}: {escape(reason)}", highlight=False, soft_wrap=True
        )
    for name in verdict.new:
        console.print(
            f"[green]passed[/] {escape(name)} [dim](not yet listed)[/]", highlight=False, soft_wrap=True
        )
    counts = (len(verdict.kept), len(verdict.broken), len(verdict.new))
    console.print("{} passed as before, {} no more, {} more".format(*counts), highlight=False)
