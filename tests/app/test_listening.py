"""Opening a node's listeners."""

from typing import Any, NamedTuple

import pytest

from broker.app.addresses import LOOPBACK, Address
from broker.app.listening import Listening, listen
from broker.cluster.nodes import Endpoint
from broker.server.listener import ListenError


class Opened(NamedTuple):
    port: int


class FakeServer:
    """Opens what it is asked to open; port 0 becomes 5000; `without` cannot be listened on."""

    def __init__(self, *, without: str = "nothing") -> None:
        self.opened: list[tuple[str, str, int]] = []
        self._without = without

    def listen(self, name: str, host: str, port: int) -> Opened:
        if host == self._without:
            raise ListenError(f"cannot listen on {host}:{port}")
        self.opened.append((name, host, port))
        return Opened(port or 5000)


def opened(server: Any, *addresses: Address) -> Listening:
    return listen(server, list(addresses))


def test_loopback_is_both_addresses_on_one_port() -> None:
    server = FakeServer()
    endpoints, reached, told = opened(server, Address("PLAINTEXT", LOOPBACK, 0, None, 0))
    assert server.opened == [("PLAINTEXT", "127.0.0.1", 0), ("PLAINTEXT", "::1", 5000)]
    assert endpoints == {"PLAINTEXT": Endpoint(None, 5000)}
    assert reached == told == ("127.0.0.1", 5000)


def test_a_machine_without_ipv6_has_enough_with_ipv4() -> None:
    server = FakeServer(without="::1")
    opened(server, Address("PLAINTEXT", LOOPBACK, 0, None, 0))
    assert server.opened == [("PLAINTEXT", "127.0.0.1", 0)]


def test_an_address_that_is_taken_is_an_error() -> None:
    with pytest.raises(ListenError):
        opened(FakeServer(without="127.0.0.1"), Address("PLAINTEXT", LOOPBACK, 0, None, 0))


def test_every_listener_has_its_endpoint_and_the_first_is_how_it_is_reached() -> None:
    endpoints, reached, told = opened(
        FakeServer(),
        Address("INSIDE", "", 29092, "kafka", 0),
        Address("OUTSIDE", "", 9092, "localhost", 19092),
    )
    assert endpoints == {"INSIDE": Endpoint("kafka", 29092), "OUTSIDE": Endpoint("localhost", 19092)}
    assert (reached, told) == (("127.0.0.1", 29092), ("kafka", 29092))
