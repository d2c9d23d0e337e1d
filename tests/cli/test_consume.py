"""Where reading begins, where it ends, and how records are printed."""

from argparse import Namespace
from typing import Any, NamedTuple

import pytest
from kafka import TopicPartition

from broker.cli.consume import check_offset, partitions_of, records, starting_offsets, writer
from broker.cli.errors import CommandError
from broker.cli.record_text import TextRecord

A, B = TopicPartition("t", 0), TopicPartition("t", 1)


class Stored(NamedTuple):
    topic: str
    partition: int
    offset: int
    timestamp: int = 5
    key: bytes | None = None
    value: bytes | None = b"v"
    headers: tuple[tuple[str, bytes | None], ...] = ()


class FakeReader:
    """Partition 0 has the offsets [10, 20), partition 1 has none; nothing is later than offset 15."""

    def __init__(self) -> None:
        self.positions = {A: 10, B: 0}

    def beginning_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {A: 10, B: 0}

    def end_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {A: 20, B: 0}

    def offsets_for_times(self, times: dict[TopicPartition, int]) -> dict[TopicPartition, Any]:
        return {A: Namespace(offset=15), B: None}

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        return {0, 1} if topic == "t" else None

    def position(self, place: TopicPartition) -> int:
        return self.positions[place]

    def poll(self, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[Stored]]:
        begin = self.positions[A]
        self.positions[A] = begin + min(4, max_records)
        return {A: [Stored("t", 0, offset) for offset in range(begin, self.positions[A])]}


def reader() -> Any:
    return FakeReader()


@pytest.mark.parametrize(
    ("offset", "found"),
    [
        ("beginning", {A: 10, B: 0}),
        ("end", {A: 20, B: 0}),
        ("12", {A: 12, B: 0}),
        ("3", {A: 10, B: 0}),
        ("20", {A: 20, B: 0}),
        ("-3", {A: 17, B: 0}),
        ("-30", {A: 10, B: 0}),
        ("@1700000000000", {A: 15, B: 0}),
    ],
)
def test_where_reading_begins(offset: str, found: dict[TopicPartition, int]) -> None:
    check_offset(offset)
    assert starting_offsets(reader(), [A, B], offset) == found


def test_an_offset_beyond_every_end_would_be_waited_for_in_vain() -> None:
    with pytest.raises(CommandError, match="--offset 21 is beyond the end, 20"):
        starting_offsets(reader(), [A, B], "21")


@pytest.mark.parametrize("offset", ["", "middle", "@", "-", "1x", "--1", "@-1"])
def test_a_wrong_offset_is_named(offset: str) -> None:
    with pytest.raises(CommandError, match="wanted beginning, end, N, -N or @MS"):
        check_offset(offset)


def test_reading_ends_at_the_end_as_it_was_at_the_start() -> None:
    found = list(records(reader(), [A, B], ends={A: 17, B: 0}, count=None))
    assert [record.offset for record in found] == list(range(10, 17))


def test_reading_ends_at_the_count() -> None:
    found = list(records(reader(), [A, B], ends=None, count=6))
    assert [record.offset for record in found] == list(range(10, 16))


def test_nothing_is_waited_for_in_an_empty_log() -> None:
    assert list(records(reader(), [B], ends={B: 0}, count=None)) == []


def test_a_topic_or_partition_that_is_not_there_is_named() -> None:
    with pytest.raises(CommandError, match="there is no topic nothing"):
        partitions_of(reader(), Namespace(topic="nothing", partition=None))
    with pytest.raises(CommandError, match="topic t has no partition 7; it has 2"):
        partitions_of(reader(), Namespace(topic="t", partition=[0, 7]))
    assert partitions_of(reader(), Namespace(topic="t", partition=None)) == [A, B]


@pytest.mark.parametrize(
    ("changes", "printed"),
    [
        ({}, b"value\n"),
        ({"delimiter": ""}, b"value"),
        ({"key_delimiter": ": "}, b"key: value\n"),
        ({"format": "%k|%s"}, b"key|value"),
    ],
)
def test_how_a_record_is_printed(changes: dict[str, Any], printed: bytes) -> None:
    options = {"json": False, "format": None, "delimiter": "\\n", "key_delimiter": None}
    write = writer(Namespace(**{**options, **changes}))
    assert write(TextRecord(b"value", key=b"key")) == printed
