"""Progress, the table and the evidence, on a terminal."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table

from compat.catalog import Client, Scenario
from compat.runner import Cell, Outcome
from compat.upstream import Verdict

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
    table = Table(title="Clients", box=None, title_justify="left")
    for column in ("name", "version", "language", "here"):
        table.add_column(column, no_wrap=True)
    for client in clients:
        table.add_row(client.name, client.version, client.language, client.lacking() or "")
    console.print(table)


class Progress:
    """A bar for each lane while they run, on a terminal; otherwise a line for each cell."""

    def __init__(self, console: Console, lanes: Sequence[tuple[str, str]], *, cells_each: int) -> None:
        self._console = console
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[failed]}", style="bold red"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._failed = dict.fromkeys(lanes, 0)
        self._tasks: dict[tuple[str, str], TaskID] = {
            lane: self._bars.add_task(f"{lane[1]} / {lane[0]}", total=cells_each, failed="") for lane in lanes
        }

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def finished(self, cell: Cell) -> None:
        lane = (cell.broker, cell.client)
        self._failed[lane] += cell.outcome is Outcome.FAILED
        failed = f"{self._failed[lane]} failed" if self._failed[lane] else ""
        self._bars.update(self._tasks[lane], advance=1, failed=failed)
        if not self._console.is_terminal or cell.outcome is Outcome.FAILED:
            place = f"[dim]{cell.client} / {cell.broker} {cell.seconds:.1f} s[/]"
            line = f"{SIGNS[cell.outcome]} {escape(cell.scenario)} {place}"
            self._console.print(line, highlight=False)


def show_cells(console: Console, cells: list[Cell]) -> None:
    for broker in dict.fromkeys(cell.broker for cell in cells):
        _show_table(console, broker, [cell for cell in cells if cell.broker == broker])
    _show_evidence(console, cells)


def _show_table(console: Console, broker: str, cells: list[Cell]) -> None:
    by_place = {(cell.scenario, cell.client): cell for cell in cells}
    client_names = list(dict.fromkeys(cell.client for cell in cells))
    table = Table(title=f"Scenarios x clients: {broker}")
    table.add_column("scenario", no_wrap=True)
    for name in client_names:
        table.add_column(name)
    for scenario in dict.fromkeys(cell.scenario for cell in cells):
        row = [by_place.get((scenario, name)) for name in client_names]
        table.add_row(escape(scenario), *("" if cell is None else SIGNS[cell.outcome] for cell in row))
    console.print(table)


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
