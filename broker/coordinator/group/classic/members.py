"""The members of a classic group, by id and, if they are static, by instance id (KIP-345)."""

from collections.abc import Iterator

from broker.coordinator.group.classic.member import Member
from broker.coordinator.group.classic.messages import Protocol
from broker.protocol.errors import ErrorCode, KafkaError


class Members:
    """In the order in which they came."""

    def __init__(self, group_id: str) -> None:
        self._group_id = group_id
        self._by_id: dict[str, Member] = {}
        self._static: dict[str, str] = {}  # instance id -> member id

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Member]:
        """May be added to and removed from meanwhile."""
        return iter(list(self._by_id.values()))

    def get(self, member_id: str | None) -> Member | None:
        return None if member_id is None else self._by_id.get(member_id)

    def with_instance_id(self, instance_id: str | None) -> Member | None:
        return None if instance_id is None else self.get(self._static.get(instance_id))

    def add(self, member: Member) -> None:
        """An instance id is the newest member's that has it."""
        self._by_id[member.member_id] = member
        if member.instance_id is not None:
            self._static[member.instance_id] = member.member_id

    def remove(self, member: Member) -> None:
        del self._by_id[member.member_id]
        if member.instance_id is not None and self._static.get(member.instance_id) == member.member_id:
            del self._static[member.instance_id]

    def clear(self) -> None:
        self._by_id.clear()
        self._static.clear()

    def validated(self, member_id: str, instance_id: str | None) -> Member:
        """Raises: KafkaError(UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID)."""
        if instance_id is not None:
            known = self._static.get(instance_id)
            if known is None:
                raise KafkaError(ErrorCode.UNKNOWN_MEMBER_ID, f"No member has instance id {instance_id}.")
            if known != member_id:
                raise KafkaError(
                    ErrorCode.FENCED_INSTANCE_ID, f"Instance id {instance_id} belongs to another member."
                )
        member = self._by_id.get(member_id)
        if member is None:
            raise KafkaError(ErrorCode.UNKNOWN_MEMBER_ID, f"{self._group_id} has no member {member_id!r}.")
        return member

    @property
    def joined(self) -> list[Member]:
        """Those that wait for the others to join."""
        return [member for member in self._by_id.values() if member.join_waiter is not None]

    @property
    def offers(self) -> list[tuple[Protocol, ...]]:
        """What each can assign by."""
        return [member.protocols for member in self._by_id.values()]

    @property
    def rebalance_timeout_ms(self) -> int:
        """That of the most patient."""
        return max((member.rebalance_timeout_ms for member in self._by_id.values()), default=0)
