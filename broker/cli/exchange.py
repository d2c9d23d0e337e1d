"""One request and its response over a socket of their own, for APIs that the client library does not have."""

import socket
import struct
from typing import Any, TypeVar

from broker.cli.client import CONNECT_TIMEOUT_S
from broker.cli.errors import CommandError
from broker.protocol.codec import decode, encode
from broker.protocol.errors import MalformedRequest
from broker.protocol.headers import parse_response_header, request_header

T = TypeVar("T")


def ask(address: tuple[str, int], request: Any, response: type[T], *, version: int) -> T:
    """Send `request` in that version to a broker that has it.

    Raises: CommandError: nobody answers, or not that (Kafka closes the connection on a version it lacks).
    """
    name, (host, port) = type(request).__name__, address
    header = request_header(request.API_KEY, version, correlation_id=0, client_id="kawa-cli")
    body = b"".join([header, *encode(request, version)])
    try:
        with (
            socket.create_connection(address, timeout=CONNECT_TIMEOUT_S) as connection,
            connection.makefile("rb") as answers,
        ):
            connection.sendall(struct.pack(">i", len(body)) + body)
            (size,) = struct.unpack(">i", answers.read(4))
            answer = answers.read(max(size, 0))
        return decode(
            response, version, parse_response_header(memoryview(answer), request.API_KEY, version).body
        )
    except OSError as error:
        raise CommandError(f"no broker answers at {host}:{port}: {error}") from error
    except (struct.error, ValueError, IndexError, MalformedRequest) as error:
        raise CommandError(f"what answers at {host}:{port} has no {name} of version {version}") from error
