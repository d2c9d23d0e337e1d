"""The server alone, beside bare loops: what framing, dispatch and the socket cost before a handler runs.

python -m bench.wire serve FILE    Kawa's server with handlers that do nothing; Fetch sends from FILE
python -m bench.wire receive       read length-prefixed frames and answer each, nothing else
"""

import asyncio
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import repeat
from pathlib import Path
from typing import Any

import psutil

from bench.bare import LENGTH, answer_of, receive_into, serve
from bench.client import Client, fetch_frame, frame, produce_frame
from bench.report import Row, percentile, show
from bench.servers import Server as Process
from bench.servers import bare, process, scratch_folder
from broker.clock import SystemClock
from broker.handlers import Api
from broker.handlers.answer import Answer
from broker.handlers.context import Broker
from broker.log.engine import FileRange
from broker.logger import SilentLogger
from broker.protocol.errors import ErrorCode
from broker.protocol.messages.fetch import FetchableTopicResponse, FetchResponse, PartitionData
from broker.protocol.messages.init_producer_id import InitProducerIdRequest, InitProducerIdResponse
from broker.protocol.messages.produce import (
    PartitionProduceResponse,
    ProduceResponse,
    TopicProduceResponse,
)
from broker.server.server import Server
from broker.settings.broker import BrokerSettings

APIS = {
    0: Api("Produce", "wire", "produce", "3-13"),
    1: Api("Fetch", "wire", "fetch", "4-18"),
    22: Api("InitProducerId", "wire", "init_producer_id", "0-5"),
}
MEBIBYTE = 1 << 20
LONE, PIPELINED, WINDOW, BULK = 10_000, 50_000, 64, 1000


class StoredFile:
    """A file to send from."""

    def __init__(self, path: str) -> None:
        self._descriptor = os.open(path, os.O_RDONLY)

    def fileno(self) -> int:
        return self._descriptor

    def read(self, *, position: int, size_bytes: int) -> bytes:
        return os.pread(self._descriptor, size_bytes, position)

    def read_into(self, buffer: memoryview, *, position: int) -> None:
        os.preadv(self._descriptor, [buffer], position)


def init_producer_id(request: Any, context: object, broker: object) -> InitProducerIdResponse:
    return InitProducerIdResponse(error_code=ErrorCode.NONE, producer_id=1, producer_epoch=0)


def produce(request: Any, context: object, broker: object) -> ProduceResponse:
    result = PartitionProduceResponse(index=0, error_code=ErrorCode.NONE, base_offset=0, record_errors=[])
    topics = [TopicProduceResponse(name=request.topic_data[0].name, partition_responses=[result])]
    return ProduceResponse(responses=topics)


def fetch(request: Any, context: object, broker: Any) -> Answer:
    part = PartitionData(
        partition_index=0,
        error_code=ErrorCode.NONE,
        high_watermark=0,
        last_stable_offset=0,
        aborted_transactions=None,
        records=[FileRange(broker.logs, 0, MEBIBYTE)],
    )
    topic = FetchableTopicResponse(topic="t", partitions=[part])
    return Answer(FetchResponse(error_code=ErrorCode.NONE, responses=[topic]), lambda: None)


async def serve_kawa(path: str) -> None:
    rooms: dict[str, Any] = dict.fromkeys(Broker._fields)
    rooms |= {
        "settings": BrokerSettings.from_values({}),
        "clock": SystemClock(asyncio.get_running_loop()),
        "logs": StoredFile(path),
        "logger": SilentLogger(),
    }
    server = Server(Broker(**rooms), apis=APIS, package="bench")
    print(server.listen("PLAINTEXT", "127.0.0.1", 0).port, flush=True)
    await asyncio.get_running_loop().create_future()


def receive_only(connection: socket.socket, _: str) -> None:
    buffer = memoryview(bytearray(4 << 20))
    while receive_into(connection, buffer[:4]):
        (size,) = LENGTH.unpack_from(buffer)
        if not receive_into(connection, buffer[4 : 4 + size]):
            break
        connection.sendall(answer_of(bytes(buffer[8:12])))


