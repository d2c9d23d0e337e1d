"""`kawa groups`: list, describe, reset offsets, delete, as Kafka's `kafka-consumer-groups` does."""

import argparse
import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from broker.cli import group_reset
from broker.cli.admin_command import add_action, run_action
from broker.cli.errors import CommandError
from broker.cli.group_descriptions import (
    INACTIVE,
    GroupDescription,
    GroupMember,
    describe_groups,
    listed_groups,
)
from broker.cli.group_offsets import Place, committed_offsets, log_offsets, places_with_leaders
from broker.cli.parser import Subparsers, add_bootstrap
from broker.cli.tables import is_terminal, show_table

if TYPE_CHECKING:
    from kafka import KafkaAdminClient

OFFSET_COLUMNS = (
    "GROUP",
    "TOPIC",
    "PARTITION",
    "CURRENT-OFFSET",
    "LOG-END-OFFSET",
    "LAG",
    "CONSUMER-ID",
    "HOST",
    "CLIENT-ID",
)
UNKNOWN = "-"
NOBODY = GroupMember(member_id=UNKNOWN, host=UNKNOWN, client_id=UNKNOWN, assigned=[])


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("groups", help="list, describe and delete groups, reset their offsets")
    add_bootstrap(parser)
    parser.set_defaults(action=list_groups, json=False)
    actions = parser.add_subparsers(metavar="list|describe|reset-offsets|delete")

    add_action(actions, "list", list_groups, "the groups, their types and states (the default)")

    describing = add_action(actions, "describe", describe, "what each partition's member has yet to read")
    describing.add_argument("groups", nargs="*", metavar="GROUP", help="default: all")

    resetting = add_action(actions, "reset-offsets", group_reset.reset_offsets, group_reset.SUMMARY)
    group_reset.add_arguments(resetting)

    deleting = add_action(actions, "delete", delete, "delete groups without members, and their offsets")
    deleting.add_argument("groups", nargs="+", metavar="GROUP")


def run(arguments: argparse.Namespace) -> int:
    return run_action(arguments)


def list_groups(admin: "KafkaAdminClient", arguments: argparse.Namespace) -> None:
    groups = listed_groups(admin)
    if arguments.json:
        rows = [{"group": group_id, **row} for group_id, row in groups.items()]
        print(json.dumps(rows, indent=2))
    elif is_terminal():
        rows_shown = [[group_id, row["type"], row["state"]] for group_id, row in groups.items()]
        show_table(["GROUP", "TYPE", "STATE"], rows_shown)
    else:
        for group_id in groups:
            print(group_id)


def describe(admin: "KafkaAdminClient", arguments: argparse.Namespace) -> None:
    from kafka.admin import OffsetSpec

    groups = describe_groups(admin, arguments.bootstrap, arguments.groups)
    committed = {group.group_id: committed_offsets(admin, group.group_id) for group in groups}
    places = {place for offsets in committed.values() for place in offsets}
    places |= {place for group in groups for member in group.members for place in member.assigned}
    # A group may have offsets of topics that are gone, and of partitions that nobody leads.
    places &= places_with_leaders(admin, [place.topic for place in places])
    ends = log_offsets(admin, sorted(places), OffsetSpec.LATEST)
    rows = [row for group in groups for row in offset_rows(group, committed[group.group_id], ends)]
    if arguments.json:
        names = [column.lower().replace("-", "_") for column in OFFSET_COLUMNS]
        print(json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=2))
        return
    for group in groups:
        notice = _notice(group)
        if notice:
            print(notice, file=sys.stderr)
    shown = [[UNKNOWN if cell is None else cell for cell in row] for row in rows]
    if shown:
        show_table(OFFSET_COLUMNS, shown, to_the_right=OFFSET_COLUMNS[2:6])


def offset_rows(
    group: GroupDescription, committed: dict[Place, int], ends: dict[Place, int]
) -> list[list[str | int | None]]:
    """Rows of OFFSET_COLUMNS: the members' partitions, those with most first, then those that nobody has."""
    rows: list[list[str | int | None]] = []
    left = set(committed)
    for member in sorted(group.members, key=lambda member: -len(member.assigned)):
        left -= set(member.assigned)
        rows += _rows_of(group.group_id, member, member.assigned, committed, ends)
    return rows + _rows_of(group.group_id, NOBODY, left, committed, ends)


def _rows_of(
    group_id: str,
    member: GroupMember,
    places: Iterable[Place],
    committed: dict[Place, int],
    ends: dict[Place, int],
) -> list[list[str | int | None]]:
    rows: list[list[str | int | None]] = []
    for place in sorted(places):
        current, end = committed.get(place), ends.get(place)
        lag = None if current is None or end is None else end - current
        who = [member.member_id, member.host, member.client_id]
        rows.append([group_id, place.topic, place.partition, current, end, lag, *who])
    return rows


def _notice(group: GroupDescription) -> str:
    """What Kafka's tool says of a group that is not stable."""
    if group.state in INACTIVE:
        return f"Consumer group '{group.group_id}' has no active members."
    if group.state != "Stable":
        return f"Warning: Consumer group '{group.group_id}' is rebalancing."
    return ""


def delete(admin: "KafkaAdminClient", arguments: argparse.Namespace) -> None:
    outcomes: dict[str, str] = admin.delete_groups(arguments.groups)
    refused = [f"{group_id}: {outcome}" for group_id, outcome in outcomes.items() if outcome != "OK"]
    if refused:
        raise CommandError(f"could not delete {'; '.join(refused)}")
