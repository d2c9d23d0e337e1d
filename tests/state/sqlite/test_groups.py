"""Groups and offsets in SQL."""

from broker.state.rows import GroupRow, OffsetRow
from broker.state.sqlite.database import Database
from broker.state.sqlite.groups import Groups

ID = bytes(range(16))


def offset(topic: str = "t", partition: int = 0, at: int = 5) -> OffsetRow:
    return OffsetRow(topic, partition, ID, at, 1, "note", 1_000, None)


def test_documents_are_found_by_group_in_order_and_replaced() -> None:
    groups = Groups(Database(None))
    for row in (GroupRow("member", "b", "1"), GroupRow("member", "a", "1"), GroupRow("member", "a", "2")):
        groups.put("g", row)
    groups.put("other", GroupRow("classic", "", "x"))
    assert groups.load("g") == [("member", "a", "2"), ("member", "b", "1")]
    groups.remove("g", "member", "a")
    assert groups.load("g") == [("member", "b", "1")]


def test_offsets_are_found_by_group_and_replaced() -> None:
    groups = Groups(Database(None))
    groups.put_offset("g", offset(at=5))
    groups.put_offset("g", offset(at=6)._replace(expires_ms=7))
    groups.put_offset("other", offset())
    assert groups.offsets("g") == [offset(at=6)._replace(expires_ms=7)]
    groups.remove_offset("g", "t", 0)
    assert groups.offsets("g") == []
    assert groups.offsets("other") == [offset()]


def test_a_group_is_there_with_a_document_or_an_offset() -> None:
    groups = Groups(Database(None))
    groups.put("b", GroupRow("classic", "", "x"))
    groups.put_offset("a", offset())
    groups.put_offset("b", offset())
    assert groups.ids() == ["a", "b"]
    groups.remove_all("b")
    assert groups.ids() == ["a"]
    assert (groups.load("b"), groups.offsets("b")) == ([], [])


def test_a_topic_that_is_gone_leaves_no_offsets() -> None:
    groups = Groups(Database(None))
    groups.put_offset("a", offset("gone"))
    groups.put_offset("a", offset("stays"))
    groups.put_offset("b", offset("gone"))
    groups.forget_topic("gone")
    assert groups.ids() == ["a"]
    assert groups.offsets("a") == [offset("stays")]
