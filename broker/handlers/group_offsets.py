"""The offsets that groups commit.

OffsetCommit 8   OffsetFetch 9 (many groups KIP-709)   OffsetDelete 47 (KIP-496)

Every topic and partition is answered in the order, and as often, as it was asked for. From version 10
on both name topics by their ids (KIP-848); a commit's answer leaves out topics without partitions then.

Differences from Apache Kafka: none known.
"""

from asyncio import Future
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from broker.coordinator.group.machines import Committer
from broker.coordinator.group.offsets import Commit, GroupOffsets
from broker.log.steps import carry_out
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestTopic,
    OffsetCommitResponse,
    OffsetCommitResponsePartition,
    OffsetCommitResponseTopic,
)
from broker.protocol.messages.offset_delete import (
    OffsetDeleteRequest,
    OffsetDeleteResponse,
    OffsetDeleteResponsePartition,
    OffsetDeleteResponseTopic,
)
from broker.protocol.messages.offset_fetch import (
    OffsetFetchRequest,
    OffsetFetchRequestGroup,
    OffsetFetchRequestTopic,
    OffsetFetchRequestTopics,
    OffsetFetchResponse,
    OffsetFetchResponseGroup,
    OffsetFetchResponsePartition,
    OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic,
    OffsetFetchResponseTopics,
)
from broker.protocol.uuids import ZERO_UUID

if TYPE_CHECKING:
    from broker.cluster.topics import Topic
    from broker.handlers.context import Broker, RequestContext
    from broker.log.steps import Steps
    from broker.state.rows import OffsetRow

FIRST_BY_ID = 10
FIRST_WITH_GROUPS = 8
FIRST_WITH_UNKNOWN_GROUPS = FIRST_WITH_EPOCHS = 9
FIRST_WITH_TOP_ERROR = 2
NONE, NO_EPOCH = -1, -1


def offset_commit(
    request: OffsetCommitRequest, context: "RequestContext", broker: "Broker"
) -> "OffsetCommitResponse | Future[OffsetCommitResponse]":
    return carry_out(_committing(request, context.api_version, broker))


