"""Leader epochs: the file's text, and the questions that are asked of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.log.corrupt_file import CorruptFile
from broker.log.engine import EpochEndOffset
from broker.log.epoch_checkpoint import EpochStart, LeaderEpochs, read_checkpoint


def epochs(*starts: tuple[int, int]) -> LeaderEpochs:
    made = LeaderEpochs()
    for epoch, start_offset in starts:
        made.assign(epoch=epoch, start_offset=start_offset)
    return made


def test_its_text_is_kafkas() -> None:
    assert epochs((0, 0), (3, 120)).to_text() == b"0\n2\n0 0\n3 120\n"
    assert epochs().to_text() == b"0\n0\n"


@given(st.lists(st.tuples(st.integers(0, 2**31 - 1), st.integers(0, 2**63 - 1))))
def test_what_is_written_is_read(starts: list[tuple[int, int]]) -> None:
    written = epochs(*starts)
    assert LeaderEpochs.from_text(written.to_text()).starts == written.starts


@pytest.mark.parametrize("text", [b"", b"0\n", b"0\n0\n", b"0\n0"])
def test_a_file_without_entries_holds_no_epochs(text: bytes) -> None:
    assert LeaderEpochs.from_text(text).starts == ()


@pytest.mark.parametrize(
    "text",
    [
        b"1\n0\n",
        b"0\n2\n0 0\n",
        b"0\n1\n0 0\n1 5\n",
        b"0\n1\n0\n",
        b"0\n1\n0 0 0\n",
        b"0\n1\nx y\n",
        b"0\n1\n-1 0\n",
        b"0\n1\n0 -1\n",
        b"0\n1\n\xff 0\n",
        b"0\n1\n99999999999 0\n",
    ],
)
def test_anything_else_is_corrupt(text: bytes) -> None:
    with pytest.raises(CorruptFile):
        LeaderEpochs.from_text(text)


@given(st.binary(max_size=60))
def test_random_bytes_are_read_or_corrupt(data: bytes) -> None:
    try:
        read_checkpoint(data)
    except CorruptFile:
        pass


def test_only_a_new_epoch_is_worth_storing() -> None:
    made = epochs()
    assert made.assign(epoch=0, start_offset=0)
    assert not made.assign(epoch=0, start_offset=10)
    assert made.assign(epoch=1, start_offset=20)
    assert made.latest == 1


def test_what_contradicts_a_new_epoch_gives_way() -> None:
    made = epochs((0, 0), (2, 50), (5, 100))
    made.assign(epoch=3, start_offset=70)
    assert list(made.starts) == [(0, 0), (2, 50), (3, 70)]
    made.assign(epoch=4, start_offset=50)
    assert list(made.starts) == [(0, 0), (4, 50)]


def test_an_epoch_that_starts_earlier_than_known_is_put_right() -> None:
    made = epochs((0, 0), (2, 50))
    assert made.assign(epoch=2, start_offset=40)
    assert list(made.starts) == [(0, 0), (2, 40)]


@pytest.mark.parametrize(
    ("epoch", "answer"),
    [
        (-1, (-1, -1)),
        (0, (0, 10)),
        (1, (1, 50)),
        (2, (1, 50)),
        (4, (4, 80)),
        (5, (-1, -1)),
    ],
)
def test_where_an_epoch_ends(epoch: int, answer: tuple[int, int]) -> None:
    made = epochs((1, 10), (4, 50))
    assert made.end_offset_for(epoch, log_end_offset=80) == EpochEndOffset(*answer)


def test_without_epochs_every_end_is_unknown() -> None:
    assert epochs().end_offset_for(0, log_end_offset=5) == EpochEndOffset(-1, -1)


@pytest.mark.parametrize(("offset", "epoch"), [(9, -1), (10, 1), (49, 1), (50, 4), (1000, 4)])
def test_under_which_epoch_an_offset_stands(offset: int, epoch: int) -> None:
    assert epochs((1, 10), (4, 50)).epoch_for_offset(offset) == epoch


def test_when_the_log_starts_later_the_epoch_there_starts_with_it() -> None:
    made = epochs((0, 0), (1, 10), (4, 50))
    assert made.truncate_from_start(20)
    assert list(made.starts) == [EpochStart(epoch=1, start_offset=20), EpochStart(epoch=4, start_offset=50)]
    assert not made.truncate_from_start(20)
    assert not made.truncate_from_start(5)


def test_when_the_log_ends_earlier_later_epochs_are_gone() -> None:
    made = epochs((0, 0), (1, 10), (4, 50))
    assert made.truncate_from_end(50)
    assert list(made.starts) == [(0, 0), (1, 10)]
    assert not made.truncate_from_end(11)
