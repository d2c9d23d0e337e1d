"""Bulk produce and fetch: broker CPU seconds per GB and throughput, beside the bare loops and Kafka."""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from itertools import repeat
from pathlib import Path

from bench.bare import BUFFER_BYTES
from bench.batches import batch_of
from bench.client import Client, fetch_frame, produce_frame
from bench.report import Row, show
from bench.servers import Server, apache_kafka, bare, kafka_jars, kawa, touch_page_cache
from broker.protocol.compression import Codec

WINDOW = 5
GIGABYTE = 1e9
RECORDS = 1_000
FETCH_BYTES = BUFFER_BYTES + 65_536


class Measured:
    """Runs of one measurement against one server."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.cpu_per_unit: list[float] = []
        self.units_per_second: list[float] = []

    def run(self, units: float, work: Callable[[], object]) -> None:
        """`units` are what `work` moves: gigabytes, or millions of records."""
        cpu, began = self.server.cpu_seconds(), time.perf_counter()
        work()
        seconds = time.perf_counter() - began
        self.cpu_per_unit.append((self.server.cpu_seconds() - cpu) / units)
        self.units_per_second.append(units / seconds)


def interleave(
    measured: dict[str, Measured], works: Mapping[str, Callable[[], object]], *, units: float, runs: int
) -> None:
    """One uncounted run each (fresh page cache costs the same everywhere), then in turn."""
    touch_page_cache(gigabytes=len(works) * 3)
    for work in works.values():
        work()
    for _ in range(runs):
        for name, work in works.items():
            measured[name].run(units, work)


def servers(stack: ExitStack, bare_word: str, file: Path | None = None) -> dict[str, Server]:
    found = {"bare": stack.enter_context(bare(bare_word, file)), "kawa": stack.enter_context(kawa())}
    if jars := kafka_jars():
        found["Apache Kafka"] = stack.enter_context(apache_kafka(jars))
    return found


def rows(what: str, unit: str, measured: dict[str, Measured], bar: str) -> list[Row]:
    found = []
    for name, figures in measured.items():
        found.append(
            Row(
                what,
                name,
                f"CPU s/{unit}",
                figures.cpu_per_unit,
                bar if name == "kawa" and "bare" not in measured else "",
            )
        )
        found.append(Row(what, name, f"{unit}/s", figures.units_per_second))
    if "bare" in measured:
        pairs = zip(measured["kawa"].cpu_per_unit, measured["bare"].cpu_per_unit, strict=True)
        found.append(
            Row(f"{what}, kawa / bare, pair by pair", "", "x CPU", [own / bare for own, bare in pairs], bar)
        )
    return found


def producing(client: Client, frame: bytes, count: int) -> Callable[[], int]:
    """Send `frame` so many times; a fresh stream of them at each call."""
    return lambda: client.pipeline(repeat(frame, count), window=WINDOW)


def fetching(client: Client, frames: list[bytes]) -> Callable[[], int]:
    return lambda: client.pipeline(frames, window=2)


def produce(runs: int, megabytes: int) -> None:
    batch = batch_of(records=RECORDS, value_bytes=1_000)
    frame = produce_frame("bulk", 0, batch)
    count = megabytes * 1_000_000 // len(frame)
    with ExitStack() as stack:
        found = servers(stack, "receive")
        clients = {name: stack.enter_context(Client(server.port)) for name, server in found.items()}
        for name, client in clients.items():
            if name != "bare":
                client.create_topic("bulk")
                client.produce(frame)
        works = {name: producing(client, frame, count) for name, client in clients.items()}
        measured = {name: Measured(server) for name, server in found.items()}
        interleave(measured, works, units=count * len(frame) / GIGABYTE, runs=runs)
    show("Bulk produce, 1 kB records, 1 MB batches", rows("produce", "GB", measured, "<= 1.6 x bare"))


def fetch(runs: int, megabytes: int) -> None:
    batch = batch_of(records=RECORDS, value_bytes=1_000)
    count = megabytes * 1_000_000 // len(batch)

    wanted = [fetch_frame("bulk", 0, index * RECORDS, max_bytes=FETCH_BYTES) for index in range(count)]
    with ExitStack() as stack:
        filled = stack.enter_context(kawa())  # its file serves the bare loop, too
        with Client(filled.port) as client:
            client.create_topic("bulk")
            client.pipeline(repeat(produce_frame("bulk", 0, batch), count), window=WINDOW)
        segment = next((filled.folder / "data").glob("bulk-0/*.log"))
        found = servers(stack, "send", segment)
        clients = {name: stack.enter_context(Client(server.port)) for name, server in found.items()}
        for name, client in clients.items():
            if name != "bare":
                client.create_topic("bulk")
                client.pipeline(repeat(produce_frame("bulk", 0, batch), count), window=WINDOW)
        works = {name: fetching(client, wanted) for name, client in clients.items()}
        measured = {name: Measured(server) for name, server in found.items()}
        interleave(measured, works, units=count * len(batch) / GIGABYTE, runs=runs)
    show("Bulk fetch, 1 kB records, 1 MB a fetch", rows("fetch", "GB", measured, "<= 1.0 x bare"))


def small_records(runs: int, millions: int) -> None:
    for codec in (Codec.NONE, Codec.LZ4):
        batch = batch_of(records=10_000, value_bytes=100, codec=codec)
        frame = produce_frame("small", 0, batch)
        count = millions * 100
        with ExitStack() as stack:
            found = servers(stack, "receive")
            del found["bare"]
            clients = {name: stack.enter_context(Client(server.port)) for name, server in found.items()}
            for client in clients.values():
                client.create_topic("small")
            works = {name: producing(client, frame, count) for name, client in clients.items()}
            measured = {name: Measured(server) for name, server in found.items()}
            interleave(measured, works, units=count / 100, runs=runs)
        name = codec.name.lower()
        show(f"100 B records, {name}", rows(f"produce {name}", "M records", measured, "<= Apache Kafka"))


def main(runs: int) -> None:
    produce(runs, 1_000)
    fetch(runs, 900)
    small_records(runs, 5)
