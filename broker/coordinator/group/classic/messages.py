"""What members ask a classic group, and what it answers: requests and responses without the wire."""

from typing import NamedTuple

from broker.protocol.errors import ErrorCode

NO_GENERATION = -1


class Protocol(NamedTuple):
    """A way of assigning that a member knows, and what it tells the leader of itself for it."""

    name: str
    metadata: bytes


class Join(NamedTuple):
    """JoinGroup. `member_id` is empty until the group has given one.

    `needs_known_id`: a new member is first told its id and joins again with it (KIP-394).
    `may_skip`: a leader that comes back may be told not to assign again (KIP-814).
    """

    member_id: str
    instance_id: str | None
    client_id: str
    client_host: str
    session_timeout_ms: int
    rebalance_timeout_ms: int
    protocol_type: str
    protocols: tuple[Protocol, ...]
    needs_known_id: bool
    may_skip: bool


class JoinedMember(NamedTuple):
    member_id: str
    instance_id: str | None
    metadata: bytes


class Joined(NamedTuple):
    """`members` is for the leader only. `error`: MEMBER_ID_REQUIRED tells the id to come back with."""

    member_id: str
    error: ErrorCode = ErrorCode.NONE
    generation_id: int = NO_GENERATION
    protocol_type: str | None = None
    protocol_name: str | None = None
    leader: str = ""
    members: tuple[JoinedMember, ...] = ()
    skip_assignment: bool = False


class Sync(NamedTuple):
    """SyncGroup; `assignments` by member id, from the leader."""

    member_id: str
    instance_id: str | None
    generation_id: int
    protocol_type: str | None
    protocol_name: str | None
    assignments: dict[str, bytes]


class Synced(NamedTuple):
    protocol_type: str | None
    protocol_name: str | None
    assignment: bytes


class DescribedMember(NamedTuple):
    member_id: str
    instance_id: str | None
    client_id: str
    client_host: str
    metadata: bytes
    assignment: bytes


class Described(NamedTuple):
    """`protocol_name` and what members told and got are there while the group is stable."""

    state: str
    protocol_type: str
    protocol_name: str
    members: tuple[DescribedMember, ...]


class StoredMember(NamedTuple):
    member_id: str
    instance_id: str | None
    client_id: str
    client_host: str
    session_timeout_ms: int
    rebalance_timeout_ms: int
    protocols: tuple[Protocol, ...]
    assignment: bytes


class GroupRecord(NamedTuple):
    """The whole group as it has to be found again after a restart."""

    protocol_type: str | None
    generation_id: int
    protocol_name: str | None
    leader: str | None
    members: tuple[StoredMember, ...]
