from pathlib import Path

import pytest

from broker.cli.main import main
from tests.app.kafka_data.kafka_directory import batch, partition


def test_what_is_taken_over_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    partition(tmp_path, "orders-0", b"1" * 16, batch([(b"k", b"v")]))
    assert main(["import", "--take-defaults", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "orders\t1" in shown
    assert "0 committed offsets" in shown
    assert "default configs" in shown


def test_what_is_missing_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    partition(tmp_path, "orders-0", b"1" * 16, batch([(b"k", b"v")]))
    assert main(["import", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert "--take-defaults" in told
    assert told.count("\n") == 1


def test_a_directory_that_is_not_there_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", str(tmp_path / "nowhere")]) == 1
    assert "nowhere" in capsys.readouterr().err


def test_a_wrong_setting_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "server.properties").write_text("node.id=x\n")
    assert main(["import", "--config", str(tmp_path / "server.properties"), str(tmp_path)]) == 2
    assert "node.id" in capsys.readouterr().err
