"""A health check asks for ApiVersions."""

import socket
import threading
from argparse import Namespace

import pytest

from broker.cli.errors import CommandError
from broker.cli.health import default_address, run


def ask_a_server_that_answers(answer: bytes) -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(14, socket.MSG_WAITALL)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            return run(Namespace(bootstrap=f"127.0.0.1:{server.getsockname()[1]}"))
        finally:
            thread.join()


def test_a_broker_that_answers_is_healthy() -> None:
    assert ask_a_server_that_answers(b"\0\0\0\x0a\0\0\0\x01\0\0\0\0\0\0") == 0


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 400 Bad Request\r\n", b"\0\0\0\x0a\0\0\0\x01\0\x23\0\0\0\0"]
)
def test_what_does_not_answer_so_is_not(answer: bytes) -> None:
    with pytest.raises(CommandError, match="not a healthy Kafka broker"):
        ask_a_server_that_answers(answer)


@pytest.mark.parametrize(
    ("listeners", "address"),
    [
        ("", "127.0.0.1:9092"),
        ("PLAINTEXT://0.0.0.0:9094", "127.0.0.1:9094"),
        ("PLAINTEXT://:9094", "127.0.0.1:9094"),
        ("CONTROLLER://:9093, INSIDE://kawa:29092,OUTSIDE://:9092", "kawa:29092"),
    ],
)
def test_a_container_asks_its_own_first_listener(listeners: str, address: str) -> None:
    assert default_address(listeners) == address
