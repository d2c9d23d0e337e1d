from pathlib import Path

import pytest

from broker.cli.log_look_up import moment_ms
from broker.cli.main import main
from tests.log.segments import NOW, partition


@pytest.fixture
def data_directory(tmp_path: Path) -> Path:
    for directory in ("orders-0", "orders-1"):
        (tmp_path / directory).mkdir()
        for path, data in partition(directory).items():
            (tmp_path / path).write_bytes(data)
    return tmp_path


def test_an_offset_is_looked_up_in_every_partition(
    data_directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["log", "find", "--offset", "31", str(data_directory)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[1].split("\t")[1:] == ["31", str(NOW + 31), f"{30:020}.log", "0"]


def test_a_time_is_looked_up(data_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", "find", "--time", str(NOW + 17), str(data_directory / "orders-0")]) == 0
    assert "\t17\t" in capsys.readouterr().out


def test_what_is_not_there_is_status_1(data_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", "find", "--offset", "45", str(data_directory)]) == 1
    assert "no such record" in capsys.readouterr().out


def test_a_time_may_be_iso_8601() -> None:
    assert moment_ms("2023-11-14T22:13:20Z") == 1_700_000_000_000
    assert moment_ms("2023-11-14T22:13:20") == 1_700_000_000_000
    assert moment_ms("17") == 17


def test_sizes_are_those_of_topics(data_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    size = sum(path.stat().st_size for path in data_directory.rglob("*.log"))
    assert main(["log", "sizes", str(data_directory)]) == 0
    heading, row = (line.split("\t") for line in capsys.readouterr().out.splitlines())
    assert heading == ["topic", "partitions", "segments", "bytes", "bytes a day"]
    assert row[:4] == ["orders", "2", "4", str(size)]
