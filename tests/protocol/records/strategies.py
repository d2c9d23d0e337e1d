"""Hypothesis strategies: lists of records as a producer may send them."""

from hypothesis import strategies as st

from broker.protocol.records.record import Record

NOW = 1_700_000_000_000


def headers() -> st.SearchStrategy[tuple[tuple[str, bytes | None], ...]]:
    names = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    return st.lists(st.tuples(names, st.none() | st.binary(max_size=8)), max_size=3).map(tuple)


def timestamps() -> st.SearchStrategy[int]:
    """Near each other, far apart, and absent."""
    return st.integers(NOW - 70, NOW + 70) | st.integers(0, 2**62) | st.just(-1)


def sizes_of_bytes() -> st.SearchStrategy[bytes | None]:
    """Null, empty, and lengths around those at which their own length takes another byte."""
    around = st.sampled_from([0, 1, 63, 64, 65, 8191, 8192]).map(bytes)
    return st.none() | st.binary(max_size=20) | around


def records(*, min_size: int = 0) -> st.SearchStrategy[list[Record]]:
    """Offsets run from 0."""
    one = st.tuples(timestamps(), sizes_of_bytes(), sizes_of_bytes(), headers())
    return st.lists(one, min_size=min_size, max_size=8).map(
        lambda drawn: [Record(offset, *fields) for offset, fields in enumerate(drawn)]
    )
