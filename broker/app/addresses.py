"""Where each node listens, and what it tells its clients to connect to.

Nodes take the ports of the first one plus one, plus two, ...; further apart where several listeners
would clash. Port 0 stays 0: the system chooses.
"""

from typing import NamedTuple

from broker.settings.broker import BrokerSettings
from broker.settings.errors import InvalidSetting
from broker.settings.listeners import Listener, advertised_listeners, listeners

LOOPBACK = "localhost"  # 127.0.0.1 and, where present, ::1
EVERY_ADDRESS = {"", "0.0.0.0", "::"}
MOST_PORT = 65_535


class Address(NamedTuple):
    """One listener of one node.

    `told_host` None: clients are told the address by which they came; `told_port` 0: that of the socket.
    """

    name: str
    host: str
    port: int
    told_host: str | None
    told_port: int

    def reached_by(self, port: int) -> tuple[str, int]:
        """Host and port for somebody on this machine, once the socket has its port."""
        return "127.0.0.1" if self.host in EVERY_ADDRESS | {LOOPBACK} else self.host, port

    def told_with(self, port: int) -> tuple[str, int]:
        """What such a client is told to connect to, once the socket has its port."""
        host, port = self.reached_by(port)
        return (host, port) if self.told_host is None else (self.told_host, self.told_port or port)


def addresses_of_nodes(settings: BrokerSettings) -> list[list[Address]]:
    """For each node its listeners, in the order of the settings. Raises: InvalidSetting."""
    opened = _default_listeners() if not settings.is_set("listeners") else listeners(settings)
    told = advertised_listeners(settings)
    step = _step([listener.port for listener in opened], settings.kawa_brokers)
    found = [
        [_address(listener, told.get(listener.name), step * index) for listener in opened]
        for index in range(settings.kawa_brokers)
    ]
    _check_ports(found)
    return found


def _default_listeners() -> list[Listener]:
    return [Listener("PLAINTEXT", LOOPBACK, 9092, "PLAINTEXT")]


def _check_ports(nodes: list[list[Address]]) -> None:
    """Those of the settings are checked; here it is those of further nodes."""
    for node in nodes:
        for address in node:
            port = max(address.port, address.told_port)
            if port > MOST_PORT:
                what = (
                    f"one of the nodes would get the port {port} for {address.name}; {MOST_PORT} is the last"
                )
                raise InvalidSetting("kawa.brokers", str(len(nodes)), what)


def _step(ports: list[int], nodes: int) -> int:
    """How far apart the ports of two nodes are, so that no two listeners meet."""
    fixed = [port for port in ports if port]
    step = 1
    while (
        len({port + step * index for port in set(fixed) for index in range(nodes)}) < len(set(fixed)) * nodes
    ):
        step += 1
    return step


def _address(listener: Listener, told: Listener | None, shift: int) -> Address:
    port = listener.port + shift if listener.port else 0
    if told is not None:
        return Address(listener.name, listener.host, port, told.host, told.port + shift if told.port else 0)
    is_open = listener.host in EVERY_ADDRESS or listener.host == LOOPBACK
    return Address(listener.name, listener.host, port, None if is_open else listener.host, 0)
