"""Stories of groups: members of both protocols that join, commit, fall behind, are replaced and leave.

Each request is answered before the next: nobody has to wait for another member to do something, but for
one that is given up.
"""

from collections.abc import Sequence
from typing import Any

from broker.protocol.codec import encode
from broker.protocol.message import blank
from broker.protocol.messages import consumer_group_heartbeat as consumer
from broker.protocol.messages import offset_commit as committing
from broker.protocol.messages import offset_fetch as fetching
from broker.protocol.messages import sync_group as syncing
from broker.protocol.messages.consumer_group_describe import ConsumerGroupDescribeRequest
from broker.protocol.messages.consumer_protocol import (
    AssignedPartitions,
    ConsumerProtocolAssignment,
    ConsumerProtocolSubscription,
)
from broker.protocol.messages.delete_groups import DeleteGroupsRequest
from broker.protocol.messages.describe_groups import DescribeGroupsRequest
from broker.protocol.messages.heartbeat import HeartbeatRequest
from broker.protocol.messages.join_group import JoinGroupRequest, JoinGroupRequestProtocol
from broker.protocol.messages.leave_group import LeaveGroupRequest, MemberIdentity
from broker.protocol.messages.offset_delete import (
    OffsetDeleteRequest,
    OffsetDeleteRequestPartition,
    OffsetDeleteRequestTopic,
)
from compat.differential.cases import Step
from compat.differential.symbols import Id

GROUP = "~group"
SESSION_MS = 60_000
REBALANCE_MS = 60_000
"""Neither ends within an episode, however slow the machine: it would end in one broker before the other."""
HASTY_MS = 1_000
"""For the one rebalance that only ends by it."""
NOBODY = "nobody"
OWN_ID = "AAAAAAAAAAAAAAAAAAAAAQ"
OTHER_ID = "AAAAAAAAAAAAAAAAAAAAAg"


def member(number: int) -> Any:
    """The n-th member id that the episode has seen."""
    return Id("member_id", str(number))


def topic_id(topic: str) -> Any:
    return Id("topic_id", topic.removeprefix("~"))


def subscription(*topics: str) -> bytes:
    """Of topics that no episode calls its own: bytes cannot hold symbols."""
    return b"\0\1" + b"".join(encode(ConsumerProtocolSubscription(topics=list(topics)), 1))


def assignment(topic: str, *partitions: int) -> bytes:
    assigned = [AssignedPartitions(topic=topic, partitions=list(partitions))]
    return b"\0\1" + b"".join(encode(ConsumerProtocolAssignment(assigned_partitions=assigned), 1))


def join(member_id: Any = "", *, version: int = 9, **fields: Any) -> Step:
    plain: dict[str, Any] = {
        "group_id": GROUP,
        "session_timeout_ms": SESSION_MS,
        "rebalance_timeout_ms": REBALANCE_MS,
        "member_id": member_id,
        "protocol_type": "consumer",
        "protocols": [JoinGroupRequestProtocol(name="range", metadata=subscription("some"))],
    }
    return Step(11, version, JoinGroupRequest(**{**plain, **fields}))


def sync(member_id: Any, generation: int, *, version: int = 5, **fields: Any) -> Step:
    parts = [syncing.SyncGroupRequestAssignment(member_id=member_id, assignment=assignment("some", 0))]
    plain: dict[str, Any] = {
        "group_id": GROUP,
        "generation_id": generation,
        "member_id": member_id,
        "protocol_type": "consumer",
        "protocol_name": "range",
        "assignments": parts,
    }
    return Step(14, version, syncing.SyncGroupRequest(**{**plain, **fields}))


def beat(member_id: Any, generation: int, *, version: int = 4, **fields: Any) -> Step:
    request = HeartbeatRequest(group_id=GROUP, generation_id=generation, member_id=member_id, **fields)
    return Step(12, version, request)


def leave(*members: tuple[Any, str | None], version: int = 5) -> Step:
    leaving = [
        MemberIdentity(member_id=member_id, group_instance_id=instance_id)
        for member_id, instance_id in members
    ]
    return Step(13, version, LeaveGroupRequest(group_id=GROUP, members=leaving))


def commit(
    member_id: Any = "", generation: int = -1, *, version: int = 9, topic: str = "~alpha", **fields: Any
) -> Step:
    offset = blank(
        committing.OffsetCommitRequestPartition, partition_index=0, committed_offset=3, committed_metadata="m"
    )
    topics = [committing.OffsetCommitRequestTopic(name=topic, topic_id=topic_id(topic), partitions=[offset])]
    request = committing.OffsetCommitRequest(
        group_id=GROUP,
        generation_id_or_member_epoch=generation,
        member_id=member_id,
        topics=topics,
        **fields,
    )
    return Step(8, version, request)


def committed(member_id: Any = None, epoch: int = -1, *, version: int = 9) -> Step:
    topics = [
        fetching.OffsetFetchRequestTopics(
            name="~alpha",
            topic_id=topic_id("alpha"),
            partition_indexes=[0, 1],
        )
    ]
    group = fetching.OffsetFetchRequestGroup(
        group_id=GROUP, member_id=member_id, member_epoch=epoch, topics=topics
    )
    return Step(9, version, fetching.OffsetFetchRequest(groups=[group]))


