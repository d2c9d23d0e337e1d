"""ConsumerProtocol: what consumers of the classic protocol tell each other inside JoinGroup and SyncGroup.

| version | what is new |
| --- | --- |
| 1 | what the member owned before (KIP-429) |
| 2 | the generation in which that was |
| 3 | the member's rack (KIP-881) |
"""

from __future__ import annotations

from broker.protocol.message import Bytes, Int32, String, data, field, struct


@data(versions="0-3", flexible="none")
class ConsumerProtocolSubscription:
    topics: list[String]
    user_data: Bytes | None = None
    owned_partitions: list[OwnedPartitions] = field("1+", default=[])
    generation_id: Int32 = field("2+", default=-1)
    rack_id: String | None = field("3+", default=None)


@struct
class OwnedPartitions:
    topic: String
    partitions: list[Int32]


@data(versions="0-3", flexible="none")
class ConsumerProtocolAssignment:
    assigned_partitions: list[AssignedPartitions]
    user_data: Bytes | None = None


@struct
class AssignedPartitions:
    topic: String
    partitions: list[Int32]
