"""A client that costs next to nothing: requests are encoded once, answers are read and thrown away.

The same bytes go to Kawa, to Apache Kafka and to the bare loops, so that only the server differs.
"""

import socket
import struct
import time
from collections.abc import Iterable

from broker.protocol.codec import decode, encode
from broker.protocol.headers import parse_response_header, request_header
from broker.protocol.messages.create_topics import (
    CreatableTopic,
    CreatableTopicConfig,
    CreateTopicsRequest,
    CreateTopicsResponse,
)
from broker.protocol.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from broker.protocol.messages.metadata import MetadataRequest, MetadataRequestTopic, MetadataResponse
from broker.protocol.messages.produce import (
    PartitionProduceData,
    ProduceRequest,
    ProduceResponse,
    TopicProduceData,
)

LENGTH = struct.Struct(">i")
CLIENT_ID = "kawa-bench"
TIMEOUT_S = 30
PRODUCE, FETCH, METADATA, CREATE_TOPICS = 0, 1, 3, 19
PRODUCE_VERSION, FETCH_VERSION, METADATA_VERSION, CREATE_TOPICS_VERSION = 9, 12, 9, 5


def frame(key: int, version: int, message: object, *, correlation_id: int = 1) -> bytes:
    """A whole request as it goes over the wire."""
    body = b"".join(bytes(part) for part in encode(message, version))
    header = request_header(key, version, correlation_id, CLIENT_ID)
    return LENGTH.pack(len(header) + len(body)) + header + body


def produce_frame(topic: str, partition: int, batch: bytes, *, acks: int = 1) -> bytes:
    data = [PartitionProduceData(index=partition, records=memoryview(batch))]
    request = ProduceRequest(
        acks=acks, timeout_ms=30_000, topic_data=[TopicProduceData(name=topic, partition_data=data)]
    )
    return frame(PRODUCE, PRODUCE_VERSION, request)


def fetch_frame(topic: str, partition: int, offset: int, *, max_bytes: int) -> bytes:
    wanted = FetchPartition(partition=partition, fetch_offset=offset, partition_max_bytes=max_bytes)
    request = FetchRequest(
        max_wait_ms=500,
        min_bytes=1,
        max_bytes=max_bytes,
        session_epoch=-1,
        topics=[FetchTopic(topic=topic, partitions=[wanted])],
        forgotten_topics_data=[],
    )
    return frame(FETCH, FETCH_VERSION, request)


class Client:
    """One blocking connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = memoryview(bytearray(16 << 20))

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def receive(self) -> memoryview:
        """The next answer, without its length; valid until the next call."""
        self._fill(self._buffer[:4])
        (size,) = LENGTH.unpack_from(self._buffer)
        self._fill(self._buffer[:size])
        return self._buffer[:size]

    def ask(self, data: bytes) -> memoryview:
        self.send(data)
        return self.receive()

    def pipeline(self, frames: Iterable[bytes], *, window: int) -> int:
        """Send all, with at most `window` unanswered; the bytes received."""
        waiting = received = 0
        for data in frames:
            if waiting == window:
                received += len(self.receive())
                waiting -= 1
            self.send(data)
            waiting += 1
        for _ in range(waiting):
            received += len(self.receive())
        return received

    def create_topic(self, topic: str, *, partitions: int = 1, configs: dict[str, str] | None = None) -> None:
        """Create it, and wait until it can be written to."""
        given = [CreatableTopicConfig(name=name, value=value) for name, value in (configs or {}).items()]
        creatable = CreatableTopic(
            name=topic, num_partitions=partitions, replication_factor=1, assignments=[], configs=given
        )
        request = CreateTopicsRequest(topics=[creatable], timeout_ms=30_000)
        answer = self.ask(frame(CREATE_TOPICS, CREATE_TOPICS_VERSION, request))
        body = parse_response_header(answer, CREATE_TOPICS, CREATE_TOPICS_VERSION).body
        response = decode(CreateTopicsResponse, CREATE_TOPICS_VERSION, body)
        codes = [result.error_code for result in response.topics]
        assert codes == [0], f"creating {topic}: error {codes}"
        self.wait_for_leaders(topic)

    def wait_for_leaders(self, topic: str) -> None:
        request = MetadataRequest(topics=[MetadataRequestTopic(name=topic)], allow_auto_topic_creation=True)
        question = frame(METADATA, METADATA_VERSION, request)
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            answer = self.ask(question)
            body = parse_response_header(answer, METADATA, METADATA_VERSION).body
            (found,) = decode(MetadataResponse, METADATA_VERSION, body).topics
            if found.error_code == 0 and all(p.leader_id >= 0 for p in found.partitions):
                return
            time.sleep(0.01)
        raise TimeoutError(f"{topic} has no leaders after {TIMEOUT_S} s")

    def produce(self, data: bytes) -> int:
        """Send one Produce request of one partition; its base offset."""
        answer = self.ask(data)
        body = parse_response_header(answer, PRODUCE, PRODUCE_VERSION).body
        result = decode(ProduceResponse, PRODUCE_VERSION, body).responses[0].partition_responses[0]
        assert result.error_code == 0, f"produce: error {result.error_code}"
        return result.base_offset

    def _fill(self, view: memoryview) -> None:
        while view:
            count = self.socket.recv_into(view, 0, socket.MSG_WAITALL)
            if not count:
                raise ConnectionError("the server has closed the connection")
            view = view[count:]
