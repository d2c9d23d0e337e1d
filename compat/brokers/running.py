"""A broker that somebody else has started: it is used as it is, and never stopped."""

import socket
import struct
from contextlib import AbstractAsyncContextManager

from compat.brokers.broker import Broker, BrokerOptions
from compat.failures import BadUsage, NotRun

ANSWER_TIMEOUT_S = 5.0
LARGEST_PORT = 65_535


class RunningBroker:
    """`Broker` and, as there is only this one, `Target`."""

    is_running = True

    def __init__(self, bootstrap: str) -> None:
        self.name = self.bootstrap = bootstrap

    @classmethod
    def at(cls, address: str) -> "RunningBroker":
        """Raises: BadUsage: no Kafka broker answers there."""
        host, _, port = address.rpartition(":")
        if not host or not port.isdecimal() or int(port) > LARGEST_PORT:
            raise BadUsage(f"--bootstrap {address}: wanted HOST:PORT")
        try:
            with socket.create_connection((host.strip("[]"), int(port)), ANSWER_TIMEOUT_S) as connection:
                answers = speaks_kafka(connection)
        except TimeoutError:
            raise BadUsage(f"--bootstrap {address}: no answer within {ANSWER_TIMEOUT_S:.0f} s") from None
        except OSError as error:
            raise BadUsage(f"--bootstrap {address}: {error.strerror or error}") from None
        if not answers:
            raise BadUsage(f"--bootstrap {address}: what answers there is no Kafka broker")
        return cls(address)

    def lacking(self) -> str | None:
        return None

    async def shared(self, lane: str) -> "RunningBroker":
        return self

    def own(self, options: BrokerOptions) -> AbstractAsyncContextManager[Broker]:
        raise NotRun("needs a broker that the harness has started")

    async def start(self) -> None:
        raise NotRun("needs a broker that the harness has started")

    kill = stop = start

    def last_words(self) -> str:
        return ""

    async def close(self) -> None:
        """It goes on."""


def speaks_kafka(connection: socket.socket) -> bool:
    """Whether ApiVersions 0 is answered with its correlation id. Raises: OSError: not in time."""
    correlation_id = 1
    header = struct.pack(">hhih", 18, 0, correlation_id, -1)
    connection.sendall(struct.pack(">i", len(header)) + header)
    answer = connection.recv(8, socket.MSG_WAITALL)
    return len(answer) == 8 and int.from_bytes(answer[4:]) == correlation_id
