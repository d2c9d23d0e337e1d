"""The data plane's handlers over the real log, cluster and state store."""

import asyncio
import os
from asyncio import Future
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from broker.app.data import Data, Outside, open_data
from broker.cluster.topics import NewTopic, Topic
from broker.coordinator.group.coordinator import GroupCoordinator
from broker.fetch.sessions import FetchSessions
from broker.handlers.answer import Answer
from broker.handlers.context import Broker, RequestContext
from broker.handlers.fetch import fetch
from broker.handlers.offsets import delete_records, list_offsets, offset_for_leader_epoch
from broker.handlers.produce import produce
from broker.handlers.producers import describe_producers, init_producer_id
from broker.log.engine import SENDFILE_BYTES, FileRange
from broker.on_demand import OnDemand
from broker.protocol.errors import ErrorCode
from broker.protocol.messages.delete_records import (
    DeleteRecordsPartition,
    DeleteRecordsRequest,
    DeleteRecordsTopic,
)
from broker.protocol.messages.describe_producers import DescribeProducersRequest, TopicRequest
from broker.protocol.messages.fetch import FetchPartition, FetchRequest, FetchTopic, PartitionData
from broker.protocol.messages.init_producer_id import InitProducerIdRequest
from broker.protocol.messages.list_offsets import (
    ListOffsetsPartition,
    ListOffsetsRequest,
    ListOffsetsTopic,
)
from broker.protocol.messages.offset_for_leader_epoch import (
    OffsetForLeaderEpochRequest,
    OffsetForLeaderPartition,
    OffsetForLeaderTopic,
)
from broker.protocol.messages.produce import (
    PartitionProduceData,
    PartitionProduceResponse,
    ProduceRequest,
    TopicProduceData,
)
from broker.protocol.records.reader import read_records
from broker.protocol.records.record import Record
from broker.protocol.records.writer import write_batch
from broker.settings.broker import BrokerSettings
from tests.fakes.clock import VirtualClock
from tests.fakes.data_plane import batch
from tests.fakes.logger import RecordingLogger


def nobody_asks() -> GroupCoordinator:
    raise AssertionError("no test here has groups")


class Node:
    """One of the nodes over the same data."""

    def __init__(self, data: Data, settings: BrokerSettings, clock: VirtualClock, node_id: int) -> None:
        self.topics = data.cluster.topics
        self.clock = clock
        self.broker = Broker(
            node_id=node_id,
            settings=settings,
            clock=clock,
            random_bytes=os.urandom,
            cluster=data.cluster,
            logs=data.logs,
            state=data.state,
            fetch_sessions=FetchSessions(settings, clock, os.urandom),
            group_coordinator=OnDemand(nobody_asks),
            logger=RecordingLogger(),
        )

    def create(self, name: str = "orders", configs: dict[str, str] | None = None) -> Topic:
        return self.topics.create(NewTopic(name, [[self.broker.node_id]], configs or {}))

    def ask(self, handler: Callable[..., Any], key: int, version: int, request: Any) -> Any:
        context = RequestContext(
            api_key=key,
            api_version=version,
            correlation_id=1,
            client_id="me",
            listener="PLAINTEXT",
            client_host="10.1.1.1",
            connection_id=1,
            local_host="10.0.0.1",
            local_port=9092,
        )
        return handler(request, context, self.broker)

    def produce(self, records: memoryview, topic: str = "orders") -> Any:
        part = PartitionProduceData(index=0, records=records)
        data = [TopicProduceData(name=topic, partition_data=[part])]
        return self.ask(produce, 0, 12, ProduceRequest(acks=-1, timeout_ms=1000, topic_data=data))

    def produced(self, records: memoryview, topic: str = "orders") -> PartitionProduceResponse:
        part: PartitionProduceResponse = self.produce(records, topic).responses[0].partition_responses[0]
        return part

    def fetch(self, offset: int = 0, topic: str = "orders", *, max_wait_ms: int = 0) -> Any:
        asked = [FetchPartition(partition=0, fetch_offset=offset, partition_max_bytes=1 << 20)]
        request = FetchRequest(
            max_wait_ms=max_wait_ms, min_bytes=1, topics=[FetchTopic(topic=topic, partitions=asked)]
        )
        return self.ask(fetch, 1, 12, request)

    def list_offset(self, timestamp: int, topic: str = "orders") -> tuple[int, int, int, int]:
        asked = [ListOffsetsPartition(partition_index=0, timestamp=timestamp)]
        request = ListOffsetsRequest(replica_id=-1, topics=[ListOffsetsTopic(name=topic, partitions=asked)])
        part = self.ask(list_offsets, 2, 11, request).topics[0].partitions[0]
        return part.error_code, part.timestamp, part.offset, part.leader_epoch


