"""Faults in what is done about a request: not at all, twice, or something else than was asked."""

from typing import Any

from broker.protocol.message import blank
from broker.protocol.messages import (
    consumer_group_heartbeat,
    delete_records,
    delete_topics,
    elect_leaders,
    leave_group,
    produce,
)
from broker.protocol.records.batch import BatchHeader
from tests.compat.faults.exchange import Api, Exchange
from tests.compat.faults.fault import Fate, Fault, Instead

NO_ACKS = 0
LEAVING = -1
LONGEST_SESSION_MS = 1_800_000


def lost_batches(*, acks: frozenset[int]) -> Fault:
    """The first batch of each partition is acknowledged and thrown away.

    What follows is acknowledged with the offsets it would have had, so that only readers can tell.
    """
    lost: dict[tuple[str, bytes, int], int] = {}

    def on_request(exchange: Exchange) -> Fate | Instead:
        request = exchange.request
        places = _batches_in(request)
        if request.acks not in acks or any(place in lost for place in places):
            return Fate.AS_IT_WAS
        lost.update(places)
        return Instead(_acknowledgement(request) if request.acks != NO_ACKS else None)

    def on_answer(exchange: Exchange, answer: Any) -> Fate:
        for topic in answer.responses:
            for partition in topic.partition_responses:
                partition.base_offset += lost.get((topic.name, topic.topic_id, partition.index), 0)
        return Fate.CHANGED

    told = ", ".join(str(each) for each in sorted(acks))
    return Fault(f"the first batch is lost (acks {told})", frozenset({Api.PRODUCE}), on_request, on_answer)


def _batches_in(request: produce.ProduceRequest) -> dict[tuple[str, bytes, int], int]:
    """By topic and partition: the records that are to be appended."""
    return {
        (topic.name, topic.topic_id, partition.index): BatchHeader.parse(partition.records).record_count
        for topic in request.topic_data
        for partition in topic.partition_data
        if partition.records
    }


def _acknowledgement(request: produce.ProduceRequest) -> produce.ProduceResponse:
    responses = [
        produce.TopicProduceResponse(
            name=topic.name,
            topic_id=topic.topic_id,
            partition_responses=[
                blank(produce.PartitionProduceResponse, index=partition.index, log_append_time_ms=-1)
                for partition in topic.partition_data
            ],
        )
        for topic in request.topic_data
    ]
    return produce.ProduceResponse(responses=responses)


def repeated_batches() -> Fault:
    """A broker that knows its producers' sequences stores the second one nowhere."""

    def on_request(exchange: Exchange) -> Fate:
        return Fate.TWICE if exchange.request.acks != NO_ACKS else Fate.AS_IT_WAS

    return Fault("each batch is appended twice", frozenset({Api.PRODUCE}), on_request)


def only_validated(*keys: Api) -> Fault:
    """The broker says what would come of it, and leaves it."""

    def on_request(exchange: Exchange) -> Fate:
        exchange.request.validate_only = True
        return Fate.CHANGED

    names = ", ".join(key.name.lower() for key in keys)
    return Fault(f"answered, but not carried out: {names}", frozenset(keys), on_request)


def topics_stay() -> Fault:
    def on_request(exchange: Exchange) -> Instead:
        named = [(name, bytes(16)) for name in exchange.request.topic_names]
        named += [(topic.name, topic.topic_id) for topic in exchange.request.topics]
        rows = [
            delete_topics.DeletableTopicResult(name=name, topic_id=topic_id, error_code=0)
            for name, topic_id in named
        ]
        return Instead(delete_topics.DeleteTopicsResponse(responses=rows))

    return Fault("deleted topics stay", frozenset({Api.DELETE_TOPICS}), on_request)


