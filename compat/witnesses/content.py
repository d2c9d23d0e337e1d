"""Topics of a witness: made, filled with every codec, read back."""

import random
import time
from typing import Any, NamedTuple

from confluent_kafka import Consumer, KafkaException, Producer, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic  # type: ignore[attr-defined]

from compat.failures import ScenarioFailed

PATIENCE_S = 30.0
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
PARTITIONS = 2
RECORDS = 600  # a codec and partition: with 1 MiB segments the log rolls
BASE_MS = int(time.time() * 1000) - 3_600_000  # brokers forget producers after a day


class Stored(NamedTuple):
    """A record as a consumer gets it."""

    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


def _client(bootstrap: str) -> dict[str, Any]:
    return {"bootstrap.servers": bootstrap, "log_level": 0}


def make_topic(bootstrap: str, topic: str, configs: dict[str, str]) -> None:
    admin = AdminClient(_client(bootstrap))
    admin.create_topics([NewTopic(topic, PARTITIONS, 1, config=configs)])[topic].result(PATIENCE_S)


def topic_configs(bootstrap: str, topic: str) -> dict[str, str]:
    """Those that were set for the topic itself."""
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    admin = AdminClient(_client(bootstrap))
    found = admin.describe_configs([resource])[resource].result(PATIENCE_S)
    return {name: entry.value for name, entry in found.items() if entry.source == 1}


def topic_id(bootstrap: str, topic: str) -> str:
    admin = AdminClient(_client(bootstrap))
    found = admin.describe_topics(TopicCollection([topic]))[topic].result(PATIENCE_S)
    return str(found.topic_id)


def fill(
    bootstrap: str, topic: str, *, again: int = 0, keyless: bool = True, idempotent: bool = True
) -> None:
    """By a producer a codec. Raises: ScenarioFailed: a record is not acknowledged."""
    failed: list[str] = []
    generator = random.Random(again)

    def delivered(error: Any, _message: Any) -> None:
        if error is not None:
            failed.append(str(error))

    for number, codec in enumerate(CODECS):
        producer = Producer(
            {
                **_client(bootstrap),
                "enable.idempotence": idempotent,
                "compression.type": codec,
                "linger.ms": 5,
                "batch.num.messages": 50,
                "queue.buffering.max.messages": 1_000_000,
            }
        )
        for index in range(PARTITIONS * RECORDS):
            producer.produce(
                topic,
                b"%d %s %d " % (again, codec.encode(), index) + generator.randbytes(index % 1500),
                None if keyless and index % 7 == 0 else b"key %d" % (index % 50),
                partition=index % PARTITIONS,
                timestamp=BASE_MS + again * 1_000_000 + number * 10_000 + index,
                headers=[("name", b"value"), ("null", None)] if index % 5 == 0 else None,
                on_delivery=delivered,
            )
        left = producer.flush(PATIENCE_S)
        if left or failed:
            raise ScenarioFailed(f"{topic}, {codec}: {left} records without an answer, {failed[:3]}")


def read(bootstrap: str, topic: str) -> list[Stored]:
    """Every record, by partition and offset. Raises: ScenarioFailed."""
    consumer = Consumer({**_client(bootstrap), "group.id": "unused", "enable.auto.commit": False})
    try:
        places = [TopicPartition(topic, number, 0) for number in range(PARTITIONS)]
        wanted = 0
        for place in places:
            low, high = consumer.get_watermark_offsets(place, timeout=PATIENCE_S)
            wanted += high - low
        consumer.assign(places)
        found: list[Stored] = []
        deadline = time.monotonic() + PATIENCE_S
        while len(found) < wanted and time.monotonic() < deadline:
            found += [_stored(message) for message in consumer.consume(1000, timeout=0.2)]
        if len(found) < wanted:
            raise ScenarioFailed(f"{topic}: {len(found)} of {wanted} records can be read")
        return sorted(found, key=lambda one: (one.partition, one.offset))
    except KafkaException as error:
        raise ScenarioFailed(f"{topic}: {error}") from None
    finally:
        consumer.close()


def _stored(message: Any) -> Stored:
    if message.error() is not None:
        raise ScenarioFailed(f"reading: {message.error()}")
    headers = tuple((name, value) for name, value in message.headers() or ())
    return Stored(
        message.partition(), message.offset(), message.timestamp()[1], message.key(), message.value(), headers
    )


def commit(bootstrap: str, group: str, topic: str, offsets: list[int]) -> None:
    consumer = Consumer({**_client(bootstrap), "group.id": group, "enable.auto.commit": False})
    try:
        places = [TopicPartition(topic, number, offset) for number, offset in enumerate(offsets)]
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                consumer.commit(offsets=places, asynchronous=False)
                return
            except KafkaException:  # the first group has Apache Kafka make its topic
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
    finally:
        consumer.close()


def committed(bootstrap: str, group: str, topic: str) -> list[int]:
    consumer = Consumer({**_client(bootstrap), "group.id": group, "enable.auto.commit": False})
    try:
        places = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        return [place.offset for place in consumer.committed(places, timeout=PATIENCE_S)]
    finally:
        consumer.close()
