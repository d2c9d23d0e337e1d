"""Opening a node's listeners."""

from broker.app.addresses import LOOPBACK, Address
from broker.cluster.nodes import Endpoint
from broker.server.listener import Listener, ListenError
from broker.server.server import Server


def listen(server: Server, addresses: list[Address]) -> tuple[dict[str, Endpoint], tuple[str, int]]:
    """What each listener tells its clients, and how somebody on this machine reaches the first.

    Raises: ListenError.
    """
    endpoints = {}
    ports = []
    for address in addresses:
        listener = _open(server, address)
        ports.append(listener.port)
        endpoints[address.name] = Endpoint(address.told_host, address.told_port or listener.port)
    return endpoints, addresses[0].reached_by(ports[0])


def _open(server: Server, address: Address) -> Listener:
    if address.host != LOOPBACK:
        return server.listen(address.name, address.host, address.port)
    listener = server.listen(address.name, "127.0.0.1", address.port)
    try:
        server.listen(address.name, "::1", listener.port)
    except ListenError:
        pass  # a machine without IPv6, or the port is taken there: 127.0.0.1 is enough
    return listener
