"""Groups as rows of the state store: JSON text, bytes in base64.

| kind | key | document |
| --- | --- | --- |
| classic | "" | the whole group: protocol, generation, leader, members; since when it is empty |
"""

from binascii import a2b_base64, b2a_base64
from typing import Any

from broker.coordinator.group.classic.messages import GroupRecord, Protocol, StoredMember
from broker.state.rows import GroupRow

CLASSIC = "classic"


def to_row(record: GroupRecord, *, empty_since_ms: int | None) -> GroupRow:
    protocol_type, generation_id, protocol_name, leader, members = record
    document = {
        "protocol_type": protocol_type,
        "generation_id": generation_id,
        "protocol_name": protocol_name,
        "leader": leader,
        "members": [_member(member) for member in members],
        "empty_since_ms": empty_since_ms,
    }
    import json

    return GroupRow(CLASSIC, "", json.dumps(document, separators=(",", ":")))


def from_row(row: GroupRow) -> tuple[GroupRecord, int | None]:
    """The group, and since when it is empty."""
    import json

    found = json.loads(row.document)
    members = tuple(_stored(member) for member in found["members"])
    record = GroupRecord(
        found["protocol_type"], found["generation_id"], found["protocol_name"], found["leader"], members
    )
    return record, found["empty_since_ms"]


def _member(member: StoredMember) -> dict[str, Any]:
    return {
        **member._asdict(),
        "protocols": [[each.name, _text(each.metadata)] for each in member.protocols],
        "assignment": _text(member.assignment),
    }


def _stored(found: dict[str, Any]) -> StoredMember:
    protocols = tuple(Protocol(name, a2b_base64(metadata)) for name, metadata in found["protocols"])
    return StoredMember(**{**found, "protocols": protocols, "assignment": a2b_base64(found["assignment"])})


def _text(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode()
