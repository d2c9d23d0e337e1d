import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.protocol.versions import EVERY, NEWEST, NONE, Versions


@pytest.mark.parametrize(
    ("text", "versions"),
    [("3+", (3, NEWEST)), ("0-12", (0, 12)), ("7", (7, 7)), ("none", NONE), ("0+", EVERY)],
)
def test_kafkas_ranges_are_read_and_written(text: str, versions: tuple[int, int]) -> None:
    assert Versions.parse(text) == versions
    assert str(Versions.parse(text)) == text


@pytest.mark.parametrize("text", ["", "a", "+", "3-", "-3"])
def test_what_is_no_range_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        Versions.parse(text)


ranges = st.builds(Versions, st.integers(0, 9), st.integers(-1, 9))


@given(ranges, ranges, st.integers(0, 9))
def test_a_version_is_within_both_or_in_neither(one: Versions, other: Versions, version: int) -> None:
    both = one.within(other)
    assert both.includes(version) == (one.includes(version) and other.includes(version))
    assert both.lowest <= both.highest or both == NONE
