"""Tables on standard output: laid out for a terminal, tab-separated for a program."""

import sys
from collections.abc import Iterable, Sequence


def is_terminal() -> bool:
    return sys.stdout.isatty()


def show_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    with_heading: bool = True,
    to_the_right: Sequence[str] = (),
) -> None:
    """Print it; the columns `to_the_right` hold numbers. Cells that are lists are joined by commas."""
    texts = [[_text(cell) for cell in row] for row in rows]
    if not is_terminal():
        for cells in [list(columns), *texts] if with_heading else texts:
            print("\t".join(cells))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, show_header=with_heading, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in to_the_right else "left", overflow="fold")
    for cells in texts:
        table.add_row(*cells)
    Console(markup=False, highlight=False).print(table)


def say(text: str, *, style: str = "") -> None:
    """A line, in that style of rich's on a terminal."""
    if not is_terminal():
        print(text)
        return
    from rich.console import Console

    Console(markup=False, highlight=False).print(text, style=style)


def _text(cell: object) -> str:
    return ", ".join(map(str, cell)) if isinstance(cell, list) else str(cell)
