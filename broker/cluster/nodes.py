"""Nodes, and how clients reach them."""

from typing import NamedTuple


class Endpoint(NamedTuple):
    """Where a client connects. `host` None: the address by which it has reached this process already."""

    host: str | None
    port: int


class Address(NamedTuple):
    """What a client is told."""

    host: str
    port: int


class Node(NamedTuple):
    """A broker; `endpoints` by the name of the listener."""

    node_id: int
    rack: str | None
    endpoints: dict[str, Endpoint]

    def address(self, listener: str, *, local_host: str) -> Address:
        """For a client that has come by `listener` and reached this process at `local_host`."""
        host, port = self.endpoints[listener]
        return Address(local_host if host is None else host, port)
