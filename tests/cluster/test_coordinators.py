"""Coordinators are found as every Kafka client and tool finds them."""

import pytest

from broker.cluster.coordinators import java_hash, share_node


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


def test_a_share_groups_key_names_group_topic_and_partition() -> None:
    key = "g:AAAAAAAAAAAAAAAAAAAAAQ:3"
    assert share_node([7, 8, 9], key, partitions=50) == [7, 8, 9][(java_hash(key) & 0x7FFFFFFF) % 50 % 3]
    for wrong in ("", "g", "g:3", " :AAAAAAAAAAAAAAAAAAAAAQ:3", "g:short:3", "g:AAAAAAAAAAAAAAAAAAAAAQ:"):
        with pytest.raises(ValueError, match=r".+"):
            share_node([1], wrong, partitions=50)
