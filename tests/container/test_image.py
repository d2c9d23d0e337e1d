"""The image: builds, runs as another user than root, and serves a stock client from outside."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

PATIENCE_S = 30.0

pytestmark = [pytest.mark.container, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def container(image: tuple[Any, str]) -> Iterator[Any]:
    client, image_id = image
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = client.containers.run(
        image_id,
        detach=True,
        ports={f"{port}/tcp": port},
        environment={
            "KAFKA_LISTENERS": f"PLAINTEXT://0.0.0.0:{port}",
            "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://localhost:{port}",
        },
        labels={"port": str(port)},
    )
    try:
        wait_until_it_answers(started)
        yield started
    finally:
        started.remove(force=True, v=True)


def wait_until_it_answers(container: Any) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while container.exec_run(["kawa", "health"]).exit_code != 0:
        container.reload()
        assert container.status == "running", container.logs().decode()
        assert time.monotonic() < deadline, container.logs().decode()
        time.sleep(0.1)


def test_a_client_from_outside_produces_and_consumes(container: Any) -> None:
    from kafka import KafkaConsumer, KafkaProducer

    address = f"localhost:{container.labels['port']}"
    producer = KafkaProducer(bootstrap_servers=address)
    producer.send("from-outside", b"hello").get(timeout=20)
    producer.close()
    consumer = KafkaConsumer(
        "from-outside",
        bootstrap_servers=address,
        group_id=None,
        auto_offset_reset="earliest",
        consumer_timeout_ms=20_000,
    )
    assert next(consumer).value == b"hello"
    consumer.close()


def test_it_does_not_run_as_root(container: Any) -> None:
    assert container.exec_run(["id", "-u"]).output.decode().strip() != "0"


def test_sigterm_drains_and_the_data_survive(container: Any) -> None:
    container.exec_run(["sh", "-c", f"echo kept | kawa produce kept -b localhost:{container.labels['port']}"])
    started = time.monotonic()
    container.stop(timeout=20)
    assert time.monotonic() - started < 10
    container.reload()
    assert container.attrs["State"]["ExitCode"] == 0, container.logs().decode()
    container.start()
    wait_until_it_answers(container)
    command = f"kawa consume kept -e -b localhost:{container.labels['port']}"
    assert container.exec_run(["sh", "-c", command]).output == b"kept\n"


def test_without_any_setting_it_advertises_localhost(image: tuple[Any, str]) -> None:
    client, image_id = image
    started = client.containers.run(image_id, detach=True)
    try:
        wait_until_it_answers(started)
        listing = (
            "from kafka import KafkaAdminClient\n"
            "print(KafkaAdminClient(bootstrap_servers='127.0.0.1:9092').describe_cluster()['brokers'])"
        )
        told = started.exec_run(["/opt/kawa/bin/python", "-c", listing]).output.decode()
        assert "localhost" in told
        assert "9092" in told
    finally:
        started.remove(force=True, v=True)
