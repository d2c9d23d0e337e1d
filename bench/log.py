"""The log engine alone, beside a loop that checks and writes the same bytes; and opening after a kill."""

import asyncio
import os
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from bench.batches import batch_of
from bench.report import Row, show
from bench.servers import scratch_folder, touch_page_cache
from broker.clock import SystemClock
from broker.log.engine import PartitionKey, PartitionLog
from broker.log.files import DiskFiles
from broker.log.local_log import LocalLog
from broker.protocol.crc32c import crc32c
from broker.protocol.records.batch import CRC_END
from broker.settings.broker import BrokerSettings
from broker.settings.topic import TopicConfig

KEY = PartitionKey("bench", bytes(range(16)), 0)
LARGE, SMALL = 1_000, 20_000  # batches
BASE_OFFSET = struct.Struct(">q")  # first in a batch
READ_BYTES = 1 << 20
KILLED_BATCHES = 3_000


class Opened(NamedTuple):
    """An engine over a folder; it is killed by forgetting it, so nothing is stored at the end."""

    log: LocalLog
    partition: PartitionLog


def opened(folder: Path) -> Opened:
    """Within a running event loop."""
    settings = BrokerSettings.from_values({})
    log = LocalLog(
        str(folder),
        DiskFiles(),
        SystemClock(asyncio.get_running_loop()),
        settings,
        lambda topic: TopicConfig.effective({}, settings),
        boot_id="bench",
    )
    return Opened(log, log.partition(KEY))


def cpu_us(count: int, work: Callable[[], object]) -> float:
    """Processor time for each of `count` things that `work` does, in microseconds."""
    began = time.process_time_ns()
    work()
    return (time.process_time_ns() - began) / count / 1e3


def append_all(partition: PartitionLog, batch: bytes, count: int) -> None:
    """The buffer that the last append has patched becomes a producer's batch again."""
    buffer = bytearray(batch)
    for _ in range(count):
        BASE_OFFSET.pack_into(buffer, 0, 0)
        partition.append(memoryview(buffer), leader_epoch=0)


def check_and_write(path: Path, batch: bytes, count: int) -> None:
    """The least that an append must do."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
    buffer = memoryview(bytearray(batch))
    for _ in range(count):
        crc32c(buffer[CRC_END:])
        os.write(file, buffer)
    os.close(file)


def read_all(partition: PartitionLog) -> int:
    """Ask for a mebibyte at a time until the end; how often that was."""
    offset, count = partition.log_start_offset, 0
    records_per_byte = partition.log_end_offset / partition.size_bytes
    while offset < partition.log_end_offset:
        found = partition.read(offset=offset, max_bytes=READ_BYTES, at_least_one_batch=True)
        assert not isinstance(found, asyncio.Future)
        found.release()
        offset += max(1, int(found.size_bytes * records_per_byte))
        count += 1
    return count


def one_round(what: str, batch: bytes, count: int, figures: dict[tuple[str, str], list[float]]) -> None:
    with scratch_folder() as folder:
        partition = opened(folder / "data").partition
        own = cpu_us(count, lambda: append_all(partition, batch, count))
        bare = cpu_us(count, lambda: check_and_write(folder / "bare", batch, count))
        reads = read_all(partition)
        reading = cpu_us(reads, lambda: read_all(partition))
        for name, unit, value in (
            (f"append, {what}", "us", own),
            (f"append, {what}, check and write alone", "us", bare),
            (f"append, {what}, log / alone, pair by pair", "x", own / bare),
            (f"read of 1 MiB, {what}", "us", reading),
        ):
            figures.setdefault((name, unit), []).append(value)


async def appending_and_reading(runs: int) -> None:
    kinds = (
        ("1 MB batches", batch_of(records=1_000, value_bytes=1_000), LARGE),
        ("100 B batches", batch_of(records=1, value_bytes=100), SMALL),
    )
    touch_page_cache(gigabytes=3)
    figures: dict[tuple[str, str], list[float]] = {}
    for _ in range(runs):
        for what, batch, count in kinds:
            one_round(what, batch, count, figures)
    show("Log engine", [Row(name, "", unit, values) for (name, unit), values in figures.items()])


async def opening_after_a_kill(runs: int) -> None:
    """Only what follows the newest recovery point is checked, however long the log is."""
    batch = batch_of(records=1_000, value_bytes=1_000)
    with scratch_folder() as folder:
        log, partition = opened(folder / "data")
        append_all(partition, batch, KILLED_BATCHES)
        size_bytes, end = partition.size_bytes, partition.log_end_offset
        del log, partition
        seconds = []
        for _ in range(runs):
            began = time.perf_counter()
            found = opened(folder / "data").partition
            seconds.append(time.perf_counter() - began)
            assert found.log_end_offset == end
    show("Opening after SIGKILL", [Row(f"{size_bytes / 1e9:.1f} GB of log", "", "s", seconds, "<= 1 for 10")])


async def _both(runs: int) -> None:
    await appending_and_reading(runs)
    await opening_after_a_kill(runs)


def main(runs: int) -> None:
    asyncio.run(_both(runs))