def fetched(answer: Any) -> tuple[PartitionData, list[Record]]:
    """The partition's answer and its records, which are given back."""
    response: Any = answer.response if isinstance(answer, Answer) else answer
    part: PartitionData = response.responses[0].partitions[0]
    records: list[Record] = []
    for chunk in part.records or ():
        if isinstance(chunk, FileRange):
            whole = chunk.file.read(position=chunk.position, size_bytes=chunk.nbytes)
            records += read_records(memoryview(whole), max_bytes=1 << 20)
        else:
            records += read_records(chunk, max_bytes=1 << 20)
    if isinstance(answer, Answer) and answer.release is not None:
        answer.release()
    return part, records


def with_nodes(
    scenario: Callable[..., Coroutine[Any, Any, None]], values: dict[str, str] | None = None, nodes: int = 1
) -> None:
    async def inside() -> None:
        memory = {"kawa.memory": "true", "kawa.brokers": str(nodes)}
        settings = BrokerSettings.from_values({**memory, **(values or {})})
        clock = VirtualClock()
        with ExitStack() as stack:
            data = open_data(settings, Outside(RecordingLogger(), clock, os.urandom), stack)
            await scenario(*(Node(data, settings, clock, number + 1) for number in range(nodes)))

    asyncio.run(inside())


def now_batch(node: Node, count: int = 1, *, value: bytes = b"value", **how: Any) -> memoryview:
    """Records of now, one millisecond apart."""
    now_ms = node.clock.wall_ms()
    records = [Record(index, now_ms + index, b"key", value, ()) for index in range(count)]
    return memoryview(write_batch(records, **how))


def test_what_is_produced_is_fetched() -> None:
    async def scenario(node: Node) -> None:
        node.create()
        assert [node.produced(now_batch(node, count)).base_offset for count in (2, 3)] == [0, 2]
        part, records = fetched(node.fetch(3))
        assert (part.error_code, part.high_watermark, part.log_start_offset) == (ErrorCode.NONE, 5, 0)
        assert [record.offset for record in records] == [2, 3, 4]

    with_nodes(scenario)


def test_an_idempotent_producer_gets_the_first_offset_again() -> None:
    async def scenario(node: Node) -> None:
        node.create()
        request = InitProducerIdRequest(transactional_id=None, transaction_timeout_ms=0)
        producer_id = node.ask(init_producer_id, 22, 5, request).producer_id
        how = {"producer_id": producer_id, "producer_epoch": 0}
        answers = [node.produced(now_batch(node, 2, base_sequence=n, **how)) for n in (0, 2, 0, 7)]
        assert [(part.error_code, part.base_offset) for part in answers] == [
            (ErrorCode.NONE, 0),
            (ErrorCode.NONE, 2),
            (ErrorCode.NONE, 0),
            (ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, -1),
        ]
        described = DescribeProducersRequest(topics=[TopicRequest(name="orders", partition_indexes=[0])])
        part = node.ask(describe_producers, 61, 0, described).topics[0].partitions[0]
        assert [(each.producer_id, each.last_sequence) for each in part.active_producers] == [
            (producer_id, 3)
        ]

    with_nodes(scenario)


def test_the_time_of_the_log_is_told() -> None:
    async def scenario(node: Node) -> None:
        node.create(configs={"message.timestamp.type": "LogAppendTime"})
        assert node.produced(batch()).log_append_time_ms == node.clock.wall_ms()

    with_nodes(scenario)


def test_records_without_key_are_told_one_by_one_in_a_compacted_topic() -> None:
    async def scenario(node: Node) -> None:
        node.create(configs={"cleanup.policy": "compact"})
        records = [Record(n, node.clock.wall_ms(), key, b"v", ()) for n, key in enumerate((b"k", None))]
        part = node.produced(memoryview(write_batch(records)))
        assert part.error_code == ErrorCode.INVALID_RECORD
        assert [each.batch_index for each in part.record_errors] == [1]

    with_nodes(scenario)


def test_a_transactional_batch_is_refused_without_a_transactional_id_too() -> None:
    async def scenario(node: Node) -> None:
        node.create()
        records = now_batch(node, is_transactional=True, producer_id=1, producer_epoch=0, base_sequence=0)
        assert node.produced(records).error_code == ErrorCode.INVALID_TXN_STATE

    with_nodes(scenario)


def test_offsets_are_found_by_time() -> None:
    async def scenario(node: Node) -> None:
        node.create()
        start_ms = node.clock.wall_ms()
        node.produced(now_batch(node, 5))
        assert node.list_offset(start_ms + 2) == (ErrorCode.NONE, start_ms + 2, 2, 0)
        assert node.list_offset(start_ms + 9) == (ErrorCode.NONE, -1, -1, -1)
        assert node.list_offset(-3) == (ErrorCode.NONE, start_ms + 4, 4, 0)
        assert node.list_offset(-1) == (ErrorCode.NONE, -1, 5, 0)
        assert node.list_offset(-2) == (ErrorCode.NONE, -1, 0, 0)

    with_nodes(scenario)


