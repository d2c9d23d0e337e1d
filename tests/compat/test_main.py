"""Wrong arguments get one line and exit status 2; what there is can be listed."""

import socket
from pathlib import Path

import pytest

from compat.__main__ import main
from compat.catalog import choose_clients, choose_scenarios
from compat.driver_process import Acknowledged, Refused
from compat.failures import ScenarioFailed
from compat.lab import expect, expect_acknowledged


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--client", "nobody"], "unknown client nobody"),
        (["--scenario", "nothing"], "unknown scenario nothing"),
        (["--bootstrap", "here"], "wanted HOST:PORT"),
        (["--bootstrap", f"127.0.0.1:{unused_port()}"], "refused"),
        (["--wrong"], "unrecognized arguments"),
        (["differential", "--api", "Nothing"], "unknown API Nothing; there are"),
        (["differential", "--seed", "x"], "invalid int value: 'x'"),
        (["frob"], "invalid choice: 'frob'"),
        (["--at-once", "0"], "wanted 1 or more, found 0"),
        (
            ["--client", "aiokafka", "--report", "/dev/null/report"],
            "--report /dev/null/report: Not a directory",
        ),
        (["run", "--language", "Latin"], "no client in Latin; there are some in"),
        (["run", "--record", "--scenario", "acks"], "--record wants every scenario"),
        (["list", "--bootstrap", "127.0.0.1:1"], "unrecognized arguments"),
    ],
)
def test_a_wrong_argument_gets_one_line(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert told in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_the_list_names_every_client_and_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    shown = capsys.readouterr().out
    for client in choose_clients([]):
        assert client.name in shown
    for scenario in choose_scenarios([]):
        assert scenario.name in shown


def test_a_scenario_is_chosen_by_its_file_or_by_its_row() -> None:
    assert [row.name for row in choose_scenarios(["acks"])] == ["acks/0", "acks/1", "acks/all"]
    assert [row.name for row in choose_scenarios(["acks/1"])] == ["acks/1"]


def test_every_scenario_says_in_one_line_what_it_shows() -> None:
    assert all(row.title.endswith(".") for row in choose_scenarios([]))


def test_an_expectation_tells_where_two_lists_part() -> None:
    with pytest.raises(ScenarioFailed, match="they part at 1: wanted 2, found 3"):
        expect("numbers", [1, 3], [1, 2])


def test_a_refused_record_is_told() -> None:
    with pytest.raises(ScenarioFailed, match="1 of 2 records were refused, the first was number 1: WHY"):
        expect_acknowledged([Acknowledged(0, 0), Refused(None, "WHY", "because")])


def test_what_the_machine_lacks_for_the_differential_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["differential"]) == 2
    assert capsys.readouterr().err.startswith("compat: differential: needs java")
