"""Many partitions, many idle connections and many bytes: start, memory, idle processor time."""

import socket
import time
from itertools import repeat
from pathlib import Path

from bench.batches import batch_of
from bench.client import Client, produce_frame
from bench.report import Row, percentile, show
from bench.servers import kawa, scratch_folder
from bench.small import latencies_ms

TOPICS, PARTITIONS = 100, 100
CONNECTIONS = 5_000
IDLE_S = 2.0
LARGE_BYTES = 10_000_000_000
UNCHECKED_BYTES = 60 << 20
"""Written before each kill: nearly as much as ever has to be checked."""


def partitions(runs: int) -> None:
    """A start over partitions that all hold a record, and produces to one of them, beside one of few."""
    batch = batch_of(records=1, value_bytes=100)
    frame = produce_frame("topic-50", 7, batch)
    among_many: list[float] = []
    alone: list[float] = []
    starts, memory, idle = [], [], []
    with scratch_folder() as folder:
        fill(folder / "data", batch)
        for _ in range(runs):
            began = time.perf_counter()
            with kawa(folder=folder / "data") as server, Client(server.port) as client:
                client.produce(frame)
                starts.append(time.perf_counter() - began)
                with kawa() as other, Client(other.port) as other_client:
                    other_client.create_topic("topic-50", partitions=8)
                    for measured, into in ((client, among_many), (other_client, alone)):
                        latencies_ms(measured, frame, 500)
                        into.append(percentile(latencies_ms(measured, frame, 3_000), 0.5))
                memory.append(server.memory_mb())
                cpu = server.cpu_seconds()
                time.sleep(IDLE_S)
                idle.append((server.cpu_seconds() - cpu) / IDLE_S * 100)
    show(
        f"{TOPICS * PARTITIONS:,} partitions",
        [
            Row("start to first acknowledged record", "kawa", "s", starts, "<= 2"),
            Row("memory", "kawa", "MB", memory, "<= 150"),
            Row("idle processor time", "kawa", "%", idle, "0"),
            Row("one record, p50", "kawa", "ms", among_many, "as with few partitions"),
            Row("one record, p50, 8 partitions", "kawa", "ms", alone),
        ],
    )


def fill(folder: Path, batch: bytes) -> None:
    """Topics and partitions, each with one record; the broker that wrote them has stopped."""
    with kawa(folder=folder) as server, Client(server.port) as client:
        for topic in range(TOPICS):
            client.create_topic(f"topic-{topic}", partitions=PARTITIONS)
            frames = [produce_frame(f"topic-{topic}", partition, batch) for partition in range(PARTITIONS)]
            client.pipeline(frames, window=5)


def connections(runs: int) -> None:
    per_connection = []
    for _ in range(runs):
        with kawa() as server:
            Client(server.port).__exit__()
            before = server.memory_mb()
            held = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(CONNECTIONS)]
            with Client(server.port) as client:
                client.wait_for_leaders("after")  # every earlier connection has been accepted by then
            per_connection.append((server.memory_mb() - before) * 1000 / CONNECTIONS)
            for connection in held:
                connection.close()
    show(f"{CONNECTIONS:,} idle connections", [Row("memory each", "kawa", "kB", per_connection, "<= 5")])


def reopened(runs: int) -> None:
    """After a SIGKILL: from the start to the first record that is acknowledged behind 10 GB."""
    batch = batch_of(records=900, value_bytes=1_100)
    frame = produce_frame("large", 0, batch)
    starts = []
    with scratch_folder() as folder:
        with kawa(folder=folder / "data") as server, Client(server.port) as client:
            client.create_topic("large")
            client.pipeline(repeat(frame, LARGE_BYTES // len(batch)), window=5)
            server.process.kill()
        for _ in range(runs):
            began = time.perf_counter()
            with kawa(folder=folder / "data") as server, Client(server.port) as client:
                client.produce(frame)
                starts.append(time.perf_counter() - began)
                client.pipeline(repeat(frame, UNCHECKED_BYTES // len(batch)), window=5)
                server.process.kill()
    show("10 GB of log after a SIGKILL", [Row("start to first record", "kawa", "s", starts, "<= 1")])


def main(runs: int) -> None:
    connections(runs)
    reopened(runs)
    partitions(runs)
