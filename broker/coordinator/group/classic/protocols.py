"""Which protocol a group assigns by, and which topics its members then read.

A protocol that all members know wins by votes: each votes for the first of those that it named.

Follows Kafka's ClassicGroup.selectProtocol and ConsumerProtocol.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from broker.coordinator.group.classic.messages import Protocol
from broker.coordinator.group.embedded import read_subscription

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
    try:
        return frozenset().union(*(read_subscription(each).topics for each in metadata))
    except ValueError:
        return None
