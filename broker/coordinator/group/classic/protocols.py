"""Which protocol a group assigns by, and which topics its members then read.

A protocol that all members know wins by votes: each votes for the first of those that it named.

Follows Kafka's ClassicGroup.selectProtocol and ConsumerProtocol.
"""

import struct
from collections import Counter
from collections.abc import Iterable, Sequence

from broker.coordinator.group.classic.messages import Protocol

CONSUMER = "consumer"  # the protocol type of consumers; Connect and others have their own

Offer = Sequence[Protocol]
"""What one member knows, the preferred one first."""


def known_to_all(offers: Sequence[Offer]) -> list[str]:
    """The names that every member knows, in the order of the first."""
    if not offers:
        return []
    others = [{protocol.name for protocol in offer} for offer in offers[1:]]
    return [each.name for each in offers[0] if all(each.name in names for names in others)]


def select(offers: Sequence[Offer]) -> str | None:
    """The protocol with the most votes; None: there is none that all know."""
    candidates = known_to_all(offers)
    votes = Counter(
        next(each.name for each in offer if each.name in candidates) for offer in offers if candidates
    )
    return max(candidates, key=lambda name: votes[name], default=None)


def subscribed_topics(metadata: Iterable[bytes]) -> frozenset[str] | None:
    """What consumers subscribe to, by their metadata; None: one of them cannot be read."""
    topics: set[str] = set()
    try:
        for each in metadata:
            topics.update(_topics(each))
    except (struct.error, UnicodeDecodeError, IndexError):
        return None
    return frozenset(topics)


def _topics(metadata: bytes) -> list[str]:
    """ConsumerProtocolSubscription, any version: they all begin with a version and the topics."""
    _, count = struct.unpack_from(">hi", metadata)
    position = 6
    topics = []
    for _ in range(count):
        (length,) = struct.unpack_from(">h", metadata, position)
        name = metadata[position + 2 : position + 2 + length]
        if length < 0 or len(name) != length:
            raise IndexError("a topic's name is cut off")
        topics.append(name.decode())
        position += 2 + length
    return topics
