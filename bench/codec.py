"""Messages: what encoding and decoding costs, beside kio and kafka-python.

All read and write the same bytes, and that is checked before anything is measured. They differ in what
they do with records: Kawa passes them on in place, the others copy them.
"""

import os
import time
import uuid
from collections.abc import Callable
from io import BytesIO
from typing import Any

from bench.report import Row, show
from broker.protocol.codec import decode, encode
from broker.protocol.headers import parse_request_header, request_header
from broker.protocol.messages.fetch import FetchableTopicResponse, FetchResponse, PartitionData
from broker.protocol.messages.metadata import (
    MetadataResponse,
    MetadataResponseBroker,
    MetadataResponsePartition,
    MetadataResponseTopic,
)
from broker.protocol.messages.produce import (
    PartitionProduceData,
    PartitionProduceResponse,
    ProduceRequest,
    ProduceResponse,
    TopicProduceData,
    TopicProduceResponse,
)

TOPIC_ID = bytes(range(16))
SECONDS_A_RUN = 0.1
PARTITIONS = 10


def microseconds(work: Callable[[], object]) -> float:
    """The mean of as many calls as fit into a run."""
    calls, ends = 0, time.perf_counter() + SECONDS_A_RUN
    began = time.perf_counter()
    while time.perf_counter() < ends:
        for _ in range(10):
            work()
        calls += 10
    return (time.perf_counter() - began) / calls * 1e6


def joined(message: object, version: int) -> bytes:
    return b"".join(bytes(buffer) for buffer in encode(message, version))


def kio_class(key: int, version: int, kind: str) -> Any:
    from kio.index import load_request_schema, load_response_schema

    return load_request_schema(key, version) if kind == "Request" else load_response_schema(key, version)


def kio_reader(message: Any, version: int, data: bytes) -> Callable[[], object]:
    from kio.serial import entity_reader

    kind = "Request" if type(message).__name__.endswith("Request") else "Response"
    read = entity_reader(kio_class(message.API_KEY, version, kind))
    return lambda: read(data, 0)[0]


def kio_writer(message: Any, version: int, data: bytes) -> Callable[[], object]:
    from kio.serial import entity_writer

    entity: Any = kio_reader(message, version, data)()
    write = entity_writer(type(entity))

    def work() -> bytes:
        output = BytesIO()
        write(output, entity)
        return output.getvalue()

    assert work() == data
    return work


def kafka_python_class(message: Any) -> Any:
    from kafka.protocol import consumer, metadata, producer

    name = type(message).__name__
    return next(getattr(module, name) for module in (consumer, metadata, producer) if hasattr(module, name))


def kafka_python_reader(message: Any, version: int, data: bytes) -> Callable[[], object]:
    cls = kafka_python_class(message)
    return lambda: cls.decode(data, version=version)


def kafka_python_writer(message: Any, version: int, data: bytes) -> Callable[[], object]:
    other = kafka_python_class(message).decode(data, version=version)
    other._header = None  # a decoded message has none, and looks for it when it is encoded
    assert bytes(other.encode(version=version)) == data
    return lambda: other.encode(version=version)


def produce_request() -> ProduceRequest:
    data = [PartitionProduceData(index=0, records=os.urandom(1 << 20))]
    topic = TopicProduceData(topic_id=TOPIC_ID, partition_data=data)
    return ProduceRequest(acks=-1, timeout_ms=30_000, topic_data=[topic])


def produce_response() -> ProduceResponse:
    partitions = [
        PartitionProduceResponse(
            index=index, error_code=0, base_offset=index * 1000, log_start_offset=0, record_errors=[]
        )
        for index in range(PARTITIONS)
    ]
    return ProduceResponse(
        responses=[TopicProduceResponse(topic_id=TOPIC_ID, partition_responses=partitions)]
    )


def fetch_response() -> FetchResponse:
    partitions = [
        PartitionData(
            partition_index=index,
            error_code=0,
            high_watermark=1000,
            last_stable_offset=1000,
            log_start_offset=0,
            aborted_transactions=None,
            records=[memoryview(os.urandom(1 << 16))],
        )
        for index in range(PARTITIONS)
    ]
    responses = [FetchableTopicResponse(topic_id=TOPIC_ID, partitions=partitions)]
    return FetchResponse(error_code=0, responses=responses)


def metadata_response() -> MetadataResponse:
    partitions = [
        MetadataResponsePartition(
            error_code=0,
            partition_index=index,
            leader_id=1,
            leader_epoch=0,
            replica_nodes=[1],
            isr_nodes=[1],
            offline_replicas=[],
        )
        for index in range(PARTITIONS)
    ]
    topics = [
        MetadataResponseTopic(
            error_code=0, name=f"topic-{index}", topic_id=uuid.uuid4().bytes, partitions=partitions
        )
        for index in range(100)
    ]
    brokers = [MetadataResponseBroker(node_id=1, host="127.0.0.1", port=9092)]
    return MetadataResponse(brokers=brokers, cluster_id="kawa", controller_id=1, topics=topics, error_code=0)


Case = tuple[str, str, Callable[[], object]]


def decoding(what: str, message: Any, version: int) -> list[Case]:
    data = joined(message, version)
    view, cls = memoryview(bytearray(data)), type(message)
    assert joined(decode(cls, version, view), version) == data
    cases: list[Case] = [(what, "kawa", lambda: decode(cls, version, view))]
    cases.append((what, "kio", kio_reader(message, version, data)))
    cases.append((what, "kafka-python", kafka_python_reader(message, version, data)))
    return cases


def encoding(what: str, message: Any, version: int) -> list[Case]:
    data = joined(message, version)
    cases: list[Case] = [(what, "kawa", lambda: encode(message, version))]
    cases.append((what, "kio", kio_writer(message, version, data)))
    cases.append((what, "kafka-python", kafka_python_writer(message, version, data)))
    return cases


def headers() -> list[Case]:
    view = memoryview(request_header(0, 13, 77, "rdkafka") + bytes(100))
    return [("request header, decode", "kawa", lambda: parse_request_header(view))]


BARS = {
    "Produce request of 1 MiB, decode": "<= 3",
    "Produce response of 10 partitions, encode": "2-12",
    "Fetch response of 10 x 64 KiB, encode": "7-12",
}


def main(runs: int) -> None:
    cases = [
        *headers(),
        *decoding("Produce request of 1 MiB, decode", produce_request(), 13),
        *encoding("Produce response of 10 partitions, encode", produce_response(), 13),
        *encoding("Fetch response of 10 x 64 KiB, encode", fetch_response(), 17),
        *decoding("Metadata response of 100 x 10 partitions, decode", metadata_response(), 13),
        *encoding("Metadata response of 100 x 10 partitions, encode", metadata_response(), 13),
    ]
    found: list[list[float]] = [[] for _ in cases]
    for _ in range(runs):
        for values, (_what, _server, work) in zip(found, cases, strict=True):
            values.append(microseconds(work))
    rows = [
        Row(what, server, "us", values, BARS.get(what, "") if server == "kawa" else "")
        for (what, server, _work), values in zip(cases, found, strict=True)
    ]
    show("Messages", rows)
