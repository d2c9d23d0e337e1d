"""Starting what is measured, and reading its processor time and memory from outside."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

from compat.brokers import kafka_files


class Server(NamedTuple):
    """A running process that answers on 127.0.0.1:`port`."""

    name: str
    process: psutil.Process
    port: int
    folder: Path

    def cpu_seconds(self) -> float:
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def memory_mb(self) -> float:
        return float(self.process.memory_info().rss) / 1e6


@contextmanager
def process(command: Sequence[str], **options: object) -> Iterator[subprocess.Popen[str]]:
    """A child that is gone when the block is left, whatever happened in it."""
    child = subprocess.Popen(command, text=True, **{"stdout": subprocess.PIPE, **options})  # type: ignore[call-overload]
    try:
        yield child
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def touch_page_cache(gigabytes: int) -> None:
    """Write a file and remove it: in a virtual machine, memory costs most when it is used first."""
    mebibyte = bytes(1 << 20)
    with tempfile.TemporaryFile() as file:
        for _ in range(gigabytes << 10):
            file.write(mebibyte)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="kawa-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def kawa(*arguments: str, folder: Path | None = None) -> Iterator[Server]:
    """`kawa serve` on a free port with its data in a folder of its own."""
    with scratch_folder() as scratch:
        data = folder or scratch / "data"
        command = [sys.executable, "-m", "broker", "serve", "--port", "0", "--ready-json"]
        command += ["--data-dir", str(data), "--log-level", "warning", *arguments]
        with process(command) as child:
            assert child.stdout is not None
            ready = json.loads(child.stdout.readline())
            yield Server("kawa", psutil.Process(child.pid), ready["brokers"][0]["port"], scratch)


@contextmanager
def bare(word: str, path: Path | None = None) -> Iterator[Server]:
    """One of the loops of `bench.bare`."""
    with scratch_folder() as folder:
        file = [] if word == "echo" else [str(path or folder / "bytes")]
        with process([sys.executable, "-m", "bench.bare", word, *file]) as child:
            assert child.stdout is not None
            port = int(child.stdout.readline())
            yield Server(f"bare {word}", psutil.Process(child.pid), port, folder)


def kafka_jars() -> Path | None:
    """The folder of Apache Kafka's jars, fetched by Maven on first use; None without Java or Maven."""
    return None if kafka_files.lacking() else kafka_files.fetch_jars()


@contextmanager
def apache_kafka(jars: Path) -> Iterator[Server]:
    """Apache Kafka in KRaft mode, one node, with a gigabyte of heap."""
    with scratch_folder() as folder:
        ports = kafka_files.free_ports(1)
        properties = kafka_files.write_properties(folder, ports, 1)
        subprocess.run(kafka_files.format_command(jars, properties), check=True, capture_output=True)
        command = kafka_files.serve_command(jars, properties)
        with process(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
            wait_until_open(ports.nodes[0], seconds=60)
            yield Server("Apache Kafka", psutil.Process(child.pid), ports.nodes[0], folder)


def wait_until_open(port: int, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError(f"nothing listens on 127.0.0.1:{port} after {seconds} s")
