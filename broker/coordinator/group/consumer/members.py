"""The members of a consumer group, by id and, if they are static, by instance id; and who owns what."""

from collections import Counter
from collections.abc import Iterator
from itertools import chain

from broker.coordinator.group.consumer.member import Member
from broker.coordinator.group.consumer.partition_epochs import each_partition
from broker.protocol.errors import ErrorCode, KafkaError


class Members:
    """In the order in which they came. A partition has one owner, also while it is given up."""

    def __init__(self, group_id: str) -> None:
        self._group_id = group_id
        self._by_id: dict[str, Member] = {}
        self._static: dict[str, str] = {}  # instance id -> member id
        self._owners: dict[tuple[bytes, int], str] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Member]:
        return iter(self._by_id.values())

    def get(self, member_id: str) -> Member | None:
        return self._by_id.get(member_id)

    def with_instance_id(self, instance_id: str | None) -> Member | None:
        return None if instance_id is None else self._by_id.get(self._static.get(instance_id, ""))

    def validated(self, member_id: str, instance_id: str | None) -> Member:
        """Raises: KafkaError(UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID)."""
        if instance_id is None:
            member = self._by_id.get(member_id)
            if member is None:
                raise KafkaError(
                    ErrorCode.UNKNOWN_MEMBER_ID, f"Member {member_id} is not a member of {self._group_id}."
                )
            return member
        static = self.with_instance_id(instance_id)
        if static is None:
            raise KafkaError(ErrorCode.UNKNOWN_MEMBER_ID, f"Instance id {instance_id} is unknown.")
        if static.member_id != member_id:
            raise KafkaError(
                ErrorCode.FENCED_INSTANCE_ID,
                f"Instance id {instance_id} belongs to member {static.member_id}, not {member_id}.",
            )
        return static

    def put(self, member: Member) -> None:
        """New, or in place of what it was. What it owns nobody else may own."""
        before = self._by_id.get(member.member_id)
        self._by_id[member.member_id] = member
        if member.instance_id is not None:
            self._static[member.instance_id] = member.member_id
        if before is None or before.assigned != member.assigned or before.revoking != member.revoking:
            self._disown(before)
            for place in chain(each_partition(member.assigned), each_partition(member.revoking)):
                owner = self._owners.setdefault(place, member.member_id)
                assert owner == member.member_id, f"{place} belongs to {owner}, not to {member.member_id}"

    def remove(self, member_id: str) -> Member:
        member = self._by_id.pop(member_id)
        self._disown(member)
        if member.instance_id is not None and self._static.get(member.instance_id) == member_id:
            del self._static[member.instance_id]
        return member

    def clear(self) -> None:
        self._by_id.clear()
        self._static.clear()
        self._owners.clear()

    def owner(self, topic_id: bytes, partition: int) -> str | None:
        return self._owners.get((topic_id, partition))

    def preferred_assignor(self) -> str | None:
        """The one that most ask for; None: nobody asks for any."""
        votes = Counter(each.server_assignor for each in self if each.server_assignor is not None)
        return max(votes, key=lambda name: votes[name], default=None)

    @property
    def are_all_classic(self) -> bool:
        return all(member.classic is not None for member in self)

    def _disown(self, member: Member | None) -> None:
        if member is not None:
            for place in chain(each_partition(member.assigned), each_partition(member.revoking)):
                self._owners.pop(place, None)