@contextmanager
def started(name: str, *arguments: str) -> Iterator[Process]:
    with process([sys.executable, "-m", "bench.wire", *arguments]) as child:
        assert child.stdout is not None
        yield Process(name, psutil.Process(child.pid), int(child.stdout.readline()), Path())


def latencies_ms(client: Client, data: bytes, count: int) -> list[float]:
    found = []
    for _ in range(count):
        began = time.perf_counter_ns()
        client.ask(data)
        found.append((time.perf_counter_ns() - began) / 1e6)
    return found


def cpu_per_gb(server: Process, client: Client, data: bytes, frame_bytes: int) -> float:
    before = server.cpu_seconds()
    client.pipeline(repeat(data, BULK), window=5)
    return (server.cpu_seconds() - before) / (BULK * frame_bytes / 1e9)


def small_requests(runs: int, file: Path) -> list[Row]:
    data = frame(22, 4, InitProducerIdRequest(transactional_id="x" * 60, transaction_timeout_ms=1))
    figures: dict[tuple[str, str, str], list[float]] = {}

    def note(what: str, server: Process, unit: str, value: float) -> None:
        figures.setdefault((what, server.name, unit), []).append(value)

    with ExitStack() as stack:
        found = [stack.enter_context(bare("echo")), stack.enter_context(started("kawa", "serve", str(file)))]
        clients = [stack.enter_context(Client(server.port)) for server in found]
        for run in range(runs + 1):
            for server, client in zip(found, clients, strict=True):
                before, began = server.cpu_seconds(), time.perf_counter()
                measured = latencies_ms(client, data, LONE)
                lone_cpu = server.cpu_seconds() - before
                before, began = server.cpu_seconds(), time.perf_counter()
                client.pipeline(repeat(data, PIPELINED), window=WINDOW)
                took, cpu = time.perf_counter() - began, server.cpu_seconds() - before
                if run == 0:
                    continue  # warming up
                note("one at a time, p50", server, "ms", percentile(measured, 0.5))
                note("one at a time, p99", server, "ms", percentile(measured, 0.99))
                note("one at a time", server, "CPU us/request", lone_cpu / LONE * 1e6)
                note(f"{WINDOW} in flight", server, "requests/s", PIPELINED / took)
                note(f"{WINDOW} in flight", server, "CPU us/request", cpu / PIPELINED * 1e6)
    return [Row(what, name, unit, values) for (what, name, unit), values in sorted(figures.items())]


def bulk(runs: int, file: Path) -> list[Row]:
    produced = produce_frame("t", 0, bytes(1_000_000))
    fetched = fetch_frame("t", 0, 0, max_bytes=MEBIBYTE)
    rows = []
    with ExitStack() as stack:
        kawa = stack.enter_context(started("kawa", "serve", str(file)))
        receiving = stack.enter_context(started("bare receive", "receive"))
        sending = stack.enter_context(bare("send", file))
        for what, data, size, bare_loop in (
            ("receive 1 MB", produced, 1_000_000, receiving),
            ("send 1 MiB of a file", fetched, MEBIBYTE, sending),
        ):
            measured: dict[str, list[float]] = {bare_loop.name: [], kawa.name: []}
            for run in range(runs + 1):
                for server in (bare_loop, kawa):
                    with Client(server.port) as client:
                        cpu = cpu_per_gb(server, client, data, size)
                    if run:
                        measured[server.name].append(cpu)
            rows += [Row(what, name, "CPU s/GB", values) for name, values in measured.items()]
    return rows


def main(runs: int) -> None:
    with scratch_folder() as folder:
        file = folder / "records"
        file.write_bytes(bytes(16 * MEBIBYTE))
        show("The server alone: small requests", small_requests(runs, file))
        show("The server alone: bulk", bulk(runs, file))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", path]:
            asyncio.run(serve_kawa(path))
        case ["receive"]:
            serve(receive_only, "")
        case _:
            main(5)
