"""Offset commits of one group: alone, and many in flight; beside a bare echo server and Apache Kafka."""

import time
from contextlib import ExitStack
from itertools import repeat

from bench.client import Client, frame
from bench.report import Row, percentile, show
from bench.servers import apache_kafka, bare, kafka_jars, kawa
from bench.small import latencies_ms
from broker.protocol.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
)

OFFSET_COMMIT, VERSION = 8, 9
TOPIC = "committed"
LONE, PIPELINED, WINDOW = 3_000, 20_000, 64
PARTITIONS = 10


def commit_frame(partitions: int) -> bytes:
    rows = [
        OffsetCommitRequestPartition(partition_index=index, committed_offset=7, committed_metadata="")
        for index in range(partitions)
    ]
    topics = [OffsetCommitRequestTopic(name=TOPIC, partitions=rows)]
    return frame(OFFSET_COMMIT, VERSION, OffsetCommitRequest(group_id="bench", member_id="", topics=topics))


def main(runs: int) -> None:
    one, several = commit_frame(1), commit_frame(PARTITIONS)
    lone: dict[str, list[float]] = {}
    half: dict[str, list[float]] = {}
    rate: dict[str, list[float]] = {}
    many: dict[str, list[float]] = {}
    with ExitStack() as stack:
        found = {"bare echo": stack.enter_context(bare("echo")), "kawa": stack.enter_context(kawa())}
        if jars := kafka_jars():
            found["Apache Kafka"] = stack.enter_context(apache_kafka(jars))
        clients = {name: stack.enter_context(Client(server.port)) for name, server in found.items()}
        for name, client in clients.items():
            if name != "bare echo":
                client.create_topic(TOPIC, partitions=PARTITIONS)
            latencies_ms(client, one, LONE // 5)
        for _ in range(runs):
            for name, client in clients.items():
                measured = latencies_ms(client, one, LONE)
                half.setdefault(name, []).append(percentile(measured, 0.5))
                lone.setdefault(name, []).append(LONE / sum(measured) * 1000)
                rate.setdefault(name, []).append(pipelined(client, one))
                many.setdefault(name, []).append(PARTITIONS * pipelined(client, several))
    rows = []
    for name in clients:
        is_kawa = name == "kawa"
        rows += [
            Row("alone, p50", name, "ms", half[name]),
            Row("alone", name, "commits/s", lone[name], ">= 20,000" if is_kawa else ""),
            Row(f"{WINDOW} in flight", name, "commits/s", rate[name]),
            Row(
                f"{WINDOW} in flight, {PARTITIONS} partitions each",
                name,
                "offsets/s",
                many[name],
                ">= 100,000" if is_kawa else "",
            ),
        ]
    show("Offset commits", rows)


def pipelined(client: Client, data: bytes) -> float:
    """Requests a second."""
    began = time.perf_counter()
    client.pipeline(repeat(data, PIPELINED), window=WINDOW)
    return PIPELINED / (time.perf_counter() - began)
