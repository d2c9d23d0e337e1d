"""The driver of kcat: a process for each batch that it produces, and for each partition that it reads.

kcat does not tell where a record went: the offset of all outcomes is -1, the partition the wanted one.
"""

import asyncio
import json
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from compat.clients.kcat.reading import Reading
from compat.clients.line_protocol import (
    ErrorDescription,
    Lines,
    OperationFailed,
    Parameters,
    serve_forever,
    to_bytes,
)

FEATURES = [
    *("codec:none", "codec:gzip", "codec:snappy", "codec:lz4", "codec:zstd"),
    *(
        "idempotence",
        "offsets_for_times",
        "assigned_partitions",
        "offset_reset",
        "acks",
        "partitioner",
        "empties",
    ),
]
TIMEOUT_S = 25
KAFKA_CODES = {
    "Message size too large": (10, "MESSAGE_TOO_LARGE"),
    "Not leader for partition": (6, "NOT_LEADER_OR_FOLLOWER"),
    "Unknown topic or partition": (3, "UNKNOWN_TOPIC_OR_PARTITION"),
}
Record = dict[str, Any]


def describe_error(error: BaseException) -> ErrorDescription:
    return ErrorDescription(None, type(error).__name__, str(error))


def producer_options(config: dict[str, Any]) -> list[str]:
    return [
        *("-z", config.get("compression", "none")),
        *("-X", f"acks={config.get('acks', 'all')}"),
        *("-X", f"enable.idempotence={str(config.get('idempotence', False)).lower()}"),
        *("-X", f"linger.ms={config.get('linger_ms', 5)}"),
        *("-X", f"batch.size={config.get('batch_bytes', 1_000_000)}"),
        *("-X", f"message.max.bytes={config.get('max_request_bytes', 8 << 20)}"),
        *("-X", f"message.timeout.ms={config.get('delivery_timeout_ms', 20_000)}"),
    ]


def consumer_options(config: dict[str, Any]) -> list[str]:
    reset = {"beginning": "earliest", "end": "latest", "fail": "error"}
    return [
        *("-X", f"auto.offset.reset={reset[config.get('offset_reset', 'beginning')]}"),
        *("-X", f"fetch.wait.max.ms={config.get('fetch_max_wait_ms', 200)}"),
        *("-X", f"fetch.min.bytes={config.get('fetch_min_bytes', 1)}"),
        *("-X", f"max.partition.fetch.bytes={config.get('max_partition_fetch_bytes', 1 << 20)}"),
    ]


def runs(records: list[Record]) -> Iterator[list[tuple[int, Record]]]:
    """Records, with their places, that one process can send: it takes empty ones as empty, or as null."""
    by_partition: dict[int | None, list[tuple[int, Record]]] = {}
    for place, record in enumerate(records):
        by_partition.setdefault(record.get("partition"), []).append((place, record))
    for placed in by_partition.values():
        for _, run in groupby(placed, key=lambda each: _kind(each[1])):
            yield list(run)


def _kind(record: Record) -> tuple[bool, bool, bool]:
    """Whether there is a key, and what an empty one, or an empty value, stands for."""
    key = record.get("key")
    return key is not None, record.get("value") is None, key == ""


