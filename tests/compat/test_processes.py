"""A child leaves nothing behind: no process, no file among the temporary ones."""

import asyncio
import sys
import tempfile
from pathlib import Path

import pytest

from compat.processes import Child

LEAVES_FILES = """
import sys, tempfile
descriptor, path = tempfile.mkstemp()
print(path.startswith(sys.argv[1]), sys.argv[1], flush=True)
sys.stdin.read()
"""


def test_a_child_has_a_folder_for_temporary_files_that_goes_with_it() -> None:
    async def live() -> list[str]:
        child = await Child.start("fake", [sys.executable, "-c", LEAVES_FILES, "{scratch}"])
        line = await child.stdout.readline()
        await child.stop()
        return line.decode().split()

    is_in_there, folder = asyncio.run(live())
    assert is_in_there == "True"
    assert not Path(folder).exists()


def test_what_cannot_be_started_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    async def fail() -> str:
        try:
            await Child.start("fake", [str(tmp_path / "nothing")])
        except OSError as error:
            return str(error.filename)
        return ""

    assert asyncio.run(fail()) == str(tmp_path / "nothing")
    assert list(tmp_path.iterdir()) == []
