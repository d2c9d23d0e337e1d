"""The table fills as cells begin and end; where there is no terminal each cell gets a line."""

from io import StringIO

from rich.console import Console

from compat.progress import LiveTable
from compat.runner import Cell, Outcome

LANES = [("Kawa", "one"), ("Kawa", "two")]


def cell(client: str, scenario: str, outcome: Outcome) -> Cell:
    return Cell("Kawa", client, scenario, outcome, 0.5, "")


def drawn(table: LiveTable) -> list[list[str]]:
    """Its rows' words, without the bars."""
    console = Console(file=StringIO(), width=200)
    with console.capture() as capture:
        console.print(table)
    return [[word for word in line.split() if "━" not in word] for line in capture.get().splitlines()[1:]]


def test_a_row_tells_what_came_of_the_cells_and_what_is_run_now() -> None:
    now_s = 100.0
    table = LiveTable(Console(file=StringIO()), LANES, cells_each=2, monotonic_s=lambda: now_s)
    table.begun("Kawa", "one", "acks/0")
    now_s = 107.0
    assert drawn(table) == [["one", "Kawa", "acks/0", "7", "s"], ["two", "Kawa"]]
    table.finished(cell("one", "acks/0", Outcome.PASSED))
    assert drawn(table)[0] == ["one", "Kawa", "1"]
    table.begun("Kawa", "one", "crash")
    table.finished(cell("one", "crash", Outcome.LACKS))
    assert drawn(table)[0] == ["one", "Kawa", "1", "1", "done"]


def test_without_a_terminal_each_cell_gets_a_line() -> None:
    told = StringIO()
    with LiveTable(Console(file=told, force_terminal=False), LANES, cells_each=2) as table:
        table.finished(cell("one", "acks/0", Outcome.PASSED))
        table.finished(cell("two", "acks/0", Outcome.FAILED))
    assert told.getvalue() == "passed acks/0 one / Kawa 0.5 s\nFAILED acks/0 two / Kawa 0.5 s\n"


def test_on_a_terminal_only_a_failed_cell_gets_a_line_of_its_own() -> None:
    told = StringIO()
    console = Console(file=told, force_terminal=True, color_system=None, width=120)
    with LiveTable(console, LANES, cells_each=2) as table:
        table.finished(cell("one", "acks/0", Outcome.PASSED))
        table.finished(cell("two", "acks/0", Outcome.FAILED))
    assert "passed acks/0" not in told.getvalue()
    assert "FAILED acks/0 two" in told.getvalue()
