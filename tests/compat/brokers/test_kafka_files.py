"""Apache Kafka's settings and commands, without starting it."""

from pathlib import Path

import pytest

from compat.brokers import kafka_files

PORTS = kafka_files.Ports(5, (11, 12))


def settings(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


def test_the_first_node_is_the_controller_too(tmp_path: Path) -> None:
    first = settings(kafka_files.write_properties(tmp_path, PORTS, 1))
    second = settings(kafka_files.write_properties(tmp_path, PORTS, 2))
    assert first["process.roles"] == "broker,controller"
    assert first["listeners"] == "PLAINTEXT://127.0.0.1:11,CONTROLLER://127.0.0.1:5"
    assert second["process.roles"] == "broker"
    assert second["listeners"] == second["advertised.listeners"] == "PLAINTEXT://127.0.0.1:12"
    assert first["log.dirs"] != second["log.dirs"]


def test_a_scenarios_settings_come_last(tmp_path: Path) -> None:
    path = kafka_files.write_properties(tmp_path, PORTS, 1, [("num.partitions", "3")])
    assert path.read_text().splitlines()[-1] == "num.partitions=3"


def test_it_logs_to_stderr_only(tmp_path: Path) -> None:
    properties = kafka_files.write_properties(tmp_path, PORTS, 1)
    command = kafka_files.serve_command(Path("jars"), properties, heap="512M")
    assert f"-Dlog4j2.configurationFile={tmp_path}/log4j2.properties" in command
    assert "target=SYSTEM_ERR" in (tmp_path / "log4j2.properties").read_text()
    assert command[-2:] == ["kafka.Kafka", str(properties)]


def test_only_the_controller_is_formatted_as_one(tmp_path: Path) -> None:
    properties = kafka_files.write_properties(tmp_path, PORTS, 2)
    assert "--standalone" in kafka_files.format_command(Path("jars"), properties)
    assert "--standalone" not in kafka_files.format_command(Path("jars"), properties, is_controller=False)


def test_ports_are_distinct() -> None:
    ports = kafka_files.free_ports(3)
    assert len({ports.controller, *ports.nodes}) == 4


def test_what_the_machine_lacks_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(kafka_files, "JARS", tmp_path / "jars")
    assert kafka_files.lacking() == "needs java, mvn"
    (tmp_path / "jars").mkdir()
    assert kafka_files.lacking() == "needs java"
