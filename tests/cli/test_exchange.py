"""A request and its response over a socket of their own."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from broker.cli.errors import CommandError
from broker.cli.exchange import ask
from broker.protocol.codec import encode
from broker.protocol.headers import parse_request_header, response_header
from broker.protocol.messages.find_coordinator import (
    Coordinator,
    FindCoordinatorRequest,
    FindCoordinatorResponse,
)

REQUEST = FindCoordinatorRequest(coordinator_keys=["g"])
COORDINATOR = Coordinator(key="g", node_id=1, host="h", port=9, error_code=0, error_message=None)


@contextmanager
def answering(answer: bytes) -> Iterator[tuple[tuple[str, int], list[bytes]]]:
    """A server's address, and the requests it has read without their length; it answers one."""
    read: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                (size,) = struct.unpack(">i", connection.recv(4, socket.MSG_WAITALL))
                read.append(connection.recv(size, socket.MSG_WAITALL))
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname(), read
        finally:
            thread.join()


def framed(version: int) -> bytes:
    response = FindCoordinatorResponse(coordinators=[COORDINATOR])
    body = b"".join([response_header(0, 10, version), *encode(response, version)])
    return struct.pack(">i", len(body)) + body


def test_an_answer_of_many_packets_is_read_whole() -> None:
    coordinators = [COORDINATOR] * 50_000
    body = b"".join(
        [response_header(0, 10, 4), *encode(FindCoordinatorResponse(coordinators=coordinators), 4)]
    )
    with answering(struct.pack(">i", len(body)) + body) as (address, _):
        assert ask(address, REQUEST, FindCoordinatorResponse, version=4).coordinators == coordinators


def test_the_request_is_sent_in_its_version_and_the_response_is_read() -> None:
    with answering(framed(4)) as (address, read):
        assert ask(address, REQUEST, FindCoordinatorResponse, version=4).coordinators == [COORDINATOR]
    header = parse_request_header(memoryview(read[0]))
    assert (header.api_key, header.api_version, header.client_id) == (10, 4, "kawa-cli")


@pytest.mark.parametrize("answer", [b"", b"\0\0", framed(4)[:-9], b"\0\0\0\x02\0\0", b"\xff\xff\xff\xff"])
def test_what_is_no_answer_is_an_error_of_one_line(answer: bytes) -> None:
    with answering(answer) as (address, _):  # noqa: SIM117 - the server ends after the request has
        with pytest.raises(CommandError, match="has no FindCoordinatorRequest of version 4"):
            ask(address, REQUEST, FindCoordinatorResponse, version=4)


def test_nobody_answers() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        with pytest.raises(CommandError, match=r"no broker answers at 127\.0\.0\.1:"):
            ask(probe.getsockname(), REQUEST, FindCoordinatorResponse, version=4)
