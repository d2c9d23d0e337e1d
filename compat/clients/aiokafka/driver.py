"""The driver of aiokafka."""

import asyncio
import time
from typing import Any

import aiokafka
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import BrokerResponseError, NoError, for_code

from compat.clients.line_protocol import (
    ErrorDescription,
    Lines,
    OperationFailed,
    Parameters,
    headers_to_bytes,
    headers_to_text,
    serve_forever,
    to_bytes,
    to_text,
)

FEATURES = [
    *(f"codec:{name}" for name in ("none", "gzip", "snappy", "lz4", "zstd")),
    *("headers", "null_headers", "idempotence", "timestamps", "admin", "delete_records"),
    *("create_partitions", "delivery_reports", "topic_configs", "offsets_for_times"),
    *("assigned_partitions", "offset_reset", "acks", "partitioner", "empties", "groups"),
    "static_members",
]


def describe_error(error: BaseException) -> ErrorDescription:
    if isinstance(error, BrokerResponseError) and error.message:
        return ErrorDescription(error.errno, error.message, str(error))
    return ErrorDescription(None, type(error).__name__, str(error))


def raise_for(code: int, message: str | None = None) -> None:
    kind = for_code(code)
    if kind is not NoError:
        raise OperationFailed(kind.message, message or str(kind()), code=code)


def producer_options(config: dict[str, Any]) -> dict[str, Any]:
    codec = config.get("compression", "none")
    return {
        "acks": {"0": 0, "1": 1, "all": "all"}[config.get("acks", "all")],
        "enable_idempotence": config.get("idempotence", False),
        "compression_type": None if codec == "none" else codec,
        "linger_ms": config.get("linger_ms", 5),
        "max_batch_size": config.get("batch_bytes", 16384),
        "max_request_size": config.get("max_request_bytes", 8 << 20),
        "request_timeout_ms": config.get("delivery_timeout_ms", 20_000),
    }


def consumer_options(config: dict[str, Any]) -> dict[str, Any]:
    return {
        "auto_offset_reset": {"beginning": "earliest", "end": "latest", "fail": "none"}[
            config.get("offset_reset", "beginning")
        ],
        "fetch_max_wait_ms": config.get("fetch_max_wait_ms", 200),
        "fetch_min_bytes": config.get("fetch_min_bytes", 1),
        "max_partition_fetch_bytes": config.get("max_partition_fetch_bytes", 1 << 20),
        "enable_auto_commit": False,
        "metadata_max_age_ms": 1_000,
    }


def member_options(request: Parameters) -> dict[str, Any]:
    return {
        "group_id": request["group"],
        "group_instance_id": request["config"].get("instance_id"),
        "session_timeout_ms": request["config"].get("session_timeout_ms", 6_000),
        "heartbeat_interval_ms": 500,
    }


