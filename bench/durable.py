"""Acknowledgements that wait for the disk, beside a bare loop that writes and syncs."""

import os
import time
from contextlib import ExitStack
from itertools import repeat

from bench.batches import batch_of
from bench.client import Client, produce_frame
from bench.report import Row, percentile, show
from bench.servers import Server, apache_kafka, kafka_jars, kawa
from bench.small import latencies_ms

LONE = 300
PIPELINED = 20_000
WINDOW = 64


def bare_syncs_ms(server: Server, data: bytes, count: int) -> list[float]:
    """Of one write and its sync each, on the disk that the broker uses."""
    found = []
    with open(server.folder / "bare", "ab", buffering=0) as file:
        for _ in range(count):
            began = time.perf_counter_ns()
            file.write(data)
            os.fsync(file.fileno())
            found.append((time.perf_counter_ns() - began) / 1e6)
    return found


def main(runs: int) -> None:
    batch = batch_of(records=1, value_bytes=100)
    frame = produce_frame("durable", 0, batch)
    with ExitStack() as stack:
        server = stack.enter_context(kawa("--durability", "fsync"))
        found = {"kawa": server}
        if jars := kafka_jars():
            found["Apache Kafka"] = stack.enter_context(apache_kafka(jars))
        clients = {name: stack.enter_context(Client(each.port)) for name, each in found.items()}
        half, rate = ({name: [] for name in ["bare", *clients]} for _ in range(2))  # type: ignore[var-annotated]
        for client in clients.values():
            client.create_topic("durable", configs={"flush.messages": "1"})
            latencies_ms(client, frame, LONE // 5)
        for _ in range(runs):
            bare = bare_syncs_ms(server, batch, LONE)
            half["bare"].append(percentile(bare, 0.5))
            rate["bare"].append(LONE / sum(bare) * 1_000)
            for name, client in clients.items():
                half[name].append(percentile(latencies_ms(client, frame, LONE), 0.5))
                began = time.perf_counter()
                client.pipeline(repeat(frame, PIPELINED), window=WINDOW)
                rate[name].append(PIPELINED / (time.perf_counter() - began))
    rows = []
    for name in half:
        way = "one after the other" if name == "bare" else f"{WINDOW} in flight"
        rows += [
            Row(
                "one synced record, p50", name, "ms", half[name], "<= Apache Kafka" if name == "kawa" else ""
            ),
            Row(f"synced, {way}", name, "requests/s", rate[name], "thousands" if name == "kawa" else ""),
        ]
    show("Produce that waits for the disk", rows)
