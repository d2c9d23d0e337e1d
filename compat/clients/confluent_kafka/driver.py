"""The driver of confluent-kafka (librdkafka)."""

import time
from collections.abc import Callable
from typing import Any

import confluent_kafka
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._resource import ResourceType
from confluent_kafka.cimpl import NewPartitions, NewTopic

from compat.clients.line_protocol import (
    ErrorDescription,
    Lines,
    Parameters,
    headers_to_bytes,
    headers_to_text,
    serve_forever,
    to_bytes,
    to_text,
)

FEATURES = [
    *(f"codec:{name}" for name in ("none", "gzip", "snappy", "lz4", "zstd")),
    *("headers", "null_headers", "idempotence", "timestamps", "admin", "topic_ids", "delete_records"),
    *("create_partitions", "delivery_reports", "topic_configs", "offsets_for_times"),
    *("assigned_partitions", "offset_reset", "acks", "partitioner", "empties", "groups"),
    *("static_members", "consumer_protocol", "static_consumers"),
]
PLACES = {"beginning": confluent_kafka.OFFSET_BEGINNING, "end": confluent_kafka.OFFSET_END}
OFFSET_RESETS = {"beginning": "earliest", "end": "latest", "fail": "error"}
ADMIN_TIMEOUT_S = 10.0


def describe_error(error: BaseException | KafkaError) -> ErrorDescription:
    inner = error.args[0] if isinstance(error, KafkaException) else error
    if isinstance(inner, KafkaError):
        return ErrorDescription(inner.code() if inner.code() > 0 else None, inner.name(), inner.str())
    return ErrorDescription(None, type(error).__name__, str(error))


def producer_options(config: dict[str, Any]) -> dict[str, Any]:
    return {
        "acks": config.get("acks", "all"),
        "enable.idempotence": config.get("idempotence", False),
        "compression.type": config.get("compression", "none"),
        "linger.ms": config.get("linger_ms", 5),
        "batch.size": config.get("batch_bytes", 1_000_000),
        "batch.num.messages": 100_000,
        "message.max.bytes": config.get("max_request_bytes", 8 << 20),
        "message.timeout.ms": config.get("delivery_timeout_ms", 20_000),
        "queue.buffering.max.messages": 500_000,
        "reconnect.backoff.max.ms": 500,
    }


def consumer_options(config: dict[str, Any]) -> dict[str, Any]:
    return {
        "group.id": "not-used",
        "enable.auto.commit": False,
        "auto.offset.reset": OFFSET_RESETS[config.get("offset_reset", "beginning")],
        "fetch.wait.max.ms": config.get("fetch_max_wait_ms", 200),
        "fetch.min.bytes": config.get("fetch_min_bytes", 1),
        "max.partition.fetch.bytes": config.get("max_partition_fetch_bytes", 1 << 20),
        "reconnect.backoff.max.ms": 500,
        "topic.metadata.refresh.interval.ms": 1_000,
        "check.crcs": True,
    }


def member_options(request: Parameters) -> dict[str, Any]:
    config = request["config"]
    options = {"group.id": request["group"]}
    if "instance_id" in config:
        options["group.instance.id"] = config["instance_id"]
    if config.get("group_protocol") == "consumer":  # sessions are the broker's matter then
        return {**options, "group.protocol": "consumer"}
    session_ms = config.get("session_timeout_ms", 6_000)
    return {**options, "session.timeout.ms": session_ms, "heartbeat.interval.ms": 500}


def record_options(record: dict[str, Any]) -> dict[str, Any]:
    options: dict[str, Any] = {
        "value": to_bytes(record.get("value")),
        "key": to_bytes(record.get("key")),
        "headers": headers_to_bytes(record.get("headers", [])),
    }
    if record.get("partition") is not None:
        options["partition"] = record["partition"]
    if record.get("timestamp_ms") is not None:
        options["timestamp"] = record["timestamp_ms"]
    return options


def place_of(message: Message) -> dict[str, Any]:
    """With acks=0 there is no answer, and the client knows no offset."""
    offset = message.offset()
    known = offset is not None and offset >= 0
    return {"partition": message.partition(), "offset": offset if known else -1}


