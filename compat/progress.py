"""What is seen while cells run: a table that fills, or, where there is no terminal, a line for each cell."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table

from compat.runner import Cell, Outcome

SIGNS = {
    Outcome.PASSED: "[green]passed[/]",
    Outcome.FAILED: "[bold red]FAILED[/]",
    Outcome.LACKS: "[yellow]lacks[/]",
    Outcome.NOT_RUN: "[yellow]not run[/]",
}
BAR_WIDTH = 20


class Row:
    """One client against one kind of broker."""

    def __init__(self) -> None:
        self.outcomes: Counter[Outcome] = Counter()
        self.scenario: str | None = None
        self.begun_s = 0.0


class LiveTable:
    """`Watcher` of a run, and a context while it is drawn."""

    def __init__(
        self,
        console: Console,
        lanes: Sequence[tuple[str, str]],
        *,
        cells_each: int,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console = console
        self._cells_each = cells_each
        self._monotonic_s = monotonic_s
        self._rows = {lane: Row() for lane in lanes}
        self._live = Live(self, console=console, transient=True)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def begun(self, broker: str, client: str, scenario: str) -> None:
        row = self._rows[broker, client]
        row.scenario, row.begun_s = scenario, self._monotonic_s()

    def finished(self, cell: Cell) -> None:
        row = self._rows[cell.broker, cell.client]
        row.scenario = None
        row.outcomes[cell.outcome] += 1
        if not self._console.is_terminal or cell.outcome is Outcome.FAILED:
            place = f"[dim]{cell.client} / {cell.broker} {cell.seconds:.1f} s[/]"
            self._console.print(f"{SIGNS[cell.outcome]} {escape(cell.scenario)} {place}", highlight=False)

    def __rich__(self) -> Table:
        table = Table(box=None)
        for name in ("client", "broker", ""):
            table.add_column(name, no_wrap=True)
        for sign in SIGNS.values():
            table.add_column(sign, justify="right", no_wrap=True)
        table.add_column("now", no_wrap=True)
        for (broker, client), row in self._rows.items():
            bar = ProgressBar(self._cells_each, row.outcomes.total(), width=BAR_WIDTH)
            counts = (str(row.outcomes[outcome] or "") for outcome in SIGNS)
            table.add_row(client, broker, bar, *counts, self._now(row))
        return table

    def _now(self, row: Row) -> str:
        if row.scenario is None:
            return "[dim]done[/]" if row.outcomes.total() == self._cells_each else ""
        return f"{escape(row.scenario)} [dim]{self._monotonic_s() - row.begun_s:.0f} s[/]"
