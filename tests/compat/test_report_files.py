"""What a run leaves behind: JSON, a page that opens to the evidence, and what the README is made of."""

import json
from pathlib import Path

from compat.catalog import Client, Scenario, choose_clients, choose_scenarios
from compat.lab import Lab
from compat.report_files import RESULTS, make_folder, record, write_report
from compat.runner import Cell, Outcome


async def nothing(_: Lab) -> None: ...


CLIENTS = [Client(name, "1.2", "Go", Path(), []) for name in ("one", "two")]
SCENARIOS = [Scenario(name, f"{name}.", nothing, "", frozenset(), None) for name in ("acks", "headers")]
CELLS = [
    Cell("Kawa", "one", "acks", Outcome.PASSED, 1.0, ""),
    Cell("Kawa", "one", "headers", Outcome.FAILED, 0.5, "wanted <b>, found </td>\nmore"),
    Cell("Kawa", "two", "acks", Outcome.LACKS, 0.0, "two lacks acks"),
    Cell("Apache Kafka", "one", "acks", Outcome.PASSED, 2.0, ""),
]


def test_every_cell_is_in_the_json(tmp_path: Path) -> None:
    make_folder(tmp_path / "deep")
    write_report(tmp_path / "deep", CELLS, CLIENTS, SCENARIOS)
    rows = json.loads((tmp_path / "deep" / "report.json").read_text())
    assert [(row["broker"], row["client"], row["scenario"], row["outcome"]) for row in rows] == [
        (cell.broker, cell.client, cell.scenario, str(cell.outcome)) for cell in CELLS
    ]
    assert rows[1]["version"] == "1.2"
    assert rows[1]["evidence"].startswith("wanted <b>")


def test_the_page_stands_alone_and_opens_to_the_evidence(tmp_path: Path) -> None:
    page = write_report(tmp_path, CELLS, CLIENTS, SCENARIOS).read_text()
    assert "<details><summary>failed" in page
    assert "wanted &lt;b&gt;, found &lt;/td&gt;" in page
    assert page.count("<small>Kawa</small>") == page.count("<small>Apache Kafka</small>") == len(CLIENTS)
    assert "http" not in page
    assert "2 passed, 1 failed, 1 lacks" in page


def test_what_kawa_passed_is_recorded_for_each_client(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text('{"one": {}, "other": {"version": "3"}}')
    record(CELLS, CLIENTS, tmp_path / "results.json")
    assert json.loads((tmp_path / "results.json").read_text()) == {
        "other": {"version": "3"},
        "one": {
            "version": "1.2",
            "cells": {"acks": "passed", "headers": "failed: wanted <b>, found </td>"},
        },
        "two": {"version": "1.2", "cells": {"acks": "lacks: two lacks acks"}},
    }


def test_every_client_has_been_recorded_in_every_scenario_and_has_failed_in_none() -> None:
    recorded = json.loads(RESULTS.read_text())
    for client in choose_clients():
        assert recorded[client.name]["version"] == client.version
        cells = recorded[client.name]["cells"]
        assert list(cells) == [scenario.name for scenario in choose_scenarios([])]
        wrong = [name for name, told in cells.items() if told != "passed" and not told.startswith("lacks: ")]
        assert wrong == []