def test_the_start_of_an_empty_log_has_a_leader_epoch() -> None:
    async def scenario(node: Node) -> None:
        node.create()
        assert node.list_offset(-2) == (ErrorCode.NONE, -1, 0, 0)

    with_nodes(scenario)


def test_deleted_records_are_out_of_range() -> None:
    async def scenario(node: Node) -> None:
        node.create()
        node.produced(now_batch(node, 5))
        asked = DeleteRecordsTopic(
            name="orders", partitions=[DeleteRecordsPartition(partition_index=0, offset=3)]
        )
        deleted = node.ask(delete_records, 21, 2, DeleteRecordsRequest(topics=[asked], timeout_ms=0))
        assert deleted.topics[0].partitions[0].low_watermark == 3
        assert fetched(node.fetch(2))[0].error_code == ErrorCode.OFFSET_OUT_OF_RANGE
        assert fetched(node.fetch(3))[0].log_start_offset == 3

    with_nodes(scenario)


def test_leader_epochs_are_told() -> None:
    async def scenario(node: Node, other: Node) -> None:
        topic = node.create()
        node.produced(now_batch(node, 3))
        node.topics.lead(topic.partitions[0], 2, replicas=[2])
        moved = node.produced(now_batch(node))
        assert moved.error_code == ErrorCode.NOT_LEADER_OR_FOLLOWER
        assert (moved.current_leader.leader_id, moved.current_leader.leader_epoch) == (2, 1)
        other.produced(now_batch(node))
        asked = OffsetForLeaderTopic(
            topic="orders", partitions=[OffsetForLeaderPartition(partition=0, leader_epoch=0)]
        )
        request = OffsetForLeaderEpochRequest(replica_id=-1, topics=[asked])
        end = other.ask(offset_for_leader_epoch, 23, 4, request).topics[0].partitions[0]
        assert (end.error_code, end.leader_epoch, end.end_offset) == (ErrorCode.NONE, 0, 3)

    with_nodes(scenario, nodes=2)


def test_a_waiting_fetch_is_answered_by_a_produce() -> None:
    async def scenario(node: Node) -> None:
        node.create()
        waiting = node.fetch(max_wait_ms=500)
        assert isinstance(waiting, Future)
        node.produced(now_batch(node, 2))
        assert len(fetched(await waiting)[1]) == 2
        assert node.clock.next_timer_ms() is None

    with_nodes(scenario)


def test_a_waiting_fetch_is_answered_when_its_topic_is_deleted() -> None:
    async def scenario(node: Node) -> None:
        topic = node.create()
        waiting = node.fetch(max_wait_ms=500)
        node.topics.delete(topic)
        assert fetched(await waiting)[0].error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION

    with_nodes(scenario)


def test_a_waiting_fetch_is_answered_when_its_leader_moves() -> None:
    async def scenario(node: Node, other: Node) -> None:
        topic = node.create()
        waiting = node.fetch(max_wait_ms=500)
        node.topics.lead(topic.partitions[0], 2, replicas=[2])
        assert fetched(await waiting)[0].error_code == ErrorCode.NOT_LEADER_OR_FOLLOWER

    with_nodes(scenario, nodes=2)


def test_an_internal_topic_is_empty_and_stays_so() -> None:
    async def scenario(node: Node) -> None:
        name = "__consumer_offsets"
        assert node.produced(now_batch(node), name).error_code == ErrorCode.INVALID_TOPIC_EXCEPTION
        part, records = fetched(node.fetch(0, name))
        assert (part.error_code, part.high_watermark, records) == (ErrorCode.NONE, 0, [])
        assert [node.list_offset(timestamp, name)[2] for timestamp in (-1, -2, -3)] == [0, 0, -1]

    with_nodes(scenario)


@pytest.mark.parametrize("durability", ["page-cache", "fsync"])
def test_records_on_disk_are_acknowledged_and_sent_from_their_file(tmp_path: Path, durability: str) -> None:
    async def scenario(node: Node) -> None:
        node.create()
        answer = node.produce(now_batch(node, 3, value=bytes(SENDFILE_BYTES)))
        assert isinstance(answer, Future) is (durability == "fsync")
        stored: Any = await answer if isinstance(answer, Future) else answer
        assert stored.responses[0].partition_responses[0].error_code == ErrorCode.NONE
        answer = node.fetch()
        assert isinstance(answer.response.responses[0].partitions[0].records[0], FileRange)
        assert len(fetched(answer)[1]) == 3

    values = {"kawa.memory": "false", "log.dirs": str(tmp_path / "data"), "kawa.durability": durability}
    with_nodes(scenario, values)
