"""Partitions with the epochs in which they were given."""

from broker.coordinator.group.consumer.partition_epochs import (
    each_partition,
    epoch_of,
    holds_all,
    in_epoch,
    overlap,
    without_epochs,
)

A, B = b"a" * 16, b"b" * 16
OWNED = {A: {0: 3, 1: 4}}


def test_they_are_counted_looked_up_and_shown() -> None:
    assert list(each_partition(OWNED)) == [(A, 0), (A, 1)]
    assert [epoch_of(OWNED, A, 1), epoch_of(OWNED, A, 2), epoch_of(OWNED, B, 0)] == [4, None, None]
    assert without_epochs(OWNED) == {A: frozenset({0, 1})}
    assert in_epoch({A: frozenset({0}), B: frozenset()}, 7) == {A: {0: 7}}
    assert in_epoch(OWNED, 0) == {A: {0: 0, 1: 0}}


def test_they_are_compared_with_what_a_member_says() -> None:
    assert overlap({A: frozenset({1, 2}), B: frozenset({0})}, OWNED)
    assert not overlap({A: frozenset({2}), B: frozenset({0})}, OWNED)
    assert holds_all(OWNED, {A: frozenset({1})})
    assert holds_all(OWNED, {})
    assert not holds_all(OWNED, {A: frozenset({1, 2})})
    assert not holds_all(OWNED, {B: frozenset({0})})
