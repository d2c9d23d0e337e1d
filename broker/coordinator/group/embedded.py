"""What consumers of the classic protocol tell each other through the group: subscriptions and assignments.

The bytes begin with a version; what is newer than this is read as the newest that is known, as
Kafka's ConsumerProtocol does.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

from broker.protocol.codec import decode, encode
from broker.protocol.errors import MalformedRequest
from broker.protocol.messages.consumer_protocol import (
    AssignedPartitions,
    ConsumerProtocolAssignment,
    ConsumerProtocolSubscription,
)

NEWEST = 3
VERSION = struct.Struct(">h")

T = TypeVar("T")


class Subscription(NamedTuple):
    topics: frozenset[str]
    owned: Mapping[str, Sequence[int]]
    rack_id: str | None


def version_of(data: bytes) -> int:
    """Raises: ValueError."""
    if len(data) < VERSION.size:
        raise ValueError(f"{len(data)} bytes are too few for a version")
    (version,) = VERSION.unpack_from(data)
    if version < 0:
        raise ValueError(f"there is no version {version}")
    return min(int(version), NEWEST)


def read_subscription(data: bytes) -> Subscription:
    """Raises: ValueError: it is none."""
    read = _read(ConsumerProtocolSubscription, data)
    owned = {each.topic: each.partitions for each in read.owned_partitions}
    return Subscription(frozenset(read.topics), owned, read.rack_id)


def read_assignment(data: bytes) -> tuple[dict[str, list[int]], bytes]:
    """Partitions by topic, and what an assignor of the client's own has added. Raises: ValueError."""
    read = _read(ConsumerProtocolAssignment, data)
    return {each.topic: each.partitions for each in read.assigned_partitions}, bytes(read.user_data or b"")


def write_assignment(partitions: Mapping[str, Sequence[int]], *, version: int) -> bytes:
    message = ConsumerProtocolAssignment(
        assigned_partitions=[
            AssignedPartitions(topic=topic, partitions=list(each)) for topic, each in partitions.items()
        ],
    )
    return b"".join([VERSION.pack(version), *encode(message, version)])


def _read(cls: type[T], data: bytes) -> T:
    try:
        return decode(cls, version_of(data), memoryview(data)[VERSION.size :])
    except MalformedRequest as error:
        raise ValueError(str(error)) from error
