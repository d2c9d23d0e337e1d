"""The final table fits the terminal, in several parts if need be."""

from io import StringIO

from rich.console import Console

from compat.report import fitting, show_cells
from compat.runner import Cell, Outcome

CLIENTS = ["aiokafka", "confluent-kafka", "kcat"]


def shown(width: int) -> list[str]:
    told = StringIO()
    cells = [Cell("Kawa", client, "large_batches", Outcome.PASSED, 0.1, "") for client in CLIENTS]
    show_cells(Console(file=told, width=width), cells)
    return told.getvalue().splitlines()


def test_what_fits_stands_side_by_side() -> None:
    assert sum("passed" in line for line in shown(80)) == 2  # a row, and the counts


def test_what_does_not_fit_is_a_table_of_its_own() -> None:
    lines = shown(40)
    assert all(len(line) <= 40 for line in lines)
    assert [line.count("passed") for line in lines if "large_batches" in line] == [1, 1, 1]
    assert [name for name in CLIENTS if not any(name in line for line in lines)] == []


def test_a_column_that_never_fits_stands_alone() -> None:
    assert fitting(CLIENTS, 5) == [["aiokafka"], ["confluent-kafka"], ["kcat"]]
    assert fitting(CLIENTS, 30) == [["aiokafka", "confluent-kafka"], ["kcat"]]
    assert fitting([], 30) == []