class Driver:
    """One method an operation; see `compat/README.md`."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._bootstrap = ""
        self._producers: dict[str, Producer] = {}
        self._consumers: dict[str, Consumer] = {}
        self._administrator: AdminClient | None = None

    def hello(self, _: Parameters) -> dict[str, Any]:
        version = f"{confluent_kafka.version()} (librdkafka {confluent_kafka.libversion()[0]})"
        return {"client": "confluent-kafka", "version": version, "features": FEATURES}

    def connect(self, request: Parameters) -> None:
        self.quit(request)
        self._bootstrap = request["bootstrap"]

    def quit(self, _: Parameters) -> None:
        for producer in self._producers.values():
            producer.purge()
        for consumer in self._consumers.values():
            consumer.close()
        self._producers, self._consumers, self._administrator = {}, {}, None

    def _options(self, more: dict[str, Any]) -> dict[str, Any]:
        return {"bootstrap.servers": self._bootstrap, "log_level": 3, **more}

    def producer(self, request: Parameters) -> None:
        self._producers[request["producer"]] = Producer(self._options(producer_options(request["config"])))

    def produce(self, request: Parameters) -> list[dict[str, Any]]:
        producer = self._producers[request["producer"]]
        outcomes: list[dict[str, Any]] = [
            {"error": {"code": None, "name": "TIMED_OUT", "message": "not acknowledged in time"}}
            for _ in request["records"]
        ]
        count = self._lines.counter(request)

        def report(index: int) -> Callable[[KafkaError | None, Message], None]:
            def delivered(error: KafkaError | None, message: Message) -> None:
                if error is not None:
                    outcomes[index] = {"error": describe_error(error).as_json()}
                else:
                    outcomes[index] = place_of(message)
                    count(None)

            return delivered

        for index, record in enumerate(request["records"]):
            try:
                producer.produce(request["topic"], on_delivery=report(index), **record_options(record))
            except KafkaException as error:
                outcomes[index] = {"error": describe_error(error).as_json()}
            producer.poll(0)
        producer.flush(25)
        return outcomes

    def consumer(self, request: Parameters) -> None:
        options = consumer_options(request["config"])
        if "group" in request:
            options |= member_options(request)
        consumer = self._consumers[request["consumer"]] = Consumer(self._options(options))
        if "group" in request:
            consumer.subscribe(request["subscribe"])
            return
        consumer.assign([self._place(consumer, place) for place in request["assign"]])

    @staticmethod
    def _place(consumer: Consumer, place: dict[str, Any]) -> TopicPartition:
        """The end is looked up at once, so that what is produced from now on is seen."""
        topic, partition, offset = place["topic"], place["partition"], place["offset"]
        if offset == "end":
            _, offset = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
        return TopicPartition(topic, partition, PLACES.get(offset, offset))

    def seek(self, request: Parameters) -> None:
        consumer = self._consumers[request["consumer"]]
        consumer.seek(self._place(consumer, request))

    def commit(self, request: Parameters) -> None:
        self._consumers[request["consumer"]].commit(asynchronous=False)

    def consume(self, request: Parameters) -> list[dict[str, Any]]:
        consumer, count = self._consumers[request["consumer"]], request["count"]
        deadline = time.monotonic() + request["timeout_ms"] / 1000
        found: list[dict[str, Any]] = []
        while len(found) < count and (left := deadline - time.monotonic()) > 0:
            # `consume` waits until it has all it was asked for, so ask for the first one alone.
            message = consumer.poll(left)
            if message is None:
                break
            batch = [message, *consumer.consume(count - len(found) - 1, 0.0)]
            found += [self._record(m) for m in batch if not self._is_passing(m)]
        return found

    @staticmethod
    def _is_passing(message: Message) -> bool:
        """Librdkafka reports lost connections here too; it reconnects by itself."""
        error = message.error()
        if error is None:
            return False
        if error.code() in (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN) or error.retriable():
            return True
        raise KafkaException(error)

    @staticmethod
    def _record(message: Message) -> dict[str, Any]:
        return {
            "topic": message.topic(),
            "partition": message.partition(),
            "offset": message.offset(),
            "timestamp_ms": message.timestamp()[1],
            "key": to_text(message.key()),
            "value": to_text(message.value()),
            "headers": headers_to_text(message.headers()),
        }

    def close_consumer(self, request: Parameters) -> None:
        self._consumers.pop(request["consumer"]).close()

    def offsets(self, request: Parameters) -> list[dict[str, Any]]:
        """Where the log begins or ends, or the first offset at or after a time."""
        consumer = Consumer(self._options(consumer_options({})))
        try:
            return [self._offset(consumer, request, partition) for partition in request["partitions"]]
        finally:
            consumer.close()

    @staticmethod
    def _offset(consumer: Consumer, request: Parameters, partition: int) -> dict[str, Any]:
        topic, at = request["topic"], request["at"]
        if at in PLACES:
            marks = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
            return {"partition": partition, "offset": marks[0 if at == "beginning" else 1]}
        found = consumer.offsets_for_times([TopicPartition(topic, partition, at)], timeout=10)[0]
        if found.error is not None:
            raise KafkaException(found.error)
        return {"partition": partition, "offset": found.offset if found.offset >= 0 else None}

    @property
    def _admin(self) -> AdminClient:
        if self._administrator is None:
            self._administrator = AdminClient(self._options({}))
        return self._administrator

    def create_topic(self, request: Parameters) -> None:
        topic = NewTopic(
            request["topic"],
            num_partitions=request["partitions"],
            replication_factor=request.get("replication_factor", 1),
            config=request.get("configs", {}),
        )
        self._wait(self._admin.create_topics([topic], request_timeout=ADMIN_TIMEOUT_S))

    @staticmethod
    def _wait(futures: dict[Any, Any]) -> Any:
        return [future.result(timeout=ADMIN_TIMEOUT_S + 5) for future in futures.values()]

    def delete_topic(self, request: Parameters) -> None:
        self._wait(self._admin.delete_topics([request["topic"]], request_timeout=ADMIN_TIMEOUT_S))

    def list_topics(self, _: Parameters) -> list[str]:
        return sorted(self._admin.list_topics(timeout=ADMIN_TIMEOUT_S).topics)

    def create_partitions(self, request: Parameters) -> None:
        growth = NewPartitions(request["topic"], request["partitions"])
        self._wait(self._admin.create_partitions([growth], request_timeout=ADMIN_TIMEOUT_S))

    def describe_topic(self, request: Parameters) -> dict[str, Any]:
        names = confluent_kafka.TopicCollection([request["topic"]])
        topic = self._wait(self._admin.describe_topics(names, request_timeout=ADMIN_TIMEOUT_S))[0]
        return {
            "topic_id": str(topic.topic_id),
            "partitions": [
                {
                    "partition": partition.id,
                    "leader": partition.leader.id,
                    "replicas": [node.id for node in partition.replicas],
                }
                for partition in sorted(topic.partitions, key=lambda p: p.id)
            ],
        }

    def describe_cluster(self, _: Parameters) -> dict[str, Any]:
        cluster = self._admin.describe_cluster(request_timeout=ADMIN_TIMEOUT_S).result(timeout=15)
        brokers = sorted((node.id, node.host, node.port) for node in cluster.nodes)
        return {
            "controller": cluster.controller.id,
            "brokers": [{"node_id": node, "host": host, "port": port} for node, host, port in brokers],
        }

    def topic_configs(self, request: Parameters) -> dict[str, str | None]:
        resource = ConfigResource(ResourceType.TOPIC, request["topic"])
        rows = self._wait(self._admin.describe_configs([resource], request_timeout=ADMIN_TIMEOUT_S))[0]
        return {name: row.value for name, row in rows.items()}

    def alter_topic_configs(self, request: Parameters) -> None:
        entries = [
            ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
            for name, value in request["configs"].items()
        ]
        resource = ConfigResource(ResourceType.TOPIC, request["topic"], incremental_configs=entries)
        self._wait(self._admin.incremental_alter_configs([resource], request_timeout=ADMIN_TIMEOUT_S))

    def delete_records(self, request: Parameters) -> list[dict[str, Any]]:
        before = [
            TopicPartition(request["topic"], row["partition"], row["before_offset"])
            for row in request["partitions"]
        ]
        futures = self._admin.delete_records(before, request_timeout=ADMIN_TIMEOUT_S)
        return [
            {"partition": place.partition, "low_watermark": future.result(timeout=15).low_watermark}
            for place, future in futures.items()
        ]


if __name__ == "__main__":
    pipes = Lines()
    serve_forever(Driver(pipes), pipes, describe_error)
