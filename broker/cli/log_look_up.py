"""`kawa log find DIR --offset N | --time T` and `kawa log sizes DIR`; read only, also while a broker runs."""

import argparse
from datetime import UTC, datetime

from broker.cli.errors import CommandError
from broker.cli.tables import say, show_table
from broker.log.inspect import ReadableFiles
from broker.log.look_up import Place, find_offset, find_time, topic_sizes
from broker.protocol.errors import KafkaError

FOUND_COLUMNS = ("partition", "offset", "timestamp", "segment", "byte")
SIZE_COLUMNS = ("topic", "partitions", "segments", "bytes", "bytes a day")


def moment_ms(text: str) -> int:
    """Milliseconds since 1970, or ISO 8601 (UTC where it names no zone), as an argument's type."""
    if text.isdecimal():
        return int(text)
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def find(files: ReadableFiles, partitions: list[str], arguments: argparse.Namespace) -> int:
    """Exit status 1 where no partition has such a record."""
    rows = []
    for partition in partitions:
        try:
            if arguments.offset is not None:
                place = find_offset(files, partition, arguments.offset)
            else:
                place = find_time(files, partition, arguments.time)
        except KafkaError as error:
            raise CommandError(f"{partition}: {error.message}") from None
        if place is not None:
            rows.append(place_row(partition, place))
    if not rows:
        say("there is no such record")
        return 1
    show_table(FOUND_COLUMNS, rows)
    return 0


def place_row(partition: str, place: Place) -> list[str]:
    """A record's place in the order of FOUND_COLUMNS."""
    segment = place.path.rpartition("/")[2]
    record = place.record
    return [partition, str(record.offset), str(record.timestamp_ms), segment, str(place.position)]


def sizes(files: ReadableFiles, partitions: list[str], arguments: argparse.Namespace) -> int:
    rows = []
    for one in topic_sizes(files, partitions):
        growth = "-" if one.bytes_per_day is None else str(one.bytes_per_day)
        rows.append([one.topic, str(one.partitions), str(one.segments), str(one.size_bytes), growth])
    show_table(SIZE_COLUMNS, rows)
    return 0
