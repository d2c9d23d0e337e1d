"""A group's document gives back what went into it."""

import json

import pytest

from broker.coordinator.group.classic.messages import GroupRecord, Protocol, StoredMember
from broker.coordinator.group.consumer.member import ClassicMembership, Member
from broker.coordinator.group.consumer.records import (
    ConsumerRecord,
    GroupEpochs,
    MemberRemoved,
    MemberTarget,
)
from broker.coordinator.group.consumer.states import MemberState
from broker.coordinator.group.documents import (
    RowRemoved,
    classic_row,
    consumer_rows,
    empty_since_ms,
    read,
)
from broker.state.rows import GroupRow

MEMBERS = (
    StoredMember(
        "m/1", None, "client", "/h", 10, 20, (Protocol("range", b"\0\xff"), Protocol("x", b"")), b"\1\2"
    ),
    StoredMember("m/2", "ünï", "", "/h", 10, 20, (), b""),
)


def test_what_is_stored_is_found_again() -> None:
    record = GroupRecord("consumer", 7, "range", "m/1", MEMBERS)
    assert read(classic_row(record, empty_since_ms=None)) == record


def test_an_empty_group_tells_since_when() -> None:
    record = GroupRecord(None, 0, None, None, ())
    row = classic_row(record, empty_since_ms=55)
    assert (read(row), empty_since_ms(row)) == (record, 55)


def test_documents_that_have_been_written_stay_readable() -> None:
    row = classic_row(GroupRecord("consumer", 7, "range", "m/1", MEMBERS[:1]), empty_since_ms=None)
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


A = bytes(range(16))
CONSUMER = Member(
    "m/1",
    instance_id="one",
    rack_id="r",
    client_id="ünï",
    client_host="/h",
    rebalance_timeout_ms=5,
    topic_names=frozenset({"b", "a"}),
    topic_pattern="c.*",
    server_assignor="range",
    classic=ClassicMembership(10, (Protocol("range", b"\0\xff"),)),
    epoch=4,
    previous_epoch=3,
    state=MemberState.UNREVOKED_PARTITIONS,
    assigned={A: {0: 2, 7: 4}},
    revoking={A: {1: 3}},
)


@pytest.mark.parametrize(
    "record", [GroupEpochs(3, 2, -5), CONSUMER, Member("m"), MemberTarget("m", {A: frozenset({1, 0})})]
)
def test_what_is_stored_of_a_consumer_group_is_found_again(record: ConsumerRecord) -> None:
    (row,) = consumer_rows(record)
    assert isinstance(row, GroupRow)
    assert read(row) == record


def test_a_member_that_is_gone_takes_its_target_with_it() -> None:
    assert consumer_rows(MemberRemoved("m")) == [RowRemoved("member", "m"), RowRemoved("target", "m")]


def test_documents_of_consumer_groups_that_have_been_written_stay_readable() -> None:
    written = {
        "consumer": ("", '{"group_epoch":3,"assignment_epoch":2,"topics_fingerprint":-5}'),
        "target": ("m", '{"AAECAwQFBgcICQoLDA0ODw":[0,1]}'),
        "member": (
            "m/1",
            '{"member_id":"m/1","instance_id":"one","rack_id":"r","client_id":"\\u00fcn\\u00ef",'
            '"client_host":"/h","rebalance_timeout_ms":5,"topic_names":["a","b"],"topic_pattern":"c.*",'
            '"server_assignor":"range","classic":[10,[["range","AP8="]]],"epoch":4,"previous_epoch":3,'
            '"state":"UnrevokedPartitions","assigned":{"AAECAwQFBgcICQoLDA0ODw":[[0,2],[7,4]]},'
            '"revoking":{"AAECAwQFBgcICQoLDA0ODw":[[1,3]]}}',
        ),
    }
    records: list[ConsumerRecord] = [
        GroupEpochs(3, 2, -5),
        MemberTarget("m", {A: frozenset({1, 0})}),
        CONSUMER,
    ]
    for record, (kind, (key, text)) in zip(records, written.items(), strict=True):
        assert consumer_rows(record) == [GroupRow(kind, key, text)]