def members_stay() -> Fault:
    """By either protocol."""

    def on_request(exchange: Exchange) -> Fate | Instead:
        request = exchange.request
        if exchange.key == Api.LEAVE_GROUP:
            members = [
                leave_group.MemberResponse(
                    member_id=member.member_id, group_instance_id=member.group_instance_id, error_code=0
                )
                for member in request.members
            ]
            return Instead(leave_group.LeaveGroupResponse(error_code=0, members=members))
        if request.member_epoch != LEAVING:
            return Fate.AS_IT_WAS
        return Instead(blank(consumer_group_heartbeat.ConsumerGroupHeartbeatResponse, member_epoch=LEAVING))

    apis = frozenset({Api.LEAVE_GROUP, Api.CONSUMER_GROUP_HEARTBEAT})
    return Fault("members that leave stay", apis, on_request)


def endless_sessions() -> Fault:
    """Of the classic protocol: a member that stands still is never missed."""

    def on_request(exchange: Exchange) -> Fate:
        exchange.request.session_timeout_ms = LONGEST_SESSION_MS
        return Fate.CHANGED

    return Fault("sessions do not end", frozenset({Api.JOIN_GROUP}), on_request)


def nameless_members() -> Fault:
    """Static members are like all others: one that comes back is a new one."""

    def on_request(exchange: Exchange) -> Fate:
        if exchange.request.group_instance_id is None:
            return Fate.AS_IT_WAS
        exchange.request.group_instance_id = None
        return Fate.CHANGED

    apis = frozenset({Api.JOIN_GROUP, Api.SYNC_GROUP, Api.HEARTBEAT})
    return Fault("instance ids are not looked at", apis, on_request)


def records_stay() -> Fault:
    def on_request(exchange: Exchange) -> Instead:
        topics = [
            delete_records.DeleteRecordsTopicResult(
                name=topic.name,
                partitions=[
                    delete_records.DeleteRecordsPartitionResult(
                        partition_index=partition.partition_index,
                        low_watermark=partition.offset,
                        error_code=0,
                    )
                    for partition in topic.partitions
                ],
            )
            for topic in exchange.request.topics
        ]
        return Instead(delete_records.DeleteRecordsResponse(topics=topics))

    return Fault("deleted records stay", frozenset({Api.DELETE_RECORDS}), on_request)


def leaders_stay() -> Fault:
    def on_request(exchange: Exchange) -> Instead:
        results = [
            elect_leaders.ReplicaElectionResult(
                topic=topic.topic,
                partition_result=[
                    blank(elect_leaders.PartitionResult, partition_id=partition)
                    for partition in topic.partitions
                ],
            )
            for topic in exchange.request.topic_partitions or []
        ]
        return Instead(elect_leaders.ElectLeadersResponse(error_code=0, replica_election_results=results))

    return Fault("no leader is elected", frozenset({Api.ELECT_LEADERS}), on_request)


def creation_without(what: str) -> Fault:
    """`what`: "configs", or "replicas": only one is made."""

    def on_request(exchange: Exchange) -> Fate:
        for topic in exchange.request.topics:
            if what == "configs":
                topic.configs = []
            else:
                topic.replication_factor = min(1, topic.replication_factor)
        return Fate.CHANGED

    return Fault(f"topics are created without {what}", frozenset({Api.CREATE_TOPICS}), on_request)


def no_auto_creation() -> Fault:
    def on_request(exchange: Exchange) -> Fate:
        exchange.request.allow_auto_topic_creation = False
        return Fate.CHANGED

    return Fault("no topic is created by asking for it", frozenset({Api.METADATA}), on_request)


def sleepy_polls() -> Fault:
    """A record that arrives wakes nobody: each Fetch waits for its time to be over."""

    def on_request(exchange: Exchange) -> Fate:
        exchange.request.min_bytes = 2**31 - 1
        return Fate.CHANGED

    return Fault("no record wakes a long poll", frozenset({Api.FETCH}), on_request)


def never_heard(key: Api) -> Fault:
    """The request is lost on its way."""
    return Fault(f"never heard: {key.name.lower()}", frozenset({key}), lambda _: Fate.LOST)
