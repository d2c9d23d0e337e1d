import pytest

from compat.crash.history import History, PartitionCheck, Stream, value_of

ONE, TWO = Stream(0, 0), Stream(1, 0)


@pytest.fixture
def history() -> History:
    """Stream one has sent three and knows of two; stream two has sent one."""
    history = History([ONE, TWO, Stream(0, 1)])
    for stream in (ONE, ONE, ONE, TWO):
        history.next_value(stream)
    history.acknowledged(ONE, 0)
    history.acknowledged(ONE, 2)
    return history


def wrong(history: History, *records: tuple[int, bytes]) -> list[str]:
    check = PartitionCheck(history, 0)
    for offset, value in records:
        check.see(offset, value)
    check.end()
    return check.wrong


def test_what_was_acknowledged_and_more_may_be_there(history: History) -> None:
    stored = [(0, value_of(ONE, 0)), (1, value_of(TWO, 0)), (2, value_of(ONE, 1)), (3, value_of(ONE, 2))]
    assert wrong(history, *stored) == []
    assert wrong(history, *stored[:3]) == []
    assert history.acknowledged_end(0) == 3
    assert history.acknowledged_end(1) == 0


def test_what_was_acknowledged_must_be_there(history: History) -> None:
    (text,) = wrong(history, (0, value_of(ONE, 0)), (1, value_of(TWO, 0)))
    assert "2 were acknowledged, 1 are there" in text


def test_a_number_may_not_be_there_twice(history: History) -> None:
    stored = [(0, value_of(ONE, 0)), (1, value_of(TWO, 0)), (2, value_of(ONE, 1)), (3, value_of(ONE, 1))]
    assert any("twice or out of order" in text for text in wrong(history, *stored))


def test_numbers_may_not_be_left_out(history: History) -> None:
    assert any("after a gap" in text for text in wrong(history, (0, value_of(ONE, 1))))


def test_offsets_go_up_by_one(history: History) -> None:
    assert any(
        "1 was expected" in text for text in wrong(history, (0, value_of(ONE, 0)), (2, value_of(ONE, 1)))
    )


def test_a_record_stands_where_it_was_acknowledged(history: History) -> None:
    found = wrong(history, (0, value_of(ONE, 0)), (1, value_of(ONE, 1)))
    assert any("was acknowledged at 2" in text for text in found)


def test_what_nobody_has_sent_may_not_be_there(history: History) -> None:
    assert any("nobody has sent this" in text for text in wrong(history, (0, value_of(Stream(7, 0), 0))))
    assert any("nobody has sent this" in text for text in wrong(history, (0, value_of(ONE, 0)[:-1])))
