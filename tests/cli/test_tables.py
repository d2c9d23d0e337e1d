"""Tables are for people on a terminal, and tab-separated for programs."""

import pytest

from broker.cli.tables import is_terminal, say, show_table

COLUMNS = ("topic", "records")
ROWS = [("orders", 7), ("a", [1, 2])]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("broker.cli.tables.is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")


def test_a_program_gets_tabs(capsys: pytest.CaptureFixture[str]) -> None:
    assert not is_terminal()
    show_table(COLUMNS, ROWS)
    assert capsys.readouterr().out == "topic\trecords\norders\t7\na\t1, 2\n"


def test_without_its_heading_a_table_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(COLUMNS, ROWS, with_heading=False)
    assert capsys.readouterr().out == "orders\t7\na\t1, 2\n"


@pytest.mark.usefixtures("terminal")
def test_a_terminal_gets_columns(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(COLUMNS, ROWS, to_the_right=["records"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.rstrip() for line in lines] == ["topic   records", "orders        7", "a          1, 2"]


@pytest.mark.usefixtures("terminal")
def test_brackets_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(["allowed"], [["[1,...]"]])
    say("[bold]", style="red")
    out = capsys.readouterr().out
    assert "[1,...]" in out
    assert "[bold]" in out


def test_a_line_for_a_program_is_that_line(capsys: pytest.CaptureFixture[str]) -> None:
    say("wrong", style="red")
    assert capsys.readouterr().out == "wrong\n"
