"""The client library's admin client, with one topic and some groups in memory."""

from argparse import Namespace
from typing import Any

from broker.cli.groups import register
from broker.cli.parser import OneLineParser

EARLIEST, LATEST = -2, -1


class FakeGroupAdmin:
    """Topic `t` has partitions with records [10, 20), [0, 5) and none; `young_ms` is when the youngest came.

    Groups are `idle`, `busy` (two members, one of them without partitions) and a share group.
    """

    def __init__(self) -> None:
        self.begins = {("t", 0): 10, ("t", 1): 0, ("t", 2): 0}
        self.ends = {("t", 0): 20, ("t", 1): 5, ("t", 2): 0}
        self.young_ms = 1_000
        self.committed: dict[str, dict[tuple[str, int], int]] = {
            "idle": {("t", 0): 15, ("gone", 0): 7},
            "busy": {("t", 0): 12, ("t", 1): 5},
        }
        self.deleted: list[str] = []
        self.refuses = False

    def list_groups(self) -> list[dict[str, Any]]:
        rows = [("idle", "Empty", "classic"), ("busy", "Stable", "classic"), ("shared", "Stable", "share")]
        names = ("group_id", "group_state", "group_type")
        return [{**dict(zip(names, row, strict=True)), "protocol_type": "consumer"} for row in rows]

    def describe_groups(self, group_ids: list[str]) -> dict[str, dict[str, Any]]:
        has = {"assigned_partitions": [{"topic": "t", "partitions": [1, 0, 2]}]}
        members = [
            {"member_id": member_id, "client_host": "/h", "client_id": "c", "member_assignment": assignment}
            for member_id, assignment in (("m2", ""), ("m1", has))
        ]
        groups: dict[str, dict[str, Any]] = {
            "idle": {"group_id": "idle", "group_state": "Empty", "members": [], "error": None},
            "busy": {"group_id": "busy", "group_state": "Stable", "members": members, "error": None},
        }
        return {group_id: groups[group_id] for group_id in group_ids}

    def list_group_offsets(self, specs: dict[str, None]) -> dict[str, Any]:
        from kafka import TopicPartition

        return {
            group_id: {
                TopicPartition(*place): Namespace(offset=offset)
                for place, offset in self.committed.get(group_id, {}).items()
            }
            for group_id in specs
        }

    def describe_topics(self, names: list[str]) -> list[dict[str, Any]]:
        rows = [{"partition_index": number, "leader_id": 1} for number in range(3)]
        return [{"name": name, "partitions": rows if name == "t" else []} for name in names]

    def list_partition_offsets(self, specs: dict[Any, int]) -> dict[Any, Any]:
        return {place: Namespace(offset=self._offset(place, spec)) for place, spec in specs.items()}

    def _offset(self, place: tuple[str, int], spec: int) -> int:
        if spec in (EARLIEST, LATEST):
            return (self.begins if spec == EARLIEST else self.ends)[place]
        is_there = spec <= self.young_ms and self.begins[place] < self.ends[place]
        return self.begins[place] + 1 if is_there else -1

    def alter_group_offsets(self, group_id: str, offsets: dict[Any, Any]) -> dict[Any, Any]:
        from kafka.errors import NoError, UnknownMemberIdError

        if not self.refuses:
            changed = {tuple(place): stored.offset for place, stored in offsets.items()}
            self.committed.setdefault(group_id, {}).update(changed)
        return dict.fromkeys(offsets, UnknownMemberIdError if self.refuses else NoError)

    def delete_groups(self, group_ids: list[str]) -> dict[str, str]:
        refused = {"busy": "NonEmptyGroupError"}
        self.deleted = [group_id for group_id in group_ids if group_id not in refused]
        return {group_id: refused.get(group_id, "OK") for group_id in group_ids}


def fake_admin() -> Any:
    return FakeGroupAdmin()


def parsed(*words: str) -> Namespace:
    parser = OneLineParser(prog="kawa")
    register(parser.add_subparsers())
    return parser.parse_args(["groups", *words])
