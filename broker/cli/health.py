"""`kawa health`: whether a broker answers, for health checks of containers."""

import argparse
import os
import socket
import struct

from broker.cli.client import addresses
from broker.cli.errors import CommandError
from broker.cli.parser import Subparsers, add_bootstrap

TIMEOUT_S = 3.0
EVERYWHERE = {"", "0.0.0.0", "::", "[::]"}
API_VERSIONS_V0 = struct.pack(">ihhih", 10, 18, 0, 1, -1)


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("health", help="exit status 0 if a broker answers")
    add_bootstrap(parser)
    parser.set_defaults(bootstrap=default_address(os.environ.get("KAFKA_LISTENERS", "")))


def default_address(listeners: str) -> str:
    """Where the broker of this container listens: the first of its listeners that is for clients."""
    for listener in listeners.split(","):
        name, _, address = listener.strip().partition("://")
        host, _, port = address.rpartition(":")
        if port and name != "CONTROLLER":
            return f"{'127.0.0.1' if host in EVERYWHERE else host}:{port}"
    return "127.0.0.1:9092"


def run(arguments: argparse.Namespace) -> int:
    """Asks for ApiVersions without a client library: a check has to be cheap."""
    host, port = addresses(arguments.bootstrap)[0]
    try:
        with socket.create_connection((host, port), timeout=TIMEOUT_S) as connection:
            connection.sendall(API_VERSIONS_V0)
            answer = connection.recv(10, socket.MSG_WAITALL)
    except OSError as error:
        raise CommandError(f"no broker answers at {arguments.bootstrap}: {error}") from None
    if len(answer) < 10 or struct.unpack_from(">ih", answer, 4) != (1, 0):
        raise CommandError(f"what answers at {arguments.bootstrap} is not a healthy Kafka broker")
    return 0