class Driver:
    """One method an operation; see `compat/README.md`."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._bootstrap = ""
        self._producers: dict[str, AIOKafkaProducer] = {}
        self._consumers: dict[str, AIOKafkaConsumer] = {}
        self._administrator: AIOKafkaAdminClient | None = None

    def hello(self, _: Parameters) -> dict[str, Any]:
        return {"client": "aiokafka", "version": aiokafka.__version__, "features": FEATURES}

    async def connect(self, request: Parameters) -> None:
        await self.quit(request)
        self._bootstrap = request["bootstrap"]

    async def quit(self, _: Parameters) -> None:
        for producer in self._producers.values():
            await producer.stop()
        for consumer in self._consumers.values():
            await consumer.stop()
        if self._administrator is not None:
            await self._administrator.close()
        self._producers, self._consumers, self._administrator = {}, {}, None

    async def producer(self, request: Parameters) -> None:
        options = producer_options(request["config"])
        producer = AIOKafkaProducer(bootstrap_servers=self._bootstrap, **options)
        self._producers[request["producer"]] = producer
        await producer.start()

    async def produce(self, request: Parameters) -> list[dict[str, Any]]:
        producer, topic = self._producers[request["producer"]], request["topic"]
        count = self._lines.counter(request)
        futures: list[asyncio.Future[Any]] = []
        for record in request["records"]:
            futures.append(await self._send(producer, topic, record))
            futures[-1].add_done_callback(lambda done: count(None) if done.exception() is None else None)
        await asyncio.wait(futures, timeout=25)
        return [self._outcome(future) for future in futures]

    @staticmethod
    async def _send(producer: AIOKafkaProducer, topic: str, record: dict[str, Any]) -> "asyncio.Future[Any]":
        try:
            sent: asyncio.Future[Any] = await producer.send(
                topic,
                value=to_bytes(record.get("value")),
                key=to_bytes(record.get("key")),
                headers=headers_to_bytes(record.get("headers", [])),
                partition=record.get("partition"),
                timestamp_ms=record.get("timestamp_ms"),
            )
        except aiokafka.errors.KafkaError as error:
            refused: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            refused.set_exception(error)
            return refused
        return sent

    @staticmethod
    def _outcome(future: "asyncio.Future[Any]") -> dict[str, Any]:
        if not future.done():
            failure = ErrorDescription(None, "TIMED_OUT", "not acknowledged in time")
        elif (error := future.exception()) is not None:
            failure = describe_error(error)
        else:
            # With acks=0 there is no answer, and the client knows no offset.
            place = future.result()
            return {"partition": getattr(place, "partition", -1), "offset": getattr(place, "offset", -1)}
        return {"error": failure.as_json()}

    async def consumer(self, request: Parameters) -> None:
        options = consumer_options(request["config"])
        if "group" in request:
            options |= member_options(request)
        consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, **options)
        self._consumers[request["consumer"]] = consumer
        if "group" in request:
            consumer.subscribe(request["subscribe"])
        await consumer.start()
        if "group" in request:
            return
        consumer.assign([TopicPartition(place["topic"], place["partition"]) for place in request["assign"]])
        for place in request["assign"]:
            await self.seek({**place, "consumer": request["consumer"]})

    async def seek(self, request: Parameters) -> None:
        consumer = self._consumers[request["consumer"]]
        place, offset = TopicPartition(request["topic"], request["partition"]), request["offset"]
        if offset == "beginning":
            await consumer.seek_to_beginning(place)
        elif offset == "end":
            await consumer.seek_to_end(place)
        else:
            consumer.seek(place, offset)

    async def consume(self, request: Parameters) -> list[dict[str, Any]]:
        consumer, count = self._consumers[request["consumer"]], request["count"]
        deadline = time.monotonic() + request["timeout_ms"] / 1000
        found: list[dict[str, Any]] = []
        while len(found) < count and (left := deadline - time.monotonic()) > 0:
            polled = await consumer.getmany(timeout_ms=int(left * 1000) + 1, max_records=count - len(found))
            for records in polled.values():
                found += [self._record(record) for record in records]
        return found

    @staticmethod
    def _record(record: Any) -> dict[str, Any]:
        return {
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "timestamp_ms": record.timestamp,
            "key": to_text(record.key),
            "value": to_text(record.value),
            "headers": headers_to_text(record.headers),
        }

    async def commit(self, request: Parameters) -> None:
        await self._consumers[request["consumer"]].commit()

    async def close_consumer(self, request: Parameters) -> None:
        await self._consumers.pop(request["consumer"]).stop()

    async def offsets(self, request: Parameters) -> list[dict[str, Any]]:
        """Where the log begins or ends, or the first offset at or after a time."""
        places = [TopicPartition(request["topic"], partition) for partition in request["partitions"]]
        consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, enable_auto_commit=False)
        await consumer.start()
        try:
            if request["at"] == "beginning":
                found = await consumer.beginning_offsets(places)
            elif request["at"] == "end":
                found = await consumer.end_offsets(places)
            else:
                by_time = await consumer.offsets_for_times(dict.fromkeys(places, request["at"]))
                found = {place: None if hit is None else hit.offset for place, hit in by_time.items()}
        finally:
            await consumer.stop()
        return [{"partition": place.partition, "offset": found[place]} for place in places]

    async def _admin(self) -> AIOKafkaAdminClient:
        if self._administrator is None:
            self._administrator = AIOKafkaAdminClient(
                bootstrap_servers=self._bootstrap, request_timeout_ms=10_000
            )
            await self._administrator.start()
        return self._administrator

    async def create_topic(self, request: Parameters) -> None:
        topic = NewTopic(
            request["topic"],
            request["partitions"],
            request.get("replication_factor", 1),
            topic_configs=request.get("configs", {}),
        )
        answer = await (await self._admin()).create_topics([topic])
        for _, code, *more in answer.topic_errors:
            raise_for(code, more[0] if more else None)

    async def delete_topic(self, request: Parameters) -> None:
        answer = await (await self._admin()).delete_topics([request["topic"]])
        for _, code, *_ in answer.topic_error_codes:
            raise_for(code)

    async def list_topics(self, _: Parameters) -> list[str]:
        return sorted(await (await self._admin()).list_topics())

    async def create_partitions(self, request: Parameters) -> None:
        growth = {request["topic"]: NewPartitions(request["partitions"])}
        answer = await (await self._admin()).create_partitions(growth)
        for _, code, message, *_ in answer.topic_errors:
            raise_for(code, message)

    async def describe_topic(self, request: Parameters) -> dict[str, Any]:
        topic = (await (await self._admin()).describe_topics([request["topic"]]))[0]
        raise_for(topic["error_code"])
        return {
            "topic_id": None,
            "partitions": [
                {
                    "partition": partition["partition"],
                    "leader": partition["leader"],
                    "replicas": partition["replicas"],
                }
                for partition in sorted(topic["partitions"], key=lambda p: p["partition"])
            ],
        }

    async def describe_cluster(self, _: Parameters) -> dict[str, Any]:
        cluster = await (await self._admin()).describe_cluster()
        brokers = sorted((row["node_id"], row["host"], row["port"]) for row in cluster["brokers"])
        return {
            "controller": cluster["controller_id"],
            "brokers": [{"node_id": node, "host": host, "port": port} for node, host, port in brokers],
        }

    async def topic_configs(self, request: Parameters) -> dict[str, str | None]:
        resource = ConfigResource(ConfigResourceType.TOPIC, request["topic"])
        answers = await (await self._admin()).describe_configs([resource])
        rows: dict[str, str | None] = {}
        for code, message, _, _, entries in answers[0].resources:
            raise_for(code, message)
            rows.update({entry[0]: entry[1] for entry in entries})
        return rows

    async def alter_topic_configs(self, request: Parameters) -> None:
        resource = ConfigResource(ConfigResourceType.TOPIC, request["topic"], configs=request["configs"])
        for answer in await (await self._admin()).alter_configs([resource]):
            for code, message, *_ in answer.resources:
                raise_for(code, message)

    async def delete_records(self, request: Parameters) -> list[dict[str, Any]]:
        before = {
            TopicPartition(request["topic"], row["partition"]): RecordsToDelete(row["before_offset"])
            for row in request["partitions"]
        }
        answer = await (await self._admin()).delete_records(before, timeout_ms=10_000)
        return [{"partition": place.partition, "low_watermark": mark} for place, mark in answer.items()]


if __name__ == "__main__":
    pipes = Lines()
    serve_forever(Driver(pipes), pipes, describe_error)
