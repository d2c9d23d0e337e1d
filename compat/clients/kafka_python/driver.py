"""The driver of kafka-python."""

import time
from typing import Any

import kafka
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource
from kafka.errors import BrokerResponseError

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
    *("headers", "idempotence", "timestamps", "admin", "topic_ids", "delete_records"),
    *("create_partitions", "delivery_reports", "topic_configs", "move_leader", "offsets_for_times"),
    *("assigned_partitions", "offset_reset", "acks", "partitioner", "empties", "groups"),
    "static_members",
]


def describe_error(error: BaseException) -> ErrorDescription:
    if isinstance(error, BrokerResponseError) and error.message:
        return ErrorDescription(error.errno, error.message, str(error))
    return ErrorDescription(None, type(error).__name__, str(error))


def producer_options(config: dict[str, Any]) -> dict[str, Any]:
    codec = config.get("compression", "none")
    return {
        "acks": {"0": 0, "1": 1, "all": "all"}[config.get("acks", "all")],
        "enable_idempotence": config.get("idempotence", False),
        "compression_type": None if codec == "none" else codec,
        "linger_ms": config.get("linger_ms", 5),
        "batch_size": config.get("batch_bytes", 16384),
        "max_request_size": config.get("max_request_bytes", 8 << 20),
        "delivery_timeout_ms": config.get("delivery_timeout_ms", 20_000),
        "request_timeout_ms": min(10_000, config.get("delivery_timeout_ms", 20_000)),
        "max_block_ms": 10_000,
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
        self._producers: dict[str, KafkaProducer] = {}
        self._consumers: dict[str, KafkaConsumer] = {}
        self._administrator: KafkaAdminClient | None = None

    def hello(self, _: Parameters) -> dict[str, Any]:
        return {"client": "kafka-python", "version": kafka.__version__, "features": FEATURES}

    def connect(self, request: Parameters) -> None:
        self.quit(request)
        self._bootstrap = request["bootstrap"]

    def quit(self, _: Parameters) -> None:
        for producer in self._producers.values():
            producer.close(timeout=0)
        for consumer in self._consumers.values():
            consumer.close()
        if self._administrator is not None:
            self._administrator.close()
        self._producers, self._consumers, self._administrator = {}, {}, None

    def producer(self, request: Parameters) -> None:
        self._producers[request["producer"]] = KafkaProducer(
            bootstrap_servers=self._bootstrap, **producer_options(request["config"])
        )

    def produce(self, request: Parameters) -> list[dict[str, Any]]:
        producer, topic = self._producers[request["producer"]], request["topic"]
        futures = [
            producer.send(
                topic,
                value=to_bytes(record.get("value")),
                key=to_bytes(record.get("key")),
                headers=headers_to_bytes(record.get("headers", [])),
                partition=record.get("partition"),
                timestamp_ms=record.get("timestamp_ms"),
            )
            for record in request["records"]
        ]
        count = self._lines.counter(request)
        for future in futures:
            future.add_callback(count)
        producer.flush(timeout=25)
        return [self._outcome(future) for future in futures]

    @staticmethod
    def _outcome(future: Any) -> dict[str, Any]:
        if future.succeeded():
            return {"partition": future.value.partition, "offset": future.value.offset}
        error = future.exception or TimeoutError("neither acknowledged nor refused in time")
        return {"error": describe_error(error).as_json()}

    def consumer(self, request: Parameters) -> None:
        options = consumer_options(request["config"])
        if "group" in request:
            options |= member_options(request)
        consumer = KafkaConsumer(bootstrap_servers=self._bootstrap, **options)
        self._consumers[request["consumer"]] = consumer
        if "group" in request:
            consumer.subscribe(request["subscribe"])
            return
        consumer.assign([TopicPartition(place["topic"], place["partition"]) for place in request["assign"]])
        for place in request["assign"]:
            self.seek({**place, "consumer": request["consumer"]})

    def seek(self, request: Parameters) -> None:
        consumer = self._consumers[request["consumer"]]
        place, offset = TopicPartition(request["topic"], request["partition"]), request["offset"]
        if offset == "beginning":
            consumer.seek_to_beginning(place)
        elif offset == "end":
            consumer.seek_to_end(place)
            consumer.position(place)
        else:
            consumer.seek(place, offset)

    def consume(self, request: Parameters) -> list[dict[str, Any]]:
        consumer, count = self._consumers[request["consumer"]], request["count"]
        deadline = time.monotonic() + request["timeout_ms"] / 1000
        found: list[dict[str, Any]] = []
        while len(found) < count and (left := deadline - time.monotonic()) > 0:
            polled = consumer.poll(timeout_ms=int(left * 1000) + 1, max_records=count - len(found))
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

    def commit(self, request: Parameters) -> None:
        self._consumers[request["consumer"]].commit()

    def close_consumer(self, request: Parameters) -> None:
        self._consumers.pop(request["consumer"]).close()

    def offsets(self, request: Parameters) -> list[dict[str, Any]]:
        """Where the log begins or ends, or the first offset at or after a time."""
        places = [TopicPartition(request["topic"], partition) for partition in request["partitions"]]
        consumer = KafkaConsumer(bootstrap_servers=self._bootstrap, enable_auto_commit=False)
        try:
            if request["at"] == "beginning":
                found = consumer.beginning_offsets(places)
            elif request["at"] == "end":
                found = consumer.end_offsets(places)
            else:
                by_time = consumer.offsets_for_times(dict.fromkeys(places, request["at"]))
                found = {place: None if hit is None else hit.offset for place, hit in by_time.items()}
        finally:
            consumer.close()
        return [{"partition": place.partition, "offset": found[place]} for place in places]

    @property
    def _admin(self) -> KafkaAdminClient:
        if self._administrator is None:
            self._administrator = KafkaAdminClient(
                bootstrap_servers=self._bootstrap, request_timeout_ms=10_000
            )
        return self._administrator

    def create_topic(self, request: Parameters) -> None:
        self._admin.create_topics(
            {
                request["topic"]: {
                    "num_partitions": request["partitions"],
                    "replication_factor": request.get("replication_factor", 1),
                    "configs": request.get("configs", {}),
                }
            }
        )

    def delete_topic(self, request: Parameters) -> None:
        self._admin.delete_topics([request["topic"]])

    def list_topics(self, _: Parameters) -> list[str]:
        return sorted(self._admin.list_topics())

    def create_partitions(self, request: Parameters) -> None:
        self._admin.create_partitions({request["topic"]: request["partitions"]})

    def describe_topic(self, request: Parameters) -> dict[str, Any]:
        topic = self._admin.describe_topics([request["topic"]])[0]
        if topic["error_code"]:
            failure = describe_error(kafka.errors.for_code(topic["error_code"])())
            raise OperationFailed(failure.name, failure.message, code=failure.code)
        return {
            "topic_id": str(topic["topic_id"]),
            "partitions": [
                {
                    "partition": partition["partition_index"],
                    "leader": partition["leader_id"],
                    "replicas": partition["replica_nodes"],
                }
                for partition in sorted(topic["partitions"], key=lambda p: p["partition_index"])
            ],
        }

    def describe_cluster(self, _: Parameters) -> dict[str, Any]:
        cluster = self._admin.describe_cluster()
        brokers = sorted(
            (broker.get("broker_id", broker.get("node_id")), broker["host"], broker["port"])
            for broker in cluster["brokers"]
        )
        return {
            "controller": cluster["controller_id"],
            "brokers": [{"node_id": node, "host": host, "port": port} for node, host, port in brokers],
        }

    def topic_configs(self, request: Parameters) -> dict[str, str | None]:
        resource = ConfigResource("TOPIC", request["topic"])
        answer = self._admin.describe_configs([resource], config_filter="all")
        return {name: row["value"] for name, row in answer["topic"][request["topic"]].items()}

    def alter_topic_configs(self, request: Parameters) -> None:
        resource = ConfigResource("TOPIC", request["topic"], configs=request["configs"])
        answer = self._admin.alter_configs([resource])
        outcome = answer["topic"][request["topic"]]
        if outcome != "OK":
            raise OperationFailed("ALTER_REFUSED", str(outcome))

    def delete_records(self, request: Parameters) -> list[dict[str, Any]]:
        before = {
            TopicPartition(request["topic"], row["partition"]): row["before_offset"]
            for row in request["partitions"]
        }
        answer = self._admin.delete_records(before, timeout_ms=10_000)
        return [
            {"partition": place.partition, "low_watermark": result["low_watermark"]}
            for place, result in answer.items()
        ]

    def move_leader(self, request: Parameters) -> None:
        """Make a node the preferred leader, then elect it."""
        place = TopicPartition(request["topic"], request["partition"])
        answer = self._admin.alter_partition_reassignments({place: request["replicas"]})
        if answer.get(place) is not None:
            raise answer[place]
        self._admin.elect_leaders(0, {request["topic"]: [request["partition"]]})


if __name__ == "__main__":
    pipes = Lines()
    serve_forever(Driver(pipes), pipes, describe_error)
