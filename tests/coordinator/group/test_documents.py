"""A group's document gives back what went into it."""

import json

from broker.coordinator.group.classic.messages import GroupRecord, Protocol, StoredMember
from broker.coordinator.group.documents import from_row, to_row

MEMBERS = (
    StoredMember(
        "m/1", None, "client", "/h", 10, 20, (Protocol("range", b"\0\xff"), Protocol("x", b"")), b"\1\2"
    ),
    StoredMember("m/2", "ünï", "", "/h", 10, 20, (), b""),
)


def test_what_is_stored_is_found_again() -> None:
    record = GroupRecord("consumer", 7, "range", "m/1", MEMBERS)
    assert from_row(to_row(record, empty_since_ms=None)) == (record, None)


def test_an_empty_group_tells_since_when() -> None:
    record = GroupRecord(None, 0, None, None, ())
    assert from_row(to_row(record, empty_since_ms=55)) == (record, 55)


def test_documents_that_have_been_written_stay_readable() -> None:
    row = to_row(GroupRecord("consumer", 7, "range", "m/1", MEMBERS[:1]), empty_since_ms=None)
    assert (row.kind, row.key) == ("classic", "")
    assert json.loads(row.document) == {
        "protocol_type": "consumer",
        "generation_id": 7,
        "protocol_name": "range",
        "leader": "m/1",
        "members": [
            {
                "member_id": "m/1",
                "instance_id": None,
                "client_id": "client",
                "client_host": "/h",
                "session_timeout_ms": 10,
                "rebalance_timeout_ms": 20,
                "protocols": [["range", "AP8="], ["x", ""]],
                "assignment": "AQI=",
            }
        ],
        "empty_since_ms": None,
    }