def delete_offsets() -> Step:
    partitions = [OffsetDeleteRequestPartition(partition_index=index) for index in (0, 7)]
    topics = [OffsetDeleteRequestTopic(name="~alpha", partitions=partitions)]
    return Step(47, 0, OffsetDeleteRequest(group_id=GROUP, topics=topics))


def describe() -> list[Step]:
    """By the requests of both kinds of groups."""
    classic = DescribeGroupsRequest(groups=[GROUP], include_authorized_operations=True)
    modern = ConsumerGroupDescribeRequest(group_ids=[GROUP], include_authorized_operations=True)
    return [Step(15, 6, classic), Step(69, 1, modern)]


def delete() -> Step:
    return Step(42, 2, DeleteGroupsRequest(groups_names=[GROUP]))


def modern(member_id: Any, epoch: int, *, version: int = 1, owned: Any = None, **fields: Any) -> Step:
    """A heartbeat of the consumer protocol. `owned`: partitions of alpha."""
    parts = None
    if owned is not None:
        parts = [consumer.TopicPartitions(topic_id=topic_id("alpha"), partitions=list(owned))]
    request = consumer.ConsumerGroupHeartbeatRequest(
        **{
            "group_id": GROUP,
            "member_id": member_id,
            "member_epoch": epoch,
            "topic_partitions": [] if owned == () else parts,
            **fields,
        }
    )
    return Step(68, version, request)


def modern_join(member_id: Any = OWN_ID, *, version: int = 1, **fields: Any) -> Step:
    wanted = {"rebalance_timeout_ms": REBALANCE_MS, "subscribed_topic_names": ["~alpha"], **fields}
    return modern(member_id, 0, version=version, owned=(), **wanted)


def classic_life(*, join_version: int = 9, sync_version: int = 5) -> list[Step]:
    first = join(version=join_version)
    again = [join(member(1), version=join_version)] if join_version >= 4 else []
    return [
        *(first, *again, commit(member(1), 1), sync(member(1), 1, version=sync_version), *describe()),
        *(beat(member(1), 1), beat(member(1), 0), beat(member(1), 2), beat(NOBODY, 1), beat("", -1)),
        *(commit(member(1), 1), commit(member(1), 0), commit(member(1), 2), commit(NOBODY, 1), commit()),
        *(commit(member(1), 1, version=10), commit(member(1), 1, topic="~unknown"), committed()),
        *(committed(member(1), 1), committed(NOBODY, 5), committed(version=10), delete_offsets()),
        *(sync(member(1), 0), sync(NOBODY, 1), sync(member(1), 1, protocol_name="sticky")),
        *(sync(member(1), 1, protocol_type="connect"), sync(member(1), 1, protocol_name=None)),
        *(join(member(1), version=join_version), beat(member(1), 1), commit(member(1), 2), *describe()),
        *(sync(member(1), 2), delete(), leave((NOBODY, None), (member(1), None)), *describe()),
        *(leave((member(1), None)), beat(member(1), 2), commit(member(1), 2), commit(), committed()),
        *(delete_offsets(), committed(), delete(), delete(), *describe(), committed(), beat(member(1), 2)),
    ]


def static_life() -> list[Step]:
    named: dict[str, Any] = {"group_instance_id": "one"}
    return [
        *(join(**named), sync(member(1), 1, **named), beat(member(1), 1, **named), *describe()),
        *(join(**named), beat(member(1), 1, **named), beat(member(1), 1), sync(member(1), 1, **named)),
        *(commit(member(1), 1, **named), commit(member(2), 1, **named), sync(member(2), 1, **named)),
        *(beat(member(2), 1, group_instance_id="two"), beat(member(2), 1), *describe()),
        *(join(member(2), group_instance_id="two"), join(NOBODY, **named)),
        *(leave((member(1), "one")), leave(("", "two")), leave(("", "one")), *describe()),
    ]


def other_joins() -> list[Step]:
    none: Sequence[JoinGroupRequestProtocol] = []
    hasty: dict[str, Any] = {"rebalance_timeout_ms": HASTY_MS}
    return [
        *(join(group_id=""), join(NOBODY), join(session_timeout_ms=5), join(session_timeout_ms=2**31 - 1)),
        *(join(protocol_type=""), join(protocols=list(none)), join(**hasty), join(member(1), **hasty)),
        *(join(protocol_type="connect"), join(group_instance_id="", **hasty), *describe()),
        *(leave(), leave((member(1), None)), leave((member(1), None))),
    ]


