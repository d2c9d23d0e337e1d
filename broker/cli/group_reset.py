"""`kawa groups reset-offsets`: where a group shall go on reading; nothing changes without `--execute`."""

import argparse
import json
import re
import sys
from datetime import UTC, datetime, timedelta
from time import time
from typing import TYPE_CHECKING

from broker.cli.errors import CommandError
from broker.cli.group_descriptions import INACTIVE, listed_groups
from broker.cli.group_offsets import Place, committed_offsets, log_offsets
from broker.cli.tables import show_table

if TYPE_CHECKING:
    from kafka import KafkaAdminClient

SUMMARY = "set the offsets of a group without members; shows them, and acts with --execute"
DURATION = re.compile(
    r"P(?=.)(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?",
    re.IGNORECASE,
)
"""As Kafka has it: PnDTnHnMnS."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("group", metavar="GROUP")
    scope = parser.add_mutually_exclusive_group(required=True)
    scope.add_argument("--all-topics", action="store_true", help="every partition with a committed offset")
    scope.add_argument(
        "--topic", dest="topics", action="append", default=[], type=topic_scope, metavar="TOPIC[:0,1,...]"
    )
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--to-earliest", action="store_true")
    target.add_argument("--to-latest", action="store_true")
    target.add_argument("--to-offset", type=int, metavar="OFFSET")
    target.add_argument("--shift-by", type=int, metavar="N", help="forwards, or backwards if below 0")
    target.add_argument(
        "--to-datetime",
        type=timestamp_ms,
        metavar="YYYY-MM-DDTHH:MM:SS",
        help="the first record since then; UTC unless the text says otherwise",
    )
    target.add_argument("--by-duration", type=duration_ms, metavar="PnDTnHnMnS", help="so long ago")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--dry-run", action="store_true", help="only show the offsets (the default)")
    how.add_argument("--execute", action="store_true", help="set them")


def topic_scope(text: str) -> tuple[str, list[int] | None]:
    """`topic` (None: all its partitions) or `topic:0,1`, as an argument's type."""
    topic, colon, numbers = text.partition(":")
    listed = numbers.split(",")
    if not topic or (colon and not all(number.isdecimal() for number in listed)):
        raise argparse.ArgumentTypeError(f"wanted TOPIC or TOPIC:0,1,..., found {text!r}")
    return topic, [int(number) for number in listed] if colon else None


def timestamp_ms(text: str) -> int:
    """Milliseconds since 1970 of an ISO 8601 date and time, as an argument's type."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"wanted YYYY-MM-DDTHH:MM:SS, found {text!r}") from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)


def duration_ms(text: str) -> int:
    """Milliseconds of an ISO 8601 duration of days and less, as an argument's type."""
    found = DURATION.fullmatch(text)
    if not found:
        raise argparse.ArgumentTypeError(f"wanted PnDTnHnMnS, such as P1DT12H, found {text!r}")
    parts = {unit: float(number) for unit, number in found.groupdict(default="0").items()}
    return round(timedelta(**parts).total_seconds() * 1000)


def reset_offsets(admin: "KafkaAdminClient", arguments: argparse.Namespace) -> None:
    group_id = arguments.group
    # A group that does not exist may be given offsets, too: so one is prepared for its first members.
    state = listed_groups(admin).get(group_id, {"state": "Dead"})["state"]
    if state not in INACTIVE:
        raise CommandError(f"group {group_id} is {state}: offsets can only be set while it has no members")
    committed = committed_offsets(admin, group_id)
    places = sorted(committed) if arguments.all_topics else _places(admin, arguments.topics)
    new_offsets = offsets_to_set(admin, arguments, places, committed)
    if arguments.execute:
        _commit(admin, group_id, new_offsets)
    rows = [[group_id, place.topic, place.partition, offset] for place, offset in new_offsets.items()]
    columns = ["GROUP", "TOPIC", "PARTITION", "NEW-OFFSET"]
    if arguments.json:
        names = [column.lower().replace("-", "_") for column in columns]
        print(json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=2))
    else:
        show_table(columns, rows, to_the_right=columns[2:])
    if not arguments.execute:
        print("This is what --execute would set; nothing has changed.", file=sys.stderr)


def _places(admin: "KafkaAdminClient", scopes: list[tuple[str, list[int] | None]]) -> list[Place]:
    places: set[Place] = set()
    counts = {
        row["name"]: len(row["partitions"]) for row in admin.describe_topics([name for name, _ in scopes])
    }
    for topic, numbers in scopes:
        if not counts[topic]:
            raise CommandError(f"there is no topic {topic}")
        for number in range(counts[topic]) if numbers is None else numbers:
            if number >= counts[topic]:
                raise CommandError(f"topic {topic} has {counts[topic]} partitions, and no {number}")
            places.add(Place(topic, number))
    return sorted(places)


def offsets_to_set(
    admin: "KafkaAdminClient", arguments: argparse.Namespace, places: list[Place], committed: dict[Place, int]
) -> dict[Place, int]:
    """Never outside of the log: what is asked for beyond it becomes its beginning or its end."""
    from kafka.admin import OffsetSpec

    begins = log_offsets(admin, places, OffsetSpec.EARLIEST)
    ends = log_offsets(admin, places, OffsetSpec.LATEST)
    if arguments.to_earliest:
        wanted = begins
    elif arguments.to_latest:
        wanted = ends
    elif arguments.to_offset is not None:
        wanted = dict.fromkeys(places, arguments.to_offset)
    elif arguments.shift_by is not None:
        wanted = _shifted(places, committed, arguments.shift_by)
    else:
        found = log_offsets(admin, places, _since_ms(arguments))
        wanted = {place: ends[place] if offset < 0 else offset for place, offset in found.items()}
    return {place: max(begins[place], min(wanted[place], ends[place])) for place in places}


def _shifted(places: list[Place], committed: dict[Place, int], by: int) -> dict[Place, int]:
    for place in places:
        if place not in committed:
            raise CommandError(f"cannot shift {place.topic}:{place.partition}, which has no committed offset")
    return {place: committed[place] + by for place in places}


def _since_ms(arguments: argparse.Namespace) -> int:
    if arguments.to_datetime is not None:
        return int(arguments.to_datetime)
    return int(time() * 1000) - int(arguments.by_duration)


def _commit(admin: "KafkaAdminClient", group_id: str, offsets: dict[Place, int]) -> None:
    from kafka import TopicPartition
    from kafka.errors import NoError
    from kafka.structs import OffsetAndMetadata

    stored = {
        TopicPartition(*place): OffsetAndMetadata(offset=offset, metadata="", leader_epoch=-1)
        for place, offset in offsets.items()
    }
    for place, outcome in admin.alter_group_offsets(group_id, stored).items():
        if outcome is not NoError:
            raise CommandError(f"{place.topic}:{place.partition}: {outcome.message}: {outcome.description}")
