"""A child process that cannot be left behind, and whose last words are kept."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parent.parent
LAST_WORDS_BYTES = 3_000


class Child:
    """Starts in a session of its own (Ctrl-C reaches only the harness) with stderr in a file.

    What it leaves among the temporary files goes with it: TMPDIR is a folder of its own, which is
    {scratch} in its command.
    """

    def __init__(
        self, process: asyncio.subprocess.Process, stderr: IO[bytes], scratch: str, name: str
    ) -> None:
        self._process = process
        self._stderr = stderr
        self._scratch = scratch
        self.name = name

    @classmethod
    async def start(cls, name: str, command: list[str], *, line_limit_bytes: int = 1 << 16) -> "Child":
        stderr = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `stop`)
        scratch = tempfile.mkdtemp(prefix="kawa-compat-")
        try:
            process = await asyncio.create_subprocess_exec(
                *(word.replace("{scratch}", scratch) for word in command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                cwd=ROOT,
                start_new_session=True,
                limit=line_limit_bytes,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "TMPDIR": scratch},
            )
        except BaseException:
            stderr.close()
            shutil.rmtree(scratch, ignore_errors=True)
            raise
        return cls(process, stderr, scratch, name)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def stdin(self) -> asyncio.StreamWriter:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def stdout(self) -> asyncio.StreamReader:
        assert self._process.stdout is not None
        return self._process.stdout

    @property
    def is_running(self) -> bool:
        return self._process.returncode is None

    async def wait(self, timeout_s: float) -> int:
        """The exit status. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            return await self._process.wait()

    def last_words(self) -> str:
        """The end of what it has written to stderr."""
        if self._stderr.closed:
            return ""
        size = os.fstat(self._stderr.fileno()).st_size
        start = max(0, size - LAST_WORDS_BYTES)
        return os.pread(self._stderr.fileno(), size - start, start).decode(errors="replace").strip()

    def signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    async def stop(self, *, patience_s: float = 0.0) -> None:
        """End it, first kindly if there is patience; it is gone when this returns."""
        if self.is_running and patience_s > 0:
            self.signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await self.wait(patience_s)
        # Also when the process itself has ended: it may have had children.
        self.signal(signal.SIGKILL)
        with contextlib.suppress(TimeoutError):
            await asyncio.shield(self.wait(10))
        self._close_pipes()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _close_pipes(self) -> None:
        transport: Any = getattr(self._process, "_transport", None)
        if transport is not None:
            transport.close()
        self._stderr.close()
