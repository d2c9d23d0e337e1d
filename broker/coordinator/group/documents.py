"""Groups as rows of the state store: JSON text, bytes in base64.

| kind | key | document |
| --- | --- | --- |
| classic | "" | the whole group: protocol, generation, leader, members; since when it is empty |
| consumer | "" | a consumer group: its epochs, and the fingerprint of its topics |
| member | member id | a consumer group's member: what it told, and what it owns since which epoch |
| target | member id | what that member is to own |
"""

from binascii import a2b_base64, b2a_base64
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from broker.coordinator.group.assignors import TopicPartitions
from broker.coordinator.group.classic.messages import GroupRecord, Protocol, StoredMember
from broker.coordinator.group.consumer.member import ClassicMembership, Member
from broker.coordinator.group.consumer.partition_epochs import PartitionEpochs
from broker.coordinator.group.consumer.records import (
    ConsumerRecord,
    GroupEpochs,
    MemberRemoved,
    MemberTarget,
)
from broker.coordinator.group.consumer.states import MemberState
from broker.protocol.uuids import uuid_from_text, uuid_to_text
from broker.state.rows import GroupRow

CLASSIC, CONSUMER, MEMBER, TARGET = "classic", "consumer", "member", "target"


class RowRemoved(NamedTuple):
    kind: str
    key: str


RowChange: TypeAlias = GroupRow | RowRemoved


def classic_row(record: GroupRecord, *, empty_since_ms: int | None) -> GroupRow:
    protocol_type, generation_id, protocol_name, leader, members = record
    document = {
        "protocol_type": protocol_type,
        "generation_id": generation_id,
        "protocol_name": protocol_name,
        "leader": leader,
        "members": [_classic_member(member) for member in members],
        "empty_since_ms": empty_since_ms,
    }
    return _row(CLASSIC, "", document)


def consumer_rows(record: ConsumerRecord) -> list[RowChange]:
    """What a record of a consumer group changes."""
    if isinstance(record, GroupEpochs):
        return [_row(CONSUMER, "", record._asdict())]
    if isinstance(record, MemberTarget):
        return [_row(TARGET, record.member_id, _partitions(record.partitions))]
    if isinstance(record, MemberRemoved):
        return [RowRemoved(MEMBER, record.member_id), RowRemoved(TARGET, record.member_id)]
    return [_row(MEMBER, record.member_id, _member(record))]


def read(row: GroupRow) -> GroupRecord | ConsumerRecord:
    """What a row was made of."""
    import json

    found = json.loads(row.document)
    if row.kind == CLASSIC:
        members = tuple(_stored_member(member) for member in found["members"])
        return GroupRecord(
            found["protocol_type"], found["generation_id"], found["protocol_name"], found["leader"], members
        )
    if row.kind == CONSUMER:
        return GroupEpochs(**found)
    if row.kind == TARGET:
        return MemberTarget(row.key, {uuid_from_text(name): frozenset(each) for name, each in found.items()})
    return _stored_consumer(row.key, found)


def empty_since_ms(row: GroupRow) -> int | None:
    """Since when a classic group has nobody in it, by the wall clock."""
    import json

    since: int | None = json.loads(row.document).get("empty_since_ms")
    return since


def _row(kind: str, key: str, document: Mapping[str, Any]) -> GroupRow:
    import json

    return GroupRow(kind, key, json.dumps(document, separators=(",", ":")))


def _classic_member(member: StoredMember) -> dict[str, Any]:
    return {
        **member._asdict(),
        "protocols": _protocols(member.protocols),
        "assignment": _text(member.assignment),
    }


def _stored_member(found: dict[str, Any]) -> StoredMember:
    changed = {
        "protocols": _stored_protocols(found["protocols"]),
        "assignment": a2b_base64(found["assignment"]),
    }
    return StoredMember(**{**found, **changed})


def _member(member: Member) -> dict[str, Any]:
    classic = member.classic
    return {
        **member._asdict(),
        "topic_names": sorted(member.topic_names),
        "classic": None if classic is None else [classic.session_timeout_ms, _protocols(classic.protocols)],
        "assigned": _epochs(member.assigned),
        "revoking": _epochs(member.revoking),
    }


def _stored_consumer(member_id: str, found: dict[str, Any]) -> Member:
    classic = found["classic"]
    changed = {
        "member_id": member_id,
        "topic_names": frozenset(found["topic_names"]),
        "classic": None if classic is None else ClassicMembership(classic[0], _stored_protocols(classic[1])),
        "state": MemberState(found["state"]),
        "assigned": _stored_epochs(found["assigned"]),
        "revoking": _stored_epochs(found["revoking"]),
    }
    return Member(**{**found, **changed})


def _partitions(partitions: TopicPartitions) -> dict[str, list[int]]:
    return {uuid_to_text(topic_id): sorted(each) for topic_id, each in partitions.items()}


def _epochs(partitions: PartitionEpochs) -> dict[str, list[list[int]]]:
    """Pairs of partition and epoch."""
    return {
        uuid_to_text(topic_id): [list(pair) for pair in sorted(each.items())]
        for topic_id, each in partitions.items()
    }


def _stored_epochs(found: dict[str, list[tuple[int, int]]]) -> PartitionEpochs:
    return {uuid_from_text(name): dict(pairs) for name, pairs in found.items()}


def _protocols(protocols: tuple[Protocol, ...]) -> list[list[str]]:
    return [[each.name, _text(each.metadata)] for each in protocols]


def _stored_protocols(found: list[tuple[str, str]]) -> tuple[Protocol, ...]:
    return tuple(Protocol(name, a2b_base64(metadata)) for name, metadata in found)


def _text(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode()
