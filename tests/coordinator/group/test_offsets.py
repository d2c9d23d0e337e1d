"""Committed offsets: what is taken, found, removed, and forgotten in its time."""

from collections.abc import Callable

import pytest

from broker.coordinator.group.offsets import NO_RETENTION, Commit, GroupOffsets, OffsetRemoved
from broker.protocol.errors import ErrorCode

ID = bytes(16)
NOW = 1_000_000


def committed(
    *commits: tuple[str, int, int], wall_ms: int = NOW, retention_ms: int = NO_RETENTION
) -> GroupOffsets:
    offsets = GroupOffsets(max_metadata_bytes=10)
    records, _ = offsets.commit(
        [Commit(topic, ID, partition, offset, 3, "note") for topic, partition, offset in commits],
        wall_ms=wall_ms,
        retention_ms=retention_ms,
    )
    for record in records:
        offsets.replay(record)
    return offsets


def test_nothing_changes_before_the_records_are_replayed() -> None:
    offsets = GroupOffsets(max_metadata_bytes=10)
    records, codes = offsets.commit([Commit("t", ID, 0, 5, 3, "note")], wall_ms=NOW)
    assert codes == [ErrorCode.NONE]
    assert offsets.get("t", 0) is None
    offsets.replay(records[0])
    assert offsets.get("t", 0) == ("t", 0, ID, 5, 3, "note", NOW, None)


def test_a_later_commit_counts_also_where_it_goes_back() -> None:
    offsets = committed(("t", 0, 5), ("t", 0, 2))
    found = offsets.get("t", 0)
    assert found is not None
    assert found.offset == 2


def test_a_note_that_is_too_long_is_refused_and_the_others_are_taken() -> None:
    offsets = GroupOffsets(max_metadata_bytes=3)
    records, codes = offsets.commit(
        [Commit("t", ID, number, 1, -1, "x" * number) for number in (3, 4, 0)], wall_ms=NOW
    )
    assert codes == [ErrorCode.NONE, ErrorCode.OFFSET_METADATA_TOO_LARGE, ErrorCode.NONE]
    assert [record.partition for record in records] == [3, 0]


def test_all_come_by_topic_and_in_the_order_of_partitions() -> None:
    offsets = committed(("b", 2, 1), ("a", 0, 1), ("b", 0, 1))
    assert {topic: [row.partition for row in rows] for topic, rows in offsets.all().items()} == {
        "b": [0, 2],
        "a": [0],
    }
    assert len(offsets) == 3


def test_a_removed_offset_is_gone_and_may_be_removed_again() -> None:
    offsets = committed(("t", 0, 1), ("t", 1, 1))
    for removed in [
        OffsetRemoved("t", 0),
        OffsetRemoved("t", 0),
        OffsetRemoved("x", 0),
        *offsets.of_topic("t"),
    ]:
        offsets.replay(removed)
    assert len(offsets) == 0
    assert offsets.all() == {}


def expired(
    offsets: GroupOffsets, *, wall_ms: int, empty_since_ms: int | None = None, in_use: str = ""
) -> list[str]:
    is_in_use: Callable[[str], bool] = lambda topic: topic == in_use  # noqa: E731
    found = offsets.expired(
        wall_ms=wall_ms, retention_ms=100, empty_since_ms=empty_since_ms, is_in_use=is_in_use
    )
    return [topic for topic, _ in found]


@pytest.mark.parametrize(("after_ms", "gone"), [(99, []), (100, ["t"])])
def test_without_members_time_runs_from_the_commit(after_ms: int, gone: list[str]) -> None:
    assert expired(committed(("t", 0, 1)), wall_ms=NOW + after_ms) == gone


@pytest.mark.parametrize(("after_ms", "gone"), [(99, []), (100, ["t"])])
def test_of_a_group_that_is_empty_it_runs_from_when_it_became_so(after_ms: int, gone: list[str]) -> None:
    since_ms = NOW + 5_000
    assert expired(committed(("t", 0, 1)), wall_ms=since_ms + after_ms, empty_since_ms=since_ms) == gone


@pytest.mark.parametrize(("after_ms", "gone"), [(6, []), (7, ["t"])])
def test_a_time_that_the_client_asked_for_goes_before_both(after_ms: int, gone: list[str]) -> None:
    offsets = committed(("t", 0, 1), retention_ms=7)
    assert expired(offsets, wall_ms=NOW + after_ms, empty_since_ms=0) == gone


def test_what_is_in_use_is_kept() -> None:
    assert expired(committed(("a", 0, 1), ("b", 0, 1)), wall_ms=NOW + 500, in_use="a") == ["b"]
