"""README's tables are what the code says. `python -m tests.test_readme` writes them anew."""

import ast
import json
import re
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from broker.app.process import Node, Process
from broker.cli.serve import OPTIONS, ready_line
from broker.handlers import APIS
from broker.settings.broker import BrokerSettings
from broker.settings.topic import TopicConfig
from compat.catalog import choose_clients
from compat.differential import known
from compat.report_files import RESULTS

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
ABREAST = 4
DIFFERENCES = re.compile(r"Differences from Apache Kafka: (.*?)(?:\n\n|\Z)", re.DOTALL)


def shown(text: str | None) -> str:
    return f"`{text}`" if text else ""


def apis() -> list[str]:
    """Several beside each other: there will be seventy."""
    cells = []
    for key, api in sorted(APIS.items()):
        note = f" (shown as {api.advertised}; KAFKA-18659)" if api.advertised else ""
        cells.append(f" {key} | {api.name} | {api.versions}{note} |")
    return beside_each_other(" key | API | versions |", " ---: | --- | --- |", cells, abreast=ABREAST)


def clients() -> list[str]:
    """Those that `compat/` drives, and what `python -m compat run --record` has found."""
    recorded = json.loads(RESULTS.read_text())
    rows = ["| client | version | language | scenarios passed | lacks |", "| --- | --- | --- | --- | --- |"]
    for client in choose_clients():
        cells = recorded.get(client.name, {"cells": {}})["cells"]
        passed = sum(outcome == "passed" for outcome in cells.values())
        lacks = ", ".join(lacking(cells))
        rows.append(f"| {client.name} | {client.version} | {client.language} | {passed} | {lacks} |")
    return rows


def lacking(cells: dict[str, str]) -> list[str]:
    """What a client has not got; all scenarios of groups, or of one of their protocols, by one word."""
    names = [name for name, outcome in cells.items() if outcome.startswith("lacks")]
    of_groups = [name for name in cells if name.startswith("group_")]
    for words, whole in (
        ("groups", of_groups),
        ("KIP-848", [name for name in of_groups if not name.endswith("/classic")]),
    ):
        if whole and set(whole) <= set(names):
            names = [words, *(name for name in names if name not in whole)]
    return names


def settings() -> list[str]:
    names = sorted(setting.name for setting in BrokerSettings.all_settings() if setting.acts)
    return by_area(names)


def topic_configs() -> list[str]:
    names = sorted(setting.name for setting in TopicConfig.all_settings() if setting.acts)
    return by_area(names)


def by_area(names: list[str]) -> list[str]:
    """A line for each first word that many of them have, and one for the rest."""
    words = Counter(name.split(".")[0] for name in names)
    areas: dict[str, list[str]] = {}
    for name in names:
        word = name.split(".")[0]
        areas.setdefault(word if words[word] > 3 else "", []).append(f"`{name}`")
    return [f"- {', '.join(areas[area])}" for area in sorted(areas, key=lambda area: (not area, area))]


def defaults() -> list[str]:
    cells = []
    for setting in sorted(BrokerSettings.all_settings(), key=lambda each: each.name):
        if setting.differs_from_kafka:
            kafka = shown(setting.render(setting.kafka_default)) or "(required)"
            cells.append(f" `{setting.name}` | {shown(setting.render(setting.default))} | {kafka} |")
    return beside_each_other(" setting | Kawa | Apache Kafka |", " --- | --- | --- |", cells, abreast=2)


def beside_each_other(head: str, line: str, cells: list[str], *, abreast: int) -> list[str]:
    """A table whose rows go down the columns, so that it is not as long."""
    height = -(-len(cells) // abreast)
    cells = [*cells, *[" |" * head.count("|")] * (height * abreast - len(cells))]
    return [
        "|" + head * abreast,
        "|" + line * abreast,
        *("|" + "".join(cells[row::height]) for row in range(height)),
    ]


def differences() -> list[str]:
    """What the heads of the modules say, and what `compat/differential/known.toml` adds to it."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "broker").rglob("*.py")):
        head = ast.get_docstring(ast.parse(path.read_text())) or ""
        told = DIFFERENCES.search(head)
        if told and "none known" not in told[1]:
            found[module_name(path)] = [" ".join(told[1].split()).removesuffix(".")]
    for module, more in known.reasons(known.load()).items():
        found.setdefault(module.removesuffix("/__init__"), []).extend(more)
    return [f"- `{module}`: {'; '.join(told)}." for module, told in sorted(found.items()) if told]


def module_name(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").as_posix().removesuffix("/__init__")


TABLES = {
    "apis": apis,
    "clients": clients,
    "settings": settings,
    "topic_configs": topic_configs,
    "defaults": defaults,
    "differences": differences,
}
PLACE = re.compile(r"(<!-- (?P<name>\w+) -->\n)(?P<table>.*?)(<!-- end -->)", re.DOTALL)


def table(name: str) -> str:
    return "\n".join(["", *TABLES[name](), "", ""])


def with_tables(text: str) -> str:
    """README's text with every generated table as the code has it now."""

    def written(found: re.Match[str]) -> str:
        return found[1] + table(found["name"]) + found[4]

    return PLACE.sub(written, text)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_equals_the_code(name: str) -> None:
    found = {match["name"]: match["table"] for match in PLACE.finditer(README.read_text())}
    assert found[name].splitlines() == table(name).splitlines()


def test_every_option_of_serve_is_told() -> None:
    text = README.read_text()
    assert [option for option in OPTIONS if f"`{option}" not in text] == []


def test_the_first_minute_shows_what_a_start_prints(capsys: pytest.CaptureFixture[str]) -> None:
    node = SimpleNamespace(host="127.0.0.1", port=9092, told=("127.0.0.1", 9092))
    ready_line(Process([cast(Node, node)], "…/kawa/kawa-data"))
    assert capsys.readouterr().out in README.read_text()


def test_the_readme_can_be_read_in_one_go() -> None:
    assert len(README.read_text().splitlines()) < 200


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text()))
