"""`report.json`, `report.html`, and `results.json`, from which the README's table of clients is made."""

import json
import os
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from compat.catalog import Client, Scenario
from compat.failures import BadUsage
from compat.runner import Cell, Outcome

RESULTS = Path(__file__).parent / "results.json"
PAGE = Path(__file__).parent / "report.html"


def make_folder(folder: Path) -> None:
    """Before an hour's work, not after. Raises: BadUsage: it cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadUsage(f"--report {folder}: {error.strerror}") from None
    if not os.access(folder, os.W_OK):
        raise BadUsage(f"--report {folder}: not writable")


def write_report(
    folder: Path, cells: Sequence[Cell], clients: Sequence[Client], scenarios: Sequence[Scenario]
) -> Path:
    """Both files into `folder`, which is there; the path of the page, which needs nothing else."""
    versions = {client.name: client.version for client in clients}
    rows = [{**cell._asdict(), "version": versions[cell.client]} for cell in cells]
    (folder / "report.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
    page = folder / "report.html"
    page.write_text(_page(cells, clients, scenarios))
    return page


def record(cells: Iterable[Cell], clients: Sequence[Client], path: Path = RESULTS) -> None:
    """What Kawa passed, client by client, into the file that is committed; other clients keep their rows."""
    known: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    found: dict[str, Any] = {client.name: {"version": client.version, "cells": {}} for client in clients}
    for cell in cells:
        if cell.broker == "Kawa":
            told = f"{cell.outcome}: {cell.evidence}" if cell.outcome is not Outcome.PASSED else "passed"
            found[cell.client]["cells"][cell.scenario] = told.splitlines()[0]
    rows = dict(sorted((known | found).items()))
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


def _page(cells: Sequence[Cell], clients: Sequence[Client], scenarios: Sequence[Scenario]) -> str:
    brokers = list(dict.fromkeys(cell.broker for cell in cells))
    found = {(cell.scenario, cell.client, cell.broker): cell for cell in cells}
    columns = [(client, broker) for client in clients for broker in brokers]
    heads = "".join(
        f'<th colspan="{len(brokers)}">{escape(client.name)}<br><small>{escape(client.version)}</small></th>'
        for client in clients
    )
    brokers_row = "".join(f"<th><small>{escape(broker)}</small></th>" for _, broker in columns)
    body = "".join(
        f'<tr><th title="{escape(row.title)}">{escape(row.name)}</th>'
        + "".join(_entry(found.get((row.name, client.name, broker))) for client, broker in columns)
        + "</tr>\n"
        for row in scenarios
    )
    counts = [(outcome, sum(cell.outcome is outcome for cell in cells)) for outcome in Outcome]
    return Template(PAGE.read_text()).substitute(
        counts=", ".join(f"{count} {outcome}" for outcome, count in counts if count),
        heads=heads,
        brokers=brokers_row,
        body=body,
    )


def _entry(cell: Cell | None) -> str:
    """A cell opens to its evidence where there is any."""
    if cell is None:
        return "<td></td>"
    kind = str(cell.outcome).replace(" ", "-")
    told = f"{cell.outcome} <small>{cell.seconds:.1f} s</small>"
    if cell.evidence:
        told = f"<details><summary>{told}</summary><pre>{escape(cell.evidence)}</pre></details>"
    return f'<td class="{kind}">{told}</td>'
