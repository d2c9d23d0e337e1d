"""Reading with kcat: one process follows each partition, and what it prints is taken as it comes."""

import asyncio
import contextlib
import subprocess
from typing import Any

from compat.clients.line_protocol import to_text

FORMAT = "%p %o %T %K %S\n%k%s\n"  # lengths are -1 for null, so keys and values may hold anything
LIMIT_BYTES = 16 << 20

Place = tuple[str, int]


class Reading:
    """A consumer of assigned partitions. `command`: kcat with its broker and options."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._processes: dict[Place, asyncio.subprocess.Process] = {}
        self._tasks: dict[Place, asyncio.Task[None]] = {}
        self._found: dict[Place, list[dict[str, Any]]] = {}
        self._came = asyncio.Event()

    async def seek(self, topic: str, partition: int, offset: int | str) -> None:
        """Read that partition from there on; what has been read before is forgotten."""
        place = (topic, partition)
        await self._stop(place)
        words = ["-C", "-t", topic, "-p", str(partition), "-o", str(offset), "-u", "-q", "-f", FORMAT]
        process = await asyncio.create_subprocess_exec(
            *self._command, *words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, limit=LIMIT_BYTES
        )
        self._processes[place], self._found[place] = process, []
        self._tasks[place] = asyncio.create_task(self._follow(place, process))

    async def _follow(self, place: Place, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        with contextlib.suppress(asyncio.IncompleteReadError):
            while (line := await process.stdout.readline()).endswith(b"\n"):
                partition, offset, timestamp, *sizes = (int(word) for word in line.split())
                key, value = [None if size < 0 else await process.stdout.readexactly(size) for size in sizes]
                await process.stdout.readexactly(1)
                self._found[place].append(
                    {
                        "topic": place[0],
                        "partition": partition,
                        "offset": offset,
                        "timestamp_ms": timestamp,
                        "key": to_text(key),
                        "value": to_text(value),
                        "headers": [],
                    }
                )
                self._came.set()

    async def take(self, count: int, *, timeout_s: float) -> list[dict[str, Any]]:
        """The next `count` records, or fewer when the time is over."""
        taken: list[dict[str, Any]] = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while True:
                    for found in self._found.values():
                        here = count - len(taken)
                        taken += found[:here]
                        del found[:here]
                    if len(taken) == count:
                        break
                    self._came.clear()
                    await self._came.wait()
        return taken

    async def _stop(self, place: Place) -> None:
        process = self._processes.pop(place, None)
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            await self._tasks.pop(place)

    async def close(self) -> None:
        for place in list(self._processes):
            await self._stop(place)
