"""What an assignor is given, and what it answers (KIP-848, server-side assignors).

An assignor is a pure function of the members and the topics: equal input gives equal output, whatever the
order of its mappings. A topic that no longer exists is not in `topics`, and is never assigned.
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

TopicPartitions = Mapping[bytes, frozenset[int]]
"""Topic id -> partitions."""


class MemberSpec(NamedTuple):
    """One member, as an assignor sees it."""

    subscribed: frozenset[bytes]
    """Topic ids."""
    instance_id: str | None
    rack: str | None
    assigned: TopicPartitions
    """The member's target assignment so far."""


class Assignor(Protocol):
    """Spreads the partitions of the subscribed topics over the members of a group."""

    @property
    def name(self) -> str:
        """The name by which a member asks for it (`server_assignor`)."""

    def assign(
        self, members: Mapping[str, MemberSpec], topics: Mapping[bytes, int]
    ) -> dict[str, dict[bytes, frozenset[int]]]:
        """Member id -> its partitions, every member included; `topics` is topic id -> partition count."""
