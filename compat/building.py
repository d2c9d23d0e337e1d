"""Drivers that are compiled, or need their client fetched: built on first use, and kept.

A client's folder, with those that it shares, is copied to `build/compat/<client>-<hash of its files>` and
its `build` commands run there, so the copy may fill up with what npm, Maven or Cargo leave. A changed file
is another hash, and the old copies go. Half-finished builds have another name until they are whole.
"""

import asyncio
import hashlib
import os
import shutil
import signal
import subprocess
from pathlib import Path

from compat.catalog import Client
from compat.failures import NotRun, ScenarioFailed
from compat.processes import ROOT

BUILD_TIMEOUT_S = 900.0
LAST_LINES = 25
LEFT_OUT = {"__pycache__"}


class Builds:
    """Each client is built at most once a run, however many lanes want it."""

    def __init__(self, folder: Path = ROOT / "build" / "compat") -> None:
        self._folder = folder
        self._locks: dict[str, asyncio.Lock] = {}
        self._failures: dict[str, ScenarioFailed] = {}

    async def ready(self, client: Client) -> list[str]:
        """The command that starts the driver, which is there now.

        Raises: NotRun: this machine lacks something, named; ScenarioFailed: its build failed, with output.
        """
        if lacking := client.lacking():
            raise NotRun(lacking)
        if not client.build:
            return client.command_in(client.folder)
        async with self._locks.setdefault(client.name, asyncio.Lock()):
            if client.name in self._failures:
                raise self._failures[client.name]
            try:
                return client.command_in(await self._built(client))
            except ScenarioFailed as failure:
                self._failures[client.name] = failure
                raise

    async def _built(self, client: Client) -> Path:
        whole = self._folder / f"{client.name}-{digest(client)}"
        if whole.exists():
            return whole
        partial = self._folder / f".{whole.name}-{os.getpid()}"
        try:
            for place, folder in client.folders().items():
                shutil.copytree(folder, partial / place, ignore=shutil.ignore_patterns(*LEFT_OUT))
            for words in client.build:
                await _run([client.filled(word, build=partial) for word in words], client.name, partial)
            _replace(whole, partial)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        for old in self._folder.glob(f"{client.name}-*"):
            if old != whole and len(old.name) == len(whole.name):
                shutil.rmtree(old, ignore_errors=True)
        return whole


def digest(client: Client) -> str:
    """Changes with every file of the client and of what it shares, and with how it is built."""
    found = hashlib.sha256(repr(client.build).encode())
    for place, folder in client.folders().items():
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not LEFT_OUT & set(path.parts):
                name = Path(place) / path.relative_to(folder)
                found.update(f"{name}\0".encode() + path.read_bytes() + b"\0")
    return found.hexdigest()[:12]


def _replace(whole: Path, partial: Path) -> None:
    try:
        partial.rename(whole)
    except OSError:  # another run was faster; its result is the same
        if not whole.exists():
            raise


async def _run(command: list[str], name: str, folder: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(BUILD_TIMEOUT_S):
            output, _ = await process.communicate()
    except TimeoutError:
        raise ScenarioFailed(f"building {name}: {command[0]} took over {BUILD_TIMEOUT_S:.0f} s") from None
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if process.returncode:
        last = "\n".join(output.decode(errors="replace").splitlines()[-LAST_LINES:])
        shown = " ".join(command)
        raise ScenarioFailed(f"building {name}: `{shown}` ended with status {process.returncode}\n{last}")
