"""`kawa settings` shows what can be set."""

import json

import pytest

from broker.cli.main import main


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["settings", *arguments]) == 0
    return capsys.readouterr().out


def names(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    return [row["name"] for row in json.loads(printed(capsys, "--json", *arguments))]


def test_everything_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(names(capsys)) >= 360 + 34 + 17


def test_a_part_of_a_name_finds_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert names(capsys, "--broker", "retention.min") == [
        "log.retention.minutes",
        "offsets.retention.minutes",
    ]


def test_a_pattern_fits_the_whole_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert names(capsys, "log.roll.*") == [
        "log.roll.hours",
        "log.roll.jitter.hours",
        "log.roll.jitter.ms",
        "log.roll.ms",
    ]


def test_several_patterns_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert names(capsys, "--broker", "node.id", "broker.rack") == ["broker.rack", "node.id"]


def test_kinds_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(names(capsys, "--topic", "--group")) == 34 + 17


def test_what_acts_and_what_does_not_are_all(capsys: pytest.CaptureFixture[str]) -> None:
    acting, others = names(capsys, "--acts"), names(capsys, "--not-yet")
    assert "socket.request.max.bytes" in acting
    assert "ssl.protocol" in others
    assert sorted(acting + others) == sorted(names(capsys))


def test_json_tells_default_limits_and_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    [row] = json.loads(printed(capsys, "--json", "socket.listen.backlog.size"))
    assert row == {
        "kind": "broker",
        "name": "socket.listen.backlog.size",
        "type": "INT",
        "default": "1024",
        "kafka_default": "50",
        "allowed": "[1,...]",
        "importance": "MEDIUM",
        "update": "read-only",
        "broker_setting": None,
        "internal": False,
        "acts": True,
        "doc": "Connections that may wait to be accepted.",
    }


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("broker.cli.tables.is_terminal", lambda: True)
    monkeypatch.setattr("broker.cli.settings.is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.usefixtures("terminal")
def test_people_are_told_both_defaults_the_limits_and_the_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    shown = printed(capsys, "socket.listen.backlog")
    assert "✓ socket.listen.backlog.size = 1024 (Kafka: 50)   [1,...]" in shown
    assert "Connections that may wait to be accepted." in shown
    assert "Kawa acts on the 1 with ✓" in shown


@pytest.mark.usefixtures("terminal")
def test_a_topics_settings_are_marked(capsys: pytest.CaptureFixture[str]) -> None:
    assert "  preallocate (topic) = false" in printed(capsys, "--topic", "preallocate")


def test_a_program_gets_a_line_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    heading, row = printed(capsys, "socket.listen.backlog").splitlines()
    told = dict(zip(heading.split("\t"), row.split("\t"), strict=True))
    assert told["setting"] == "socket.listen.backlog.size"
    assert (told["of a"], told["Kawa"]) == ("broker", "acts")
    assert (told["default"], told["Kafka's default"], told["allowed"]) == ("1024", "50", "[1,...]")


def test_nothing_found_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settings", "no.such"]) == 1
    assert capsys.readouterr().err == "kawa: no setting matches no.such\n"


def test_acting_and_not_acting_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settings", "--acts", "--not-yet"]) == 2
    assert "not allowed with" in capsys.readouterr().err
