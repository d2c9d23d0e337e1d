"""kafka-python for the commands: imported late, quiet, and with errors of one line."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from broker.cli.errors import CommandError

if TYPE_CHECKING:
    from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer

CONNECT_TIMEOUT_S = 5.0
REQUEST_TIMEOUT_MS = 30_000


def addresses(bootstrap: str) -> list[tuple[str, int]]:
    """`host:port,...`, the port 9092 when it is left out. Raises: CommandError."""
    found = []
    for text in bootstrap.split(","):
        host, colon, port = text.strip().rpartition(":")
        if not colon or "]" in port:
            host, port = text.strip(), "9092"
        if not host or not port.isdigit() or not 0 < int(port) < 65_536:
            raise CommandError(f"bootstrap address {text!r}: wanted HOST:PORT", status=2)
        found.append((host.strip("[]"), int(port)))
    return found


def check_that_somebody_answers(bootstrap: str) -> None:
    """The client library would go on trying for a long time. Raises: CommandError."""
    problem: OSError | None = None
    for address in addresses(bootstrap):
        try:
            socket.create_connection(address, timeout=CONNECT_TIMEOUT_S).close()
            return
        except OSError as error:
            problem = error
    raise CommandError(f"no broker answers at {bootstrap}: {problem}")


@contextmanager
def errors_in_one_line() -> Iterator[None]:
    """Whatever the client library raises becomes a CommandError."""
    from kafka.errors import BrokerResponseError, KafkaError

    logging.getLogger("kafka").addHandler(logging.NullHandler())
    logging.getLogger("kafka").propagate = False
    try:
        yield
    except BrokerResponseError as error:
        text = str(error.args[0]) if error.args and error.args[0] else error.description
        raise CommandError(f"{error.message}: {text}") from error
    except KafkaError as error:
        raise CommandError(str(error)) from error  # which begins with the error's name


def admin_client(bootstrap: str) -> "KafkaAdminClient":
    check_that_somebody_answers(bootstrap)
    from kafka import KafkaAdminClient

    return KafkaAdminClient(
        bootstrap_servers=bootstrap, client_id="kawa-cli", request_timeout_ms=REQUEST_TIMEOUT_MS
    )


def producer(bootstrap: str, **options: Any) -> "KafkaProducer":
    check_that_somebody_answers(bootstrap)
    from kafka import KafkaProducer

    return KafkaProducer(bootstrap_servers=bootstrap, client_id="kawa-cli", metrics_enabled=False, **options)


def consumer(bootstrap: str, **options: Any) -> "KafkaConsumer":
    check_that_somebody_answers(bootstrap)
    from kafka import KafkaConsumer

    return KafkaConsumer(
        bootstrap_servers=bootstrap,
        client_id="kawa-cli",
        metrics_enabled=False,
        enable_auto_commit=False,
        group_id=None,
        **options,
    )
