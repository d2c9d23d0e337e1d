"""Small synchronous requests: one record at a time, and many in flight; beside a bare echo server."""

import time
from contextlib import ExitStack
from itertools import repeat

from bench.batches import batch_of
from bench.client import Client, produce_frame
from bench.report import Row, percentile, show
from bench.servers import apache_kafka, bare, kafka_jars, kawa

LONE = 5_000
PIPELINED = 50_000
WINDOW = 64


def latencies_ms(client: Client, frame: bytes, count: int) -> list[float]:
    found = []
    for _ in range(count):
        began = time.perf_counter_ns()
        client.ask(frame)
        found.append((time.perf_counter_ns() - began) / 1e6)
    return found


def main(runs: int) -> None:
    frame = produce_frame("lone", 0, batch_of(records=1, value_bytes=100))
    rows = []
    with ExitStack() as stack:
        found = {"bare echo": stack.enter_context(bare("echo")), "kawa": stack.enter_context(kawa())}
        if jars := kafka_jars():
            found["Apache Kafka"] = stack.enter_context(apache_kafka(jars))
        clients = {name: stack.enter_context(Client(server.port)) for name, server in found.items()}
        half, most, rate = ({name: [] for name in clients} for _ in range(3))  # type: ignore[var-annotated]
        for name, client in clients.items():
            if name != "bare echo":
                client.create_topic("lone")
            latencies_ms(client, frame, LONE // 5)
        for _ in range(runs):
            for name, client in clients.items():
                measured = latencies_ms(client, frame, LONE)
                half[name].append(percentile(measured, 0.5))
                most[name].append(percentile(measured, 0.99))
                began = time.perf_counter()
                client.pipeline(repeat(frame, PIPELINED), window=WINDOW)
                rate[name].append(PIPELINED / (time.perf_counter() - began))
    for name in clients:
        bar = "<= 1.5 x bare" if name == "kawa" else ""
        rows += [
            Row("one record, p50", name, "ms", half[name], bar),
            Row("one record, p99", name, "ms", most[name], bar),
            Row(f"{WINDOW} in flight", name, "requests/s", rate[name]),
        ]
    show("Small synchronous produce", rows)
