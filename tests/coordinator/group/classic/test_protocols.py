"""A protocol that all know wins by votes; consumers' metadata tells what they read."""

import pytest
from kafka.protocol.consumer.metadata import ConsumerProtocolSubscription

from broker.coordinator.group.classic.messages import Protocol
from broker.coordinator.group.classic.protocols import known_to_all, select, subscribed_topics


def offer(names: str) -> tuple[Protocol, ...]:
    return tuple(Protocol(name, b"") for name in names)


@pytest.mark.parametrize(
    ("offers", "known", "selected"),
    [
        ([], [], None),
        (["ab"], ["a", "b"], "a"),
        (["ab", "ba"], ["a", "b"], "a"),
        (["ab", "ba", "ba"], ["a", "b"], "b"),
        (["abc", "cb"], ["b", "c"], "b"),
        (["abc", "cb", "c"], ["c"], "c"),
        (["ab", "xb", "xyab"], ["b"], "b"),
        (["a", "b"], [], None),
    ],
)
def test_a_protocol_that_all_know_wins_by_votes(
    offers: list[str], known: list[str], selected: str | None
) -> None:
    members = [offer(names) for names in offers]
    assert known_to_all(members) == known
    assert select(members) == selected


@pytest.mark.parametrize("version", [0, 1, 2, 3])
def test_what_consumers_subscribe_to_is_read_in_every_version(version: int) -> None:
    metadata = [
        bytes(
            ConsumerProtocolSubscription(topics=topics, user_data=b"x", owned_partitions=[]).encode(
                version=version
            )
        )
        for topics in (["a", "b"], ["b", "ünï"], [])
    ]
    assert subscribed_topics(metadata) == frozenset({"a", "b", "ünï"})


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"\0\0\0",
        b"\0\0\0\0\0\2\0\1a",
        b"\0\0\0\0\0\1\0\5ab",
        b"\0\0\0\0\0\1\0\1\xff",
        b"\0\0\0\0\0\1\xff\xff",
    ],
)
def test_what_cannot_be_read_is_not_known(broken: bytes) -> None:
    assert subscribed_topics([broken]) is None
