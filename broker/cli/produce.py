"""`kawa produce`: lines of standard input, or of files, become records."""

import argparse
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

from broker.cli import client
from broker.cli.errors import CommandError
from broker.cli.parser import Subparsers, add_bootstrap, count, name_and_value
from broker.cli.record_text import TextRecord, from_json_line, unescape

if TYPE_CHECKING:
    from kafka import KafkaProducer

OUTSTANDING = 20_000
CHUNK_BYTES = 1 << 16


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("produce", help="send lines of standard input to a topic")
    parser.add_argument("topic")
    parser.add_argument(
        "files", nargs="*", default=[], metavar="FILE", help="each is one record (default: lines of stdin)"
    )
    add_bootstrap(parser)
    parser.add_argument("-K", "--key-delimiter", metavar="TEXT", help="what precedes it in a line is the key")
    parser.add_argument(
        "-D", "--delimiter", default="\\n", metavar="TEXT", help="between records (default: \\n)"
    )
    parser.add_argument("-k", "--key", help="the key of all records")
    parser.add_argument(
        "-H", "--header", action="append", default=[], metavar="NAME=VALUE", help="repeatable"
    )
    parser.add_argument("-p", "--partition", type=int, help="default: by the key")
    parser.add_argument("-t", "--timestamp", type=int, metavar="MS", help="of all records (default: now)")
    parser.add_argument("-z", "--codec", default="none", choices=["none", "gzip", "snappy", "lz4", "zstd"])
    parser.add_argument("-Z", "--null", action="store_true", help="an empty value or key is null")
    parser.add_argument("-c", "--count", type=count, help="stop after so many records")
    parser.add_argument("--acks", default="all", choices=["0", "1", "all"])
    parser.add_argument(
        "--json", action="store_true", help="each line is a record as `kawa consume --json` prints it"
    )


def run(arguments: argparse.Namespace) -> int:
    headers: list[tuple[str, bytes | None]] = [
        (name, value.encode())
        for name, value in (name_and_value(text, what="--header") for text in arguments.header)
    ]
    records = islice(read_records(arguments), arguments.count)
    with client.errors_in_one_line():
        producer = client.producer(arguments.bootstrap, **producer_options(arguments))
        try:
            send_all(producer, arguments, headers, records)
        finally:
            producer.close(timeout=5)
    return 0


def producer_options(arguments: argparse.Namespace) -> dict[str, Any]:
    return {
        "acks": {"0": 0, "1": 1, "all": "all"}[arguments.acks],
        "enable_idempotence": arguments.acks == "all",
        "compression_type": None if arguments.codec == "none" else arguments.codec,
        "linger_ms": 5,
        "batch_size": 1 << 18,
        "max_request_size": 64 << 20,
    }


def read_records(arguments: argparse.Namespace) -> Iterator[TextRecord]:
    if arguments.files:
        for name in arguments.files:
            try:
                with open(name, "rb") as file:
                    yield with_options(TextRecord(file.read()), arguments)
            except OSError as error:
                raise CommandError(f"{name}: {error.strerror}") from None
        return
    delimiter = unescape(arguments.delimiter)
    key_delimiter = unescape(arguments.key_delimiter) if arguments.key_delimiter else None
    if not delimiter:
        raise CommandError("--delimiter is empty", status=2)
    for number, text in enumerate(pieces(sys.stdin.buffer, delimiter), start=1):
        record = from_json_line(text, number) if arguments.json else from_line(text, key_delimiter)
        yield with_options(record, arguments)


def pieces(stream: BinaryIO, delimiter: bytes) -> Iterator[bytes]:
    """The stream cut at each delimiter, as soon as each piece is complete."""
    rest = b""
    while chunk := stream.read1(CHUNK_BYTES):  # type: ignore[attr-defined]
        *whole, rest = (rest + chunk).split(delimiter)
        yield from whole
    if rest:
        yield rest


def from_line(text: bytes, key_delimiter: bytes | None) -> TextRecord:
    if key_delimiter is None or key_delimiter not in text:
        return TextRecord(text)
    key, _, value = text.partition(key_delimiter)
    return TextRecord(value, key=key)


def with_options(record: TextRecord, arguments: argparse.Namespace) -> TextRecord:
    """What the command line says of all records."""
    if arguments.key is not None:
        record = record._replace(key=arguments.key.encode())
    if arguments.null:
        record = record._replace(value=record.value or None, key=record.key or None)
    if arguments.partition is not None:
        record = record._replace(partition=arguments.partition)
    if arguments.timestamp is not None:
        record = record._replace(timestamp_ms=arguments.timestamp)
    return record


def send_all(
    producer: "KafkaProducer",
    arguments: argparse.Namespace,
    headers: list[tuple[str, bytes | None]],
    records: Iterable[TextRecord],
) -> None:
    """Raises: CommandError, KafkaError: a record was not stored."""
    outstanding: deque[Any] = deque()
    progress = Progress(arguments.topic)
    for record in records:
        outstanding.append(send(producer, arguments.topic, record, headers))
        progress.one_more()
        while outstanding and (len(outstanding) > OUTSTANDING or outstanding[0].is_done):
            outstanding.popleft().get(timeout=60)
    producer.flush(timeout=60)
    for future in outstanding:
        future.get(timeout=60)
    progress.finish()


def send(
    producer: "KafkaProducer", topic: str, record: TextRecord, headers: list[tuple[str, bytes | None]]
) -> Any:
    """Raises: CommandError: the client library will not even try."""
    try:
        return producer.send(
            topic,
            value=record.value,
            key=record.key,
            headers=[*headers, *record.headers],
            partition=record.partition,
            timestamp_ms=record.timestamp_ms,
        )
    except (ValueError, TypeError, AssertionError) as error:
        raise CommandError(str(error)) from None


class Progress:
    """A line on the terminal that counts, when records come from somewhere else than the keyboard."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._count = 0
        self._shown_at = time.monotonic()
        self._wanted = sys.stderr.isatty() and not sys.stdin.isatty()
        self._status: Any = None

    def one_more(self) -> None:
        self._count += 1
        if self._wanted and self._count % 256 == 0 and time.monotonic() - self._shown_at > 0.2:
            self._shown_at = time.monotonic()
            self._show()

    def _show(self) -> None:
        if self._status is None:
            from rich.console import Console

            self._status = Console(stderr=True).status("")
            self._status.start()
        self._status.update(f"{self._count:,} records to {self._topic}")

    def finish(self) -> None:
        if self._status is not None:
            self._status.stop()
        if self._wanted:
            print(f"{self._count:,} records to {self._topic}", file=sys.stderr)