def modern_life(*, version: int = 1) -> list[Step]:
    joined = modern_join(version=version)
    full: dict[str, Any] = {"rebalance_timeout_ms": REBALANCE_MS, "subscribed_topic_names": ["~alpha"]}
    return [
        *(joined, *describe(), modern(OWN_ID, 2, version=version), modern(OWN_ID, 2, owned=(0, 1, 2))),
        *(modern(OWN_ID, 2, owned=(0, 1, 2), **full), joined, modern(OWN_ID, 0), modern(OWN_ID, 3)),
        *(modern(OWN_ID, 8, owned=(0,)), modern(NOBODY, 2), modern(NOBODY, -1), modern(OWN_ID, -3)),
        *(commit(OWN_ID, 2), commit(OWN_ID, 1), commit(OWN_ID, 3), commit(NOBODY, 2), commit()),
        *(commit(OWN_ID, 2, version=8), commit(OWN_ID, 2, version=10), committed(), committed(OWN_ID, 2)),
        *(committed(OWN_ID, 1), committed(NOBODY, 2), committed("", -1), delete_offsets(), delete()),
        *(modern(OWN_ID, 2, subscribed_topic_names=["~beta"]), modern(OWN_ID, 2, owned=()), *describe()),
        *(modern(OWN_ID, 2), modern(OWN_ID, 3), commit(OWN_ID, 2), commit(OWN_ID, 3)),
        *(modern(OWN_ID, 3, subscribed_topic_names=[]), modern(OWN_ID, 3, owned=()), modern(OWN_ID, -1)),
        *(*describe(), modern(OWN_ID, 4), modern(OWN_ID, -1), commit(), committed(), delete(), *describe()),
        *(modern(OWN_ID, 2), modern(OWN_ID, -1)),
    ]


def two_members() -> list[Step]:
    return [
        *(modern_join(), modern_join(OTHER_ID), *describe(), modern(OWN_ID, 2, owned=(0, 1, 2))),
        *(*describe(), commit(OWN_ID, 2), modern(OTHER_ID, 3), modern(OWN_ID, 2, owned=(0, 1))),
        *(modern(OTHER_ID, 3), *describe(), commit(OWN_ID, 2), commit(OTHER_ID, 3), commit(OTHER_ID, 2)),
        *(modern(OWN_ID, -1), modern(OTHER_ID, 3), modern(OTHER_ID, 3, owned=()), *describe()),
    ]


def static_modern() -> list[Step]:
    named: dict[str, Any] = {"instance_id": "one"}
    return [
        *(modern_join(**named), modern_join(OTHER_ID, **named), modern(OTHER_ID, 2, **named)),
        *(modern(OWN_ID, 2, instance_id="two"), modern(OWN_ID, 2), modern(OWN_ID, -2), *describe()),
        *(modern(OWN_ID, -2, **named), *describe(), modern(OWN_ID, 2, **named), commit(OWN_ID, 2)),
        *(modern_join(OTHER_ID, **named), *describe(), modern(OWN_ID, 2, **named)),
        *(modern(OTHER_ID, 2, **named), modern(OTHER_ID, -1, **named), *describe()),
    ]


def other_modern_joins() -> list[Step]:
    return [
        *(modern_join(""), modern_join("", version=0), modern_join(group_id=""), modern(OWN_ID, 0)),
        *(modern_join(rebalance_timeout_ms=-1), modern_join(subscribed_topic_names=None)),
        *(modern_join(topic_partitions=None), modern_join(server_assignor="mine")),
        *(modern_join(instance_id=""), modern_join(rack_id=""), modern_join(subscribed_topic_regex="(")),
        *(modern_join(server_assignor="range"), modern_join(OTHER_ID, subscribed_topic_names=[])),
        *(modern(OTHER_ID, 2), modern(OTHER_ID, 3), *describe()),
        *(modern(OTHER_ID, -1), modern(OWN_ID, -1), join(), *describe()),
    ]


def changing_over() -> list[Step]:
    """Up when a member of the consumer protocol comes, down when the last of these leaves."""
    return [
        *(join(), join(member(1)), sync(member(1), 1), modern(OWN_ID, 1), modern_join(), *describe()),
        *(beat(member(1), 1), beat(member(1), 0), sync(member(1), 1), beat(OWN_ID, 2), sync(OWN_ID, 2)),
        *(join(member(1)), sync(member(1), 2), beat(member(1), 2), commit(member(1), 2), commit(OWN_ID, 2)),
        *(commit(member(1), 1), commit(member(1), 3), join(protocol_type="connect"), *describe()),
        *(join(member(1), protocols=[JoinGroupRequestProtocol(name="range", metadata=b"\0")]),),
        *(modern(OWN_ID, -1), *describe(), beat(member(1), 2), join(member(1)), *describe()),
        *(leave((member(1), None)), modern_join(), join(NOBODY), *describe(), modern(OWN_ID, -1)),
        *(join(NOBODY), join(), *describe()),
    ]


STORIES = {
    "a classic member": classic_life,
    "a classic member, older": lambda: classic_life(join_version=5, sync_version=3),
    "a classic member, oldest": lambda: classic_life(join_version=2, sync_version=1),
    "a static classic member": static_life,
    "other classic joins": other_joins,
    "a member of a consumer group": modern_life,
    "a member of a consumer group, older": lambda: modern_life(version=0),
    "two members of a consumer group": two_members,
    "a static member of a consumer group": static_modern,
    "other joins to a consumer group": other_modern_joins,
    "a group that changes over": changing_over,
}
