"""`kawa log dump` and `kawa log verify` over real directories."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from broker.cli.log import batch_row, partition_row, record_lines, verified
from broker.cli.main import main
from broker.log.inspect import BatchFound, PartitionReport
from broker.protocol.records.batch import BatchHeader, TimestampType, crc_is_valid
from broker.protocol.records.control import ControlType, write_end_txn_marker
from broker.protocol.records.record import Record
from broker.protocol.records.writer import write_batch
from tests.log.segments import NOW, BytesFiles, partition


@pytest.fixture
def data_directory(tmp_path: Path) -> Path:
    for directory in ("orders-0", "orders-1"):
        (tmp_path / directory).mkdir()
        for path, data in partition(directory).items():
            (tmp_path / path).write_bytes(data)
    (tmp_path / "state.db").write_bytes(b"something else")
    return tmp_path


def found(batch: bytes | bytearray) -> BatchFound:
    view = memoryview(batch)
    return BatchFound(77, BatchHeader.parse(view), crc_is_valid(view), view)


def test_a_whole_data_directory_is_verified(data_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    size = sum(path.stat().st_size for path in data_directory.glob("orders-0/*.log"))
    assert main(["log", "verify", str(data_directory)]) == 0
    assert capsys.readouterr().out == (
        "partition\tsegments\tbatches\trecords\tbytes\toffsets\tproblems\n"
        f"{data_directory}/orders-0\t2\t15\t45\t{size}\t0-45\t0\n"
        f"{data_directory}/orders-1\t2\t15\t45\t{size}\t0-45\t0\n"
    )


def test_one_partition_is_verified_with_its_records(
    data_directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["log", "verify", "--records", f"{data_directory}/orders-1/"]) == 0
    assert capsys.readouterr().out.count("\n") == 2


def test_what_is_wrong_is_told_with_its_place_and_status_1(
    data_directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = data_directory / "orders-0" / f"{0:020}.log"
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    assert main(["log", "verify", str(data_directory)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].endswith("\t1")
    assert lines[3] == f"{path}: byte 0: the checksum is wrong (offsets 0 to 2)"


def test_half_a_batch_that_is_whole_a_moment_later_is_no_problem() -> None:
    contents = partition("orders-0")
    path = f"orders-0/{30:020}.log"
    whole = contents[path]
    contents[path] = whole[:-10]
    files = BytesFiles(contents)
    (report,) = verified(files, ["orders-0"], records=False, wait=lambda: contents.update({path: whole}))
    assert report.problems == []
    assert report.segments[1].batches == 5


def test_half_a_batch_that_stays_is_a_problem() -> None:
    contents = partition("orders-0")
    contents[f"orders-0/{30:020}.log"] = contents[f"orders-0/{30:020}.log"][:-10]
    (report,) = verified(BytesFiles(contents), ["orders-0"], records=False, wait=lambda: None)
    assert len(report.problems) == 1


@pytest.mark.parametrize("action", ["verify", "dump"])
def test_on_a_terminal_it_shows_tables(data_directory: Path, action: str) -> None:
    ours, theirs = pty.openpty()
    environment = os.environ | {"COLUMNS": "200", "TERM": "xterm"}
    command = [sys.executable, "-m", "broker", "log", action, str(data_directory / "orders-0")]
    subprocess.run(command, stdout=theirs, env=environment, check=True)
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert "problems" in shown if action == "verify" else "leader epoch" in shown
    assert "\t" not in shown


def test_every_batch_is_dumped(data_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", "dump", f"{data_directory}/orders-0"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{data_directory}/orders-0/{0:020}.log"
    assert lines[1].startswith("byte\toffsets\trecords\tbytes\tcodec")
    assert lines[2] == "0\t0-2\t3\t118\tnone\t2023-11-14T22:13:20.002Z\t7/0/0\t0\t-\tok"
    assert len(lines) == 2 * 2 + 15


def test_a_dump_may_start_at_an_offset(data_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", "dump", "--from", "40", f"{data_directory}/orders-0"]) == 0
    shown = capsys.readouterr().out
    assert "\t39-41\t" in shown
    assert "\t36-38\t" not in shown


def test_a_dump_may_show_the_records(data_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", "dump", "--records", f"{data_directory}/orders-0"]) == 0
    assert "  44\t2023-11-14T22:13:20.044Z\t'key 44'\t'value 44'\n" in capsys.readouterr().out


def test_a_dump_of_damage_ends_with_status_1(
    data_directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = data_directory / "orders-0" / f"{0:020}.log"
    path.write_bytes(path.read_bytes()[:150])
    assert main(["log", "dump", f"{data_directory}/orders-0"]) == 1
    assert f"{path}: byte 118: 32 bytes are left, a batch's header has 61" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["log"], "the following arguments are required"),
        (["log", "explode", "x"], "invalid choice"),
        (["log", "verify"], "the following arguments are required: DIR"),
        (["log", "verify", "/not/there"], "/not/there: No such file or directory"),
        (["log", "dump", __file__], "Not a directory"),
        (["log", "dump", "--from", "x", "."], "invalid int value"),
    ],
)
def test_wrong_arguments_are_one_line_and_status_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.err.count("\n") == 1
    assert shown.out == ""


def test_a_directory_without_partitions_is_a_wrong_argument(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["log", "verify", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"kawa: {tmp_path}: there is no partition\n"


def test_a_batchs_row_names_its_flags() -> None:
    marker = write_end_txn_marker(
        ControlType.COMMIT, coordinator_epoch=0, producer_id=5, producer_epoch=2, timestamp_ms=NOW
    )
    assert batch_row(found(marker))[6:] == ["5/2/-1", "-1", "transactional,control", "ok"]
    stamped = write_batch(
        [Record(0, 5, None, b"")], timestamp_type=TimestampType.LOG_APPEND_TIME, log_append_time_ms=NOW
    )
    assert batch_row(found(stamped))[8] == "log-append-time"
    cleaned = write_batch([Record(0, 5, b"k", None)], delete_horizon_ms=NOW)
    assert batch_row(found(cleaned))[8] == "delete-horizon=2023-11-14T22:13:20.000Z"


def test_a_row_can_be_made_of_any_header() -> None:
    damaged = found(b"\x7f" * 61)
    assert batch_row(damaged)[4] == "There is no compression codec 7."
    assert batch_row(damaged)[5] == str(0x7F7F7F7F7F7F7F7F)
    assert batch_row(damaged)[9] == "WRONG"
    assert batch_row(found(write_batch([Record(0, -1, None, b"")])))[5] == "-"


def test_records_are_shown_in_one_line_each() -> None:
    sent = [
        Record(0, -1, None, b"a\nb\xff", (("name", b"x"), ("caf\udce9", None))),
        Record(1, NOW, b"", bytes(300)),
    ]
    lines = list(record_lines(found(write_batch(sent))))
    assert lines[0] == "  0\t-\tnull\t'a\\nb\\xff'\t'name'='x'\t'caf\\udce9'=null"
    assert lines[1].endswith(" ... 300 bytes")


def test_records_that_cannot_be_read_are_named() -> None:
    batch = write_batch([Record(0, 0, None, b"")])
    assert list(record_lines(found(batch[:-1]))) == [
        "  The record batch is damaged: it claims 68 bytes, 67 are there."
    ]


def test_an_empty_partition_has_a_row() -> None:
    assert partition_row(PartitionReport("x-0", None, [], [])) == ["x-0", "0", "0", "0", "0", "-", "0"]
