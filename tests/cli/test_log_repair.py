from pathlib import Path

import pytest

from broker.cli.log_repair import loss_cells
from broker.cli.main import main
from broker.log.files import DiskFiles
from broker.log.repair import Loss
from tests.log.segments import partition


@pytest.fixture
def data_directory(tmp_path: Path) -> Path:
    (tmp_path / "orders-0").mkdir()
    for path, data in partition("orders-0").items():
        (tmp_path / path).write_bytes(data)
    return tmp_path


def test_losses_are_told_and_the_log_verifies_then(
    data_directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = data_directory / "orders-0" / f"{0:020}.log"
    data = bytearray(log.read_bytes())
    data[100] ^= 1
    log.write_bytes(data)
    assert main(["log", "verify", str(data_directory)]) == 1
    assert main(["log", "repair", str(data_directory)]) == 0
    assert "\t0-2\n" in capsys.readouterr().out
    assert main(["log", "verify", str(data_directory)]) == 0


def test_nothing_to_mend_is_said(data_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", "repair", str(data_directory / "orders-0")]) == 0
    assert capsys.readouterr().out == "nothing had to be mended\n"


def test_a_directory_in_use_is_left_alone(data_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lock = DiskFiles().lock(str(data_directory / ".lock"))
    try:
        assert main(["log", "repair", str(data_directory)]) == 1
    finally:
        lock.release()
    assert "stop the broker first" in capsys.readouterr().err


def test_what_cannot_be_mended_is_told(data_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data_directory / "orders-0" / "partition.metadata").write_bytes(b"nonsense")
    assert main(["log", "repair", str(data_directory)]) == 1
    assert "left as it is" in capsys.readouterr().out


def test_a_loss_at_the_end_has_no_last_offset() -> None:
    assert loss_cells(Loss(10, 5, 12, None)) == ["10", "5", "12-"]
    assert loss_cells(Loss(10, 5, 12, 15)) == ["10", "5", "12-14"]
