"""Opening a node's listeners."""

from typing import NamedTuple

from broker.app.addresses import LOOPBACK, Address
from broker.cluster.nodes import Endpoint
from broker.server.listener import Listener, ListenError
from broker.server.server import Server


class Listening(NamedTuple):
    """What each listener tells its clients; host and port of the first for somebody on this machine,
    and what such a client is then told to connect to."""

    endpoints: dict[str, Endpoint]
    reached: tuple[str, int]
    told: tuple[str, int]


def listen(server: Server, addresses: list[Address]) -> Listening:
    """Raises: ListenError."""
    endpoints = {}
    ports = []
    for address in addresses:
        listener = _open(server, address)
        ports.append(listener.port)
        endpoints[address.name] = Endpoint(address.told_host, address.told_port or listener.port)
    first, port = addresses[0], ports[0]
    return Listening(endpoints, first.reached_by(port), first.told_with(port))


def _open(server: Server, address: Address) -> Listener:
    if address.host != LOOPBACK:
        return server.listen(address.name, address.host, address.port)
    listener = server.listen(address.name, "127.0.0.1", address.port)
    try:
        server.listen(address.name, "::1", listener.port)
    except ListenError:
        pass  # a machine without IPv6, or the port is taken there: 127.0.0.1 is enough
    return listener