def _committing(
    request: OffsetCommitRequest, version: int, broker: "Broker"
) -> "Steps[OffsetCommitResponse]":
    by_id = version >= FIRST_BY_ID
    codes: list[ErrorCode] = []  # NONE where the group is to be asked
    commits: list[Commit] = []
    for asked in request.topics:
        topic = _topic(asked, by_id, broker)
        unknown = ErrorCode.UNKNOWN_TOPIC_ID if by_id else ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        for each in asked.partitions:
            if topic is None:
                codes.append(unknown)
            elif not 0 <= each.partition_index < len(topic.partitions):
                codes.append(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
            else:
                codes.append(ErrorCode.NONE)
                commits.append(
                    Commit(
                        topic.name,
                        topic.topic_id,
                        each.partition_index,
                        each.committed_offset,
                        each.committed_leader_epoch,
                        each.committed_metadata or "",
                    )
                )
    if commits or not codes:
        who = Committer(
            request.member_id,
            request.group_instance_id,
            request.generation_id_or_member_epoch,
            knows_epochs=version >= FIRST_WITH_EPOCHS,
        )
        try:
            told: list[ErrorCode] = yield broker.groups.commit(
                request.group_id, who, commits, retention_ms=request.retention_time_ms
            )
        except KafkaError as error:
            is_old = error.code is ErrorCode.GROUP_ID_NOT_FOUND and version < FIRST_WITH_UNKNOWN_GROUPS
            told = [ErrorCode.ILLEGAL_GENERATION if is_old else error.code] * len(commits)
        of_group = iter(told)
        codes = [next(of_group) if code is ErrorCode.NONE else code for code in codes]
    topics = [topic for topic in request.topics if topic.partitions] if by_id else request.topics
    return _committed(topics, codes)


def _committed(topics: list[OffsetCommitRequestTopic], codes: list[ErrorCode]) -> OffsetCommitResponse:
    left = iter(codes)
    return OffsetCommitResponse(
        topics=[
            OffsetCommitResponseTopic(
                name=topic.name,
                topic_id=topic.topic_id,
                partitions=[
                    OffsetCommitResponsePartition(partition_index=each.partition_index, error_code=next(left))
                    for each in topic.partitions
                ],
            )
            for topic in topics
        ]
    )


def _topic(asked: Any, by_id: bool, broker: "Broker") -> "Topic | None":
    topics = broker.cluster.topics
    return topics.by_id.get(asked.topic_id) if by_id else topics.by_name.get(asked.name)


def offset_fetch(
    request: OffsetFetchRequest, context: "RequestContext", broker: "Broker"
) -> "OffsetFetchResponse | Future[OffsetFetchResponse]":
    if context.api_version >= FIRST_WITH_GROUPS:
        return carry_out(_fetching_many(request, context.api_version >= FIRST_BY_ID, broker))
    return carry_out(_fetching(request, context.api_version, broker))


def _fetching(request: OffsetFetchRequest, version: int, broker: "Broker") -> "Steps[OffsetFetchResponse]":
    """Of one group, by the topics' names."""
    code = ErrorCode.NONE
    try:
        offsets: GroupOffsets | None = yield broker.groups.offsets(request.group_id)
    except KafkaError as error:
        offsets, code = None, error.code
    if offsets is None and version >= FIRST_WITH_TOP_ERROR:
        return OffsetFetchResponse(error_code=code, groups=[])
    asked = _all(offsets) if request.topics is None else _by_name(request.topics)
    return OffsetFetchResponse(
        groups=[],
        topics=[
            OffsetFetchResponseTopic(
                name=name,
                partitions=[
                    OffsetFetchResponsePartition(error_code=code, **_values(offsets, name, partition))
                    for partition in partitions
                ],
            )
            for name, partitions in asked
        ],
    )


def _all(offsets: GroupOffsets | None) -> list[tuple[str, list[int]]]:
    assert offsets is not None
    return [(name, [row.partition for row in rows]) for name, rows in offsets.all().items()]


def _by_name(topics: Sequence[OffsetFetchRequestTopic]) -> list[tuple[str, list[int]]]:
    return [(topic.name, list(topic.partition_indexes)) for topic in topics]


def _fetching_many(
    request: OffsetFetchRequest, by_id: bool, broker: "Broker"
) -> "Steps[OffsetFetchResponse]":
    groups = []
    for group in request.groups:
        try:
            offsets: GroupOffsets = yield broker.groups.offsets(
                group.group_id, group.member_id, group.member_epoch
            )
        except KafkaError as error:
            groups.append(OffsetFetchResponseGroup(group_id=group.group_id, topics=[], error_code=error.code))
        else:
            groups.append(_fetched(group, offsets, by_id, broker))
    return OffsetFetchResponse(groups=groups)


def _fetched(
    group: OffsetFetchRequestGroup, offsets: GroupOffsets, by_id: bool, broker: "Broker"
) -> OffsetFetchResponseGroup:
    by_name = broker.cluster.topics.by_name
    if group.topics is None:
        asked = [
            OffsetFetchRequestTopics(
                name=name, topic_id=by_name[name].topic_id, partition_indexes=[row.partition for row in rows]
            )
            for name, rows in offsets.all().items()
            if name in by_name
        ]
    else:
        asked = group.topics
    return OffsetFetchResponseGroup(
        group_id=group.group_id, topics=[_of_topic(topic, offsets, by_id, broker) for topic in asked]
    )


def _of_topic(
    asked: OffsetFetchRequestTopics, offsets: GroupOffsets, by_id: bool, broker: "Broker"
) -> OffsetFetchResponseTopics:
    topic = _topic(asked, by_id, broker)
    name = asked.name if topic is None else topic.name
    code = ErrorCode.UNKNOWN_TOPIC_ID if by_id and topic is None else ErrorCode.NONE
    return OffsetFetchResponseTopics(
        name=name,
        topic_id=asked.topic_id if by_id else ZERO_UUID,
        partitions=[
            OffsetFetchResponsePartitions(error_code=code, **_values(offsets, name, partition))
            for partition in asked.partition_indexes
        ],
    )


def _values(offsets: GroupOffsets | None, topic: str, partition: int) -> dict[str, Any]:
    row: OffsetRow | None = None if offsets is None else offsets.get(topic, partition)
    return {
        "partition_index": partition,
        "committed_offset": NONE if row is None else row.offset,
        "committed_leader_epoch": NO_EPOCH if row is None else row.leader_epoch,
        "metadata": "" if row is None else row.metadata,
    }


def offset_delete(
    request: OffsetDeleteRequest, context: "RequestContext", broker: "Broker"
) -> "OffsetDeleteResponse | Future[OffsetDeleteResponse]":
    return carry_out(_deleting(request, broker))


def _deleting(request: OffsetDeleteRequest, broker: "Broker") -> "Steps[OffsetDeleteResponse]":
    """Raises: KafkaError: of the whole group."""
    by_name = broker.cluster.topics.by_name
    asked = [(topic.name, each.partition_index) for topic in request.topics for each in topic.partitions]
    known = [
        (topic, index)
        for topic, index in asked
        if topic in by_name and 0 <= index < len(by_name[topic].partitions)
    ]
    told: list[ErrorCode] = yield broker.groups.delete_offsets(request.group_id, known)
    codes = dict(zip(known, told, strict=True))
    return OffsetDeleteResponse(
        error_code=ErrorCode.NONE,
        topics=[
            OffsetDeleteResponseTopic(
                name=topic.name,
                partitions=[
                    OffsetDeleteResponsePartition(
                        partition_index=each.partition_index,
                        error_code=codes.get(
                            (topic.name, each.partition_index), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
                        ),
                    )
                    for each in topic.partitions
                ],
            )
            for topic in request.topics
        ],
    )
