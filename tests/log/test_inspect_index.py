"""Indexes against the batches they point to."""

import pytest

from broker.log.inspect_index import OFFSET_INDEX, TIME_INDEX, IndexCheck, IndexKind
from broker.protocol.records.batch import BatchHeader
from tests.log.segments import NOW, OFFSET_ENTRY, TIME_ENTRY, batches

BASE = 100
STORED = batches(4, base_offset=BASE, records=10)
POSITIONS = [sum(len(batch) for batch in STORED[:number]) for number in range(4)]


def wrong(
    kind: IndexKind, data: bytes, *, damaged: int | None = None, count: int = 4
) -> list[tuple[int, str]]:
    check = IndexCheck(kind, "x.index", data, BASE)
    for number in range(count):
        if number == damaged:
            check.pass_over()
        else:
            check.see(POSITIONS[number], BatchHeader.parse(STORED[number]))
    check.end()
    return check.wrong


def offsets(*entries: tuple[int, int]) -> bytes:
    return b"".join(OFFSET_ENTRY.pack(*entry) for entry in entries)


def times(*entries: tuple[int, int]) -> bytes:
    return b"".join(TIME_ENTRY.pack(*entry) for entry in entries)


RIGHT_OFFSETS = [(19, POSITIONS[1]), (39, POSITIONS[3])]
RIGHT_TIMES = [(NOW + 119, 19), (NOW + 139, 39)]


def test_right_indexes_have_nothing_wrong() -> None:
    assert wrong(OFFSET_INDEX, offsets(*RIGHT_OFFSETS)) == []
    assert wrong(TIME_INDEX, times(*RIGHT_TIMES)) == []
    assert wrong(OFFSET_INDEX, b"") == []


def test_room_that_was_made_for_more_entries_is_left_alone() -> None:
    assert wrong(OFFSET_INDEX, offsets(*RIGHT_OFFSETS) + bytes(800)) == []
    assert wrong(TIME_INDEX, times(*RIGHT_TIMES) + bytes(1200)) == []


def test_a_time_index_may_name_any_offset_of_the_batch() -> None:
    assert wrong(TIME_INDEX, times((NOW + 119, 10), (NOW + 139, 35))) == []


def test_half_an_entry_is_told() -> None:
    assert wrong(OFFSET_INDEX, offsets(*RIGHT_OFFSETS) + b"\1\2\3") == [
        (16, "3 bytes are no whole entry of 8")
    ]


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (offsets((39, POSITIONS[3]), (19, POSITIONS[1])), 8),
        (offsets((19, POSITIONS[1]), (19, POSITIONS[3])), 8),
        (offsets((19, POSITIONS[1]), (39, POSITIONS[1])), 8),
    ],
)
def test_entries_that_do_not_ascend_are_told_once(data: bytes, place: int) -> None:
    ((found, message),) = wrong(OFFSET_INDEX, data)
    assert found == place
    assert "does not follow" in message


def test_a_position_at_which_no_batch_starts_is_told() -> None:
    ((place, message),) = wrong(OFFSET_INDEX, offsets((19, POSITIONS[1] + 1), (39, POSITIONS[3])))
    assert place == 0
    assert "points to no batch" in message


def test_an_offset_at_which_the_batch_does_not_end_is_told() -> None:
    ((place, message),) = wrong(OFFSET_INDEX, offsets((19, POSITIONS[1]), (38, POSITIONS[3])))
    assert (place, message) == (8, f"the batch at byte {POSITIONS[3]} ends with offset 139, not 138")


def test_an_entry_beyond_the_segment_is_told() -> None:
    ((place, message),) = wrong(OFFSET_INDEX, offsets((19, POSITIONS[1]), (49, 10**6)))
    assert place == 8
    assert "beyond the segment" in message


def test_a_timestamp_that_is_not_the_batchs_greatest_is_told() -> None:
    ((place, message),) = wrong(TIME_INDEX, times((NOW + 118, 19), (NOW + 139, 39)))
    assert (place, message) == (
        0,
        f"the greatest timestamp in the batch of offset 119 is {NOW + 119}, not {NOW + 118}",
    )


def test_an_offset_that_no_batch_contains_is_told() -> None:
    check = IndexCheck(TIME_INDEX, "x.timeindex", times((NOW + 119, 19)), BASE)
    check.see(0, BatchHeader.parse(STORED[0]))
    check.see(POSITIONS[2], BatchHeader.parse(STORED[2]))
    ((_, message),) = check.wrong
    assert "points to no batch" in message


@pytest.mark.parametrize(
    ("kind", "data"), [(OFFSET_INDEX, offsets(*RIGHT_OFFSETS)), (TIME_INDEX, times(*RIGHT_TIMES))]
)
@pytest.mark.parametrize("damaged", [1, 3])
def test_entries_of_a_damaged_batch_are_not_judged(kind: IndexKind, data: bytes, damaged: int) -> None:
    assert wrong(kind, data, damaged=damaged) == []
