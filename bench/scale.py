"""Many partitions and many idle connections: start, memory, idle processor time."""

import socket
import time

from bench.batches import batch_of
from bench.client import Client, produce_frame
from bench.report import Row, percentile, show
from bench.servers import kawa, scratch_folder
from bench.small import latencies_ms

TOPICS, PARTITIONS = 100, 100
CONNECTIONS = 5_000
IDLE_S = 2.0


def partitions(runs: int) -> None:
    frame = produce_frame("topic-50", 7, batch_of(records=1, value_bytes=100))
    starts, memory, idle, lone, alone = [], [], [], [], []
    with scratch_folder() as folder:
        with kawa(folder=folder / "data") as server, Client(server.port) as client:
            for index in range(TOPICS):
                client.create_topic(f"topic-{index}", partitions=PARTITIONS)
                if not index:
                    few = produce_frame("topic-0", 7, batch_of(records=1, value_bytes=100))
                    latencies_ms(client, few, 500)
                    alone.append(percentile(latencies_ms(client, few, 2_000), 0.5))
        for _ in range(runs):
            began = time.perf_counter()
            with kawa(folder=folder / "data") as server, Client(server.port) as client:
                client.produce(frame)
                starts.append(time.perf_counter() - began)
                latencies_ms(client, frame, 500)
                lone.append(percentile(latencies_ms(client, frame, 2_000), 0.5))
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
            Row("one record, p50", "kawa", "ms", lone, "as with few partitions"),
            Row("one record, p50, 100 partitions", "kawa", "ms", alone),
        ],
    )


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


def main(runs: int) -> None:
    connections(runs)
    partitions(runs)
