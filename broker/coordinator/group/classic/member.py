"""One member of a classic group.

Follows Kafka's ClassicGroupMember.
"""

from collections.abc import Hashable

from broker.coordinator.group.classic.messages import (
    DescribedMember,
    Join,
    JoinedMember,
    StoredMember,
)


class Member:
    """`join_waiter` and `sync_waiter` are whom to answer, while it waits for that."""

    __slots__ = (
        "assignment",
        "client_host",
        "client_id",
        "instance_id",
        "is_new",
        "join_waiter",
        "member_id",
        "protocols",
        "rebalance_timeout_ms",
        "session_timeout_ms",
        "sync_waiter",
    )

    def __init__(self, stored: StoredMember) -> None:
        self.member_id = stored.member_id
        self.instance_id = stored.instance_id
        self.client_id = stored.client_id
        self.client_host = stored.client_host
        self.session_timeout_ms = stored.session_timeout_ms
        self.rebalance_timeout_ms = stored.rebalance_timeout_ms
        self.protocols = stored.protocols
        self.assignment = stored.assignment
        self.is_new = False  # it has not been answered since it came
        self.join_waiter: Hashable | None = None
        self.sync_waiter: Hashable | None = None

    @classmethod
    def joining(cls, member_id: str, asked: Join) -> "Member":
        return cls(
            StoredMember(
                member_id,
                asked.instance_id,
                asked.client_id,
                asked.client_host,
                asked.session_timeout_ms,
                asked.rebalance_timeout_ms,
                asked.protocols,
                assignment=b"",
            )
        )

    def update(self, asked: Join) -> None:
        """It has joined again."""
        self.session_timeout_ms = asked.session_timeout_ms
        self.rebalance_timeout_ms = asked.rebalance_timeout_ms
        self.protocols = asked.protocols

    @property
    def is_waiting(self) -> bool:
        return self.join_waiter is not None or self.sync_waiter is not None

    def metadata_for(self, protocol_name: str | None) -> bytes:
        """What it tells the leader under that protocol."""
        return next((each.metadata for each in self.protocols if each.name == protocol_name), b"")

    def joined(self, protocol_name: str | None) -> JoinedMember:
        return JoinedMember(self.member_id, self.instance_id, self.metadata_for(protocol_name))

    def described(self, protocol_name: str | None) -> DescribedMember:
        """`protocol_name` None: nothing of what it told."""
        return DescribedMember(
            self.member_id,
            self.instance_id,
            self.client_id,
            self.client_host,
            self.metadata_for(protocol_name),
            self.assignment,
        )

    def stored(self) -> StoredMember:
        return StoredMember(
            self.member_id,
            self.instance_id,
            self.client_id,
            self.client_host,
            self.session_timeout_ms,
            self.rebalance_timeout_ms,
            self.protocols,
            self.assignment,
        )