class Driver:
    """One method an operation; see `compat/README.md`."""

    def __init__(self, kcat: str, lines: Lines) -> None:
        self._kcat = kcat
        self._lines = lines
        self._bootstrap = ""
        self._producers: dict[str, list[str]] = {}
        self._consumers: dict[str, Reading] = {}

    def hello(self, _: Parameters) -> dict[str, Any]:
        told = subprocess.run([self._kcat, "-V"], capture_output=True, text=True, check=True).stdout
        found = re.search(r"Version (\S+) .*(librdkafka \S+)", told)
        version = f"{found[1]} ({found[2]})" if found else told
        return {"client": "kcat", "version": version, "features": FEATURES}

    async def connect(self, request: Parameters) -> None:
        await self.quit(request)
        self._bootstrap = request["bootstrap"]

    async def quit(self, _: Parameters) -> None:
        for reading in self._consumers.values():
            await reading.close()
        self._producers, self._consumers = {}, {}

    def producer(self, request: Parameters) -> None:
        self._producers[request["producer"]] = producer_options(request["config"])

    async def produce(self, request: Parameters) -> list[dict[str, Any]]:
        options, records = self._producers[request["producer"]], request["records"]
        outcomes: list[dict[str, Any]] = [{}] * len(records)
        count = self._lines.counter(request)
        for run in runs(records):
            failure = await self._send(options, request["topic"], [record for _, record in run])
            for place, record in run:
                told = {"partition": record.get("partition") or 0, "offset": -1}
                outcomes[place] = told if failure is None else {"error": failure.as_json()}
                if failure is None:
                    count(None)
        return outcomes

    async def _send(self, options: list[str], topic: str, run: list[Record]) -> ErrorDescription | None:
        """The records, with delimiters that cannot be in them, on kcat's standard input."""
        between, after_key = uuid.uuid4().hex, uuid.uuid4().hex
        has_key, is_null, _ = _kind(run[0])
        words = ["-P", "-t", topic, "-D", between, *options]
        words += ["-K", after_key] if has_key else []
        words += ["-Z"] if is_null else []
        words += ["-p", str(run[0]["partition"])] if "partition" in run[0] else []
        keys = [to_bytes(record.get("key")) or b"" for record in run]
        values = [to_bytes(record.get("value")) or b"" for record in run]
        rows = [
            key + after_key.encode() + value if has_key else value
            for key, value in zip(keys, values, strict=True)
        ]
        try:
            await self._run(words, b"".join(row + between.encode() for row in rows))
        except OperationFailed as failed:
            return failed.description
        return None

    async def _run(self, words: list[str], data: bytes | None = None) -> bytes:
        """What one process prints. Raises: OperationFailed: its exit status, with what it told."""
        process = await asyncio.create_subprocess_exec(
            *(self._kcat, "-b", self._bootstrap, *words),
            stdin=subprocess.PIPE if data is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(TIMEOUT_S):
                told, complaint = await process.communicate(data)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            text = complaint.decode(errors="replace").strip()
            code, name = next((KAFKA_CODES[key] for key in KAFKA_CODES if key in text), (None, "FAILED"))
            raise OperationFailed(name, text, code=code)
        return told

    async def consumer(self, request: Parameters) -> None:
        command = [self._kcat, "-b", self._bootstrap, *consumer_options(request["config"])]
        reading = self._consumers[request["consumer"]] = Reading(command)
        for place in request["assign"]:
            await reading.seek(place["topic"], place["partition"], await self._offset(place))

    async def seek(self, request: Parameters) -> None:
        reading = self._consumers[request["consumer"]]
        await reading.seek(request["topic"], request["partition"], await self._offset(request))

    async def _offset(self, place: Parameters) -> int | str:
        """The end as of now: the process that reads from it may be slower than who writes next."""
        if place["offset"] != "end":
            return str(place["offset"])
        wanted = {"topic": place["topic"], "partitions": [place["partition"]], "at": "end"}
        return int((await self.offsets(wanted))[0]["offset"])

    async def consume(self, request: Parameters) -> list[dict[str, Any]]:
        reading = self._consumers[request["consumer"]]
        return await reading.take(request["count"], timeout_s=request["timeout_ms"] / 1000)

    async def close_consumer(self, request: Parameters) -> None:
        await self._consumers.pop(request["consumer"]).close()

    async def offsets(self, request: Parameters) -> list[dict[str, Any]]:
        """Where the log begins or ends, or the first offset at or after a time."""
        at = {"beginning": -2, "end": -1}.get(request["at"], request["at"])
        words = [
            word for number in request["partitions"] for word in ("-t", f"{request['topic']}:{number}:{at}")
        ]
        told = (await self._run(["-Q", *words])).decode()
        found = {int(row[1]): int(row[2]) for row in re.finditer(r"\[(\d+)\] offset (-?\d+)", told)}
        return [
            {"partition": number, "offset": found[number] if found[number] >= 0 else None}
            for number in request["partitions"]
        ]

    async def _listing(self) -> Any:
        return json.loads(await self._run(["-L", "-J"]))

    async def list_topics(self, _: Parameters) -> list[str]:
        return sorted(topic["topic"] for topic in (await self._listing())["topics"])

    async def describe_cluster(self, _: Parameters) -> dict[str, Any]:
        listing = await self._listing()
        brokers = []
        for broker in sorted(listing["brokers"], key=lambda row: int(row["id"])):
            host, _, port = broker["name"].rpartition(":")
            brokers.append({"node_id": broker["id"], "host": host, "port": int(port)})
        return {"controller": listing["controllerid"], "brokers": brokers}


if __name__ == "__main__":
    pipes = Lines()
    serve_forever(Driver(sys.argv[1], pipes), pipes, describe_error)
