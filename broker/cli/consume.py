"""`kawa consume`: print the records of a topic, or of some of its partitions."""

import argparse
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from broker.cli import client
from broker.cli.errors import CommandError
from broker.cli.parser import Subparsers, add_bootstrap, count
from broker.cli.record_text import TextRecord, formatter, to_json_line, unescape

if TYPE_CHECKING:
    from kafka import KafkaConsumer, TopicPartition

POLL_MS = 500


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "consume",
        help="print the records of a topic",
        description="Print the records of a topic.",
        epilog="Formats: %s value, %k key, %t topic, %p partition, %o offset, %T timestamp,"
        " %h headers, %S and %K lengths of value and key; \\n \\t \\xHH.",
    )
    parser.add_argument("topic")
    add_bootstrap(parser)
    parser.add_argument("-p", "--partition", type=int, action="append", help="repeatable (default: all)")
    parser.add_argument(
        "-o",
        "--offset",
        default="beginning",
        help="beginning, end, N (that offset), -N (the last N of each partition) or @MS (since that time)",
    )
    parser.add_argument("-e", "--exit", action="store_true", help="stop at the end of the log")
    parser.add_argument("-c", "--count", type=count, help="stop after so many records")
    parser.add_argument("-f", "--format", help="a format for each record, as kcat's")
    parser.add_argument(
        "-K", "--key-delimiter", metavar="TEXT", help="print the key and this before the value"
    )
    parser.add_argument(
        "-D", "--delimiter", default="\\n", metavar="TEXT", help="after each record (default: \\n)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument(
        "--read-committed", action="store_true", help="only records of committed transactions"
    )


def run(arguments: argparse.Namespace) -> int:
    write = writer(arguments)
    check_offset(arguments.offset)
    isolation = "read_committed" if arguments.read_committed else "read_uncommitted"
    with client.errors_in_one_line():
        reader = client.consumer(
            arguments.bootstrap,
            isolation_level=isolation,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
        )
        try:
            places = partitions_of(reader, arguments)
            start(reader, places, arguments.offset)
            ends = reader.end_offsets(places) if arguments.exit else None
            for record in records(reader, places, ends=ends, count=arguments.count):
                sys.stdout.buffer.write(write(record))
        finally:
            reader.close()
            sys.stdout.flush()
    return 0


def writer(arguments: argparse.Namespace) -> Callable[[TextRecord], bytes]:
    """How a record is printed. Raises: CommandError."""
    if arguments.json:
        return to_json_line
    if arguments.format is not None:
        return formatter(arguments.format)
    after = unescape(arguments.delimiter)
    if arguments.key_delimiter is None:
        return lambda record: (record.value or b"") + after
    between = unescape(arguments.key_delimiter)
    return lambda record: (record.key or b"") + between + (record.value or b"") + after


def check_offset(text: str) -> None:
    """Raises: CommandError."""
    number = text.removeprefix("@") if text.startswith("@") else text.removeprefix("-")
    if text not in ("beginning", "end") and not (number.isascii() and number.isdigit()):
        raise CommandError(f"--offset {text!r}: wanted beginning, end, N, -N or @MS", status=2)


def partitions_of(reader: "KafkaConsumer", arguments: argparse.Namespace) -> "list[TopicPartition]":
    """Raises: CommandError: there is no such topic or partition."""
    from kafka import TopicPartition

    there = reader.partitions_for_topic(arguments.topic)
    if not there:
        raise CommandError(f"there is no topic {arguments.topic}")
    wanted = arguments.partition or sorted(there)
    if missing := [number for number in wanted if number not in there]:
        raise CommandError(f"topic {arguments.topic} has no partition {missing[0]}; it has {len(there)}")
    return [TopicPartition(arguments.topic, number) for number in wanted]


def start(reader: "KafkaConsumer", places: "list[TopicPartition]", offset: str) -> None:
    """Assign the partitions, each at the asked place. Raises: CommandError: it is beyond the end."""
    reader.assign(places)
    for place, position in starting_offsets(reader, places, offset).items():
        reader.seek(place, position)


def starting_offsets(
    reader: "KafkaConsumer", places: "list[TopicPartition]", offset: str
) -> "dict[TopicPartition, int]":
    begins: dict[TopicPartition, int] = reader.beginning_offsets(places)
    if offset == "beginning":
        return begins
    ends: dict[TopicPartition, int] = reader.end_offsets(places)
    if offset == "end":
        return ends
    if offset.startswith("@"):
        found = reader.offsets_for_times(dict.fromkeys(places, int(offset[1:])))
        return {place: ends[place] if found[place] is None else found[place].offset for place in places}
    if offset.startswith("-"):
        return {place: max(begins[place], ends[place] - int(offset[1:])) for place in places}
    if int(offset) > max(ends.values()):
        raise CommandError(f"--offset {offset} is beyond the end, {max(ends.values())}")
    return {place: min(max(begins[place], int(offset)), ends[place]) for place in places}


def records(
    reader: "KafkaConsumer",
    places: "list[TopicPartition]",
    *,
    ends: "dict[TopicPartition, int] | None",
    count: int | None,
) -> Iterator[TextRecord]:
    """Until the count is reached, or each partition's end as it was at the start."""
    left = count
    while left != 0 and not (ends and all(reader.position(place) >= ends[place] for place in places)):
        polled = reader.poll(timeout_ms=POLL_MS, max_records=500 if left is None else min(500, left))
        for batch in polled.values():
            for record in batch:
                if ends is None or record.offset < ends[_place(record)]:
                    yield _text_record(record)
            left = None if left is None else left - len(batch)
        sys.stdout.flush()


def _place(record: Any) -> "TopicPartition":
    from kafka import TopicPartition

    return TopicPartition(record.topic, record.partition)


def _text_record(record: Any) -> TextRecord:
    return TextRecord(
        value=record.value,
        key=record.key,
        headers=tuple(record.headers),
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp_ms=record.timestamp,
    )
