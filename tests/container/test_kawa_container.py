"""`KawaContainer`: clients outside and beside it connect to where they were told."""

from collections.abc import Iterator
from typing import Any

import pytest

pytestmark = [pytest.mark.container, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def kawa(image: tuple[Any, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    from testcontainers.core.config import testcontainers_config

    from compat.kawa_container import KawaContainer

    monkeypatch.setattr(testcontainers_config, "ryuk_disabled", True)  # it would be fetched from elsewhere
    with KawaContainer(image[1]).with_setting("num.partitions", "3") as container:
        yield container


def test_a_client_outside_produces_and_consumes(kawa: Any) -> None:
    from kafka import KafkaConsumer, KafkaProducer, TopicPartition

    address = kawa.get_bootstrap_server()
    producer = KafkaProducer(bootstrap_servers=address)
    sent = producer.send("from-outside", b"hello").get(timeout=20)
    assert producer.partitions_for("from-outside") == {0, 1, 2}
    producer.close()
    consumer = KafkaConsumer(bootstrap_servers=address, consumer_timeout_ms=20_000)
    place = TopicPartition("from-outside", sent.partition)
    consumer.assign([place])
    consumer.seek_to_beginning(place)
    assert next(consumer).value == b"hello"
    consumer.close()


def test_who_is_inside_is_told_another_address(kawa: Any) -> None:
    listing = (
        "from kafka import KafkaAdminClient\n"
        "brokers = KafkaAdminClient(bootstrap_servers='localhost:9092').describe_cluster()['brokers']\n"
        "print(brokers[0]['host'], brokers[0]['port'])"
    )
    told = kawa.exec(["/opt/kawa/bin/python", "-c", listing]).output.decode().split()
    assert told == [kawa.exec(["hostname"]).output.decode().strip(), "9092"]
