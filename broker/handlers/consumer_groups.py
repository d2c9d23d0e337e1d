"""Groups by the consumer protocol (KIP-848).

ConsumerGroupHeartbeat 68   ConsumerGroupDescribe 69

| version | what is new |
| --- | --- |
| ConsumerGroupHeartbeat 1 | the member makes its own id (KIP-1082); subscription by a pattern |
| ConsumerGroupDescribe 1 | which protocol each member speaks (KIP-1099) |

Differences from Apache Kafka: none known.
"""

from asyncio import Future
from collections.abc import Mapping
from typing import TYPE_CHECKING

from broker.coordinator.group.consumer.messages import (
    JOINING,
    LEAVING,
    DescribedMember,
    Heartbeat,
    HeartbeatAnswer,
)
from broker.handlers import authorized_operations
from broker.log.steps import carry_out
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.messages import consumer_group_describe as describing
from broker.protocol.messages.consumer_group_describe import (
    ConsumerGroupDescribeRequest,
    ConsumerGroupDescribeResponse,
    DescribedGroup,
    Member,
)
from broker.protocol.messages.consumer_group_heartbeat import (
    Assignment,
    ConsumerGroupHeartbeatRequest,
    ConsumerGroupHeartbeatResponse,
    TopicPartitions,
)

if TYPE_CHECKING:
    from broker.handlers.context import Broker, RequestContext
    from broker.log.steps import Steps

FIRST_WITH_OWN_IDS = 1
CLASSIC, CONSUMER = 0, 1  # kinds of members


def consumer_group_heartbeat(
    request: ConsumerGroupHeartbeatRequest, context: "RequestContext", broker: "Broker"
) -> "ConsumerGroupHeartbeatResponse | Future[ConsumerGroupHeartbeatResponse]":
    return carry_out(_beating(request, context, broker))


def _beating(
    request: ConsumerGroupHeartbeatRequest, context: "RequestContext", broker: "Broker"
) -> "Steps[ConsumerGroupHeartbeatResponse]":
    try:
        _check_ids(request, context.api_version)
        answer: HeartbeatAnswer = yield broker.groups.consumer_heartbeat(
            request.group_id, _asked(request, context)
        )
    except KafkaError as error:
        return ConsumerGroupHeartbeatResponse(
            error_code=error.code, error_message=error.message, member_epoch=0, heartbeat_interval_ms=0
        )
    assignment = None
    if answer.assignment is not None:
        assignment = Assignment(
            topic_partitions=[
                TopicPartitions(topic_id=topic_id, partitions=sorted(partitions))
                for topic_id, partitions in answer.assignment.items()
            ]
        )
    return ConsumerGroupHeartbeatResponse(
        error_code=ErrorCode.NONE,
        member_id=answer.member_id,
        member_epoch=answer.member_epoch,
        heartbeat_interval_ms=answer.heartbeat_interval_ms,
        assignment=assignment,
    )


def _check_ids(request: ConsumerGroupHeartbeatRequest, version: int) -> None:
    """Raises: KafkaError(INVALID_REQUEST)."""
    is_known = request.member_epoch > JOINING or request.member_epoch == LEAVING
    if not request.member_id.strip() and (version >= FIRST_WITH_OWN_IDS or is_known):
        raise KafkaError(ErrorCode.INVALID_REQUEST, "MemberId can't be empty.")
    if not request.group_id.strip():
        raise KafkaError(ErrorCode.INVALID_REQUEST, "GroupId can't be empty.")


def _asked(request: ConsumerGroupHeartbeatRequest, context: "RequestContext") -> Heartbeat:
    names, owned = request.subscribed_topic_names, request.topic_partitions
    return Heartbeat(
        member_id=request.member_id,
        member_epoch=request.member_epoch,
        instance_id=request.instance_id,
        rack_id=request.rack_id,
        client_id=context.client_id or "",
        client_host=f"/{context.client_host}",
        rebalance_timeout_ms=request.rebalance_timeout_ms,
        topic_names=None if names is None else frozenset(names),
        topic_pattern=request.subscribed_topic_regex,
        server_assignor=request.server_assignor,
        owned=None if owned is None else _joined(owned),
    )


def _joined(owned: list[TopicPartitions]) -> dict[bytes, frozenset[int]]:
    """A topic may stand there more than once."""
    found: dict[bytes, frozenset[int]] = {}
    for each in owned:
        found[each.topic_id] = found.get(each.topic_id, frozenset()).union(each.partitions)
    return found


async def consumer_group_describe(
    request: ConsumerGroupDescribeRequest, context: "RequestContext", broker: "Broker"
) -> ConsumerGroupDescribeResponse:
    """Every group that was asked for, in that order."""
    operations = (
        authorized_operations.GROUP
        if request.include_authorized_operations
        else authorized_operations.NOT_ASKED
    )
    return ConsumerGroupDescribeResponse(
        groups=[_described(group_id, operations, broker) for group_id in request.group_ids]
    )


def _described(group_id: str, operations: int, broker: "Broker") -> DescribedGroup:
    try:
        if not group_id:
            raise KafkaError(ErrorCode.INVALID_GROUP_ID, "")
        found = broker.groups.describe_consumers(group_id)
    except KafkaError as error:
        return DescribedGroup(
            error_code=error.code,
            error_message=error.message or None,
            group_id=group_id,
            group_state="",
            group_epoch=0,
            assignment_epoch=0,
            assignor_name="",
            members=[],
        )
    return DescribedGroup(
        error_code=ErrorCode.NONE,
        group_id=group_id,
        group_state=found.state,
        group_epoch=found.group_epoch,
        assignment_epoch=found.assignment_epoch,
        assignor_name=found.assignor,
        members=[_member(member, broker) for member in found.members],
        authorized_operations=operations,
    )


def _member(member: DescribedMember, broker: "Broker") -> Member:
    return Member(
        member_id=member.member_id,
        instance_id=member.instance_id,
        rack_id=member.rack_id,
        member_epoch=member.member_epoch,
        client_id=member.client_id,
        client_host=member.client_host,
        subscribed_topic_names=member.topic_names,
        subscribed_topic_regex=member.topic_pattern,
        assignment=_assignment(member.assigned, broker),
        target_assignment=_assignment(member.target, broker),
        member_type=CLASSIC if member.is_classic else CONSUMER,
    )


def _assignment(partitions: Mapping[str, list[int]], broker: "Broker") -> describing.Assignment:
    topics = broker.cluster.topics.by_name
    return describing.Assignment(
        topic_partitions=[
            describing.TopicPartitions(topic_id=topics[name].topic_id, topic_name=name, partitions=each)
            for name, each in partitions.items()
        ]
    )
