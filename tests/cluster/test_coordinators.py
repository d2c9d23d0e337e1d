"""Coordinators are found as every Kafka client and tool finds them."""

import pytest

from broker.cluster.coordinators import java_hash


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("a", 97),
        ("hello", 99162322),
        ("polygenelubricants", 0x80000000),  # Java's least int
        ("größe", 0x5E2FE11),
        ("\N{GRINNING FACE}", 0x1B0D63),  # two code units
    ],
)
def test_a_hash_is_that_of_java(text: str, expected: int) -> None:
    assert java_hash(text) == expected
