"""From `kawa serve` to the first acknowledged record, and the memory then; beside `import asyncio`."""

import subprocess
import sys
import time

from bench.batches import batch_of
from bench.client import Client, produce_frame
from bench.report import Row, show
from bench.servers import kawa


def seconds_to_import_asyncio() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import asyncio"], check=True)
    return time.perf_counter() - began


def seconds_to_first_record(batch: bytes) -> tuple[float, float]:
    """Seconds from the fork to the acknowledgement, and the broker's megabytes after it."""
    began = time.perf_counter()
    with kawa() as server, Client(server.port) as client:
        client.wait_for_leaders("first")  # auto-creation
        client.produce(produce_frame("first", 0, batch))
        return time.perf_counter() - began, server.memory_mb()


def main(runs: int) -> None:
    batch = batch_of(records=1, value_bytes=100)
    seconds_to_first_record(batch)
    starts, imports, memory = [], [], []
    for _ in range(runs * 2):
        imports.append(seconds_to_import_asyncio() * 1000)
        seconds, megabytes = seconds_to_first_record(batch)
        starts.append(seconds * 1000)
        memory.append(megabytes)
    ratios = [start / bare for start, bare in zip(starts, imports, strict=True)]
    show(
        "Start",
        [
            Row("start to first acknowledged record", "kawa", "ms", starts, "<= 100"),
            Row("`import asyncio`, whole process", "python", "ms", imports),
            Row("start / import, pair by pair", "kawa", "x", ratios, "<= 1.5"),
            Row("memory then", "kawa", "MB", memory, "<= 30"),
        ],
    )
