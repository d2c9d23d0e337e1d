import pytest

from compat.witnesses.dump import complains


@pytest.mark.parametrize(
    "line",
    [
        "Mismatches in :/data/t-0/0.index",
        "  17 is followed by 19",
        "Found 12 invalid bytes at the end of 0.log",
        "baseOffset: 0 lastOffset: 3 isvalid: false",
        "Ignoring unknown file /data/x",
    ],
)
def test_a_complaint_of_the_tool_is_noticed(line: str) -> None:
    assert complains(line)


@pytest.mark.parametrize(
    "line",
    [
        "Dumping /data/t-0/0.log",
        "/data/t-0/0.index passed sanity check.",
        "  -1 is followed by 1700",
        "| offset: 3 isValid: true payload: an exception",
    ],
)
def test_what_is_no_complaint_is_not_taken_for_one(line: str) -> None:
    assert not complains(line)
