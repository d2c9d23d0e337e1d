"""Ctrl-C, twice, and SIGTERM: exit status 130, and no process and no folder is left behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

MARK = "INTERRUPTED_TEST"


def processes_with(mark: str) -> list[str]:
    """The command lines of those that have inherited it."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:  # it has ended meanwhile
            continue
    return found


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
@pytest.mark.parametrize("numbers", [[signal.SIGINT, signal.SIGINT], [signal.SIGTERM]])
def test_nothing_is_left_behind(numbers: list[signal.Signals], tmp_path: Path) -> None:
    mark = f"{MARK}={tmp_path}"
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = {**os.environ, MARK: str(tmp_path), "TMPDIR": str(temporary), "PYTHONUNBUFFERED": "1"}
    command = [
        sys.executable,
        *("-m", "compat", "run", "--client", "aiokafka", "--report"),
        str(tmp_path / "report"),
    ]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline().startswith("passed")
        assert any(" serve " in line for line in processes_with(mark))
        for number in numbers:
            running.send_signal(number)
        _, told = running.communicate(timeout=30)
    assert (running.returncode, told) == (130, "compat: interrupted\n")
    assert processes_with(mark) == []
    assert list(temporary.iterdir()) == []
