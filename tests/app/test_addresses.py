"""Where nodes listen and what they tell."""

import pytest

from broker.app.addresses import LOOPBACK, Address, addresses_of_nodes
from broker.settings.broker import BrokerSettings
from broker.settings.errors import InvalidSetting


def nodes(**values: str) -> list[list[Address]]:
    return addresses_of_nodes(
        BrokerSettings.from_values({name.replace("_", "."): text for name, text in values.items()})
    )


def test_without_a_setting_it_listens_on_both_loopback_addresses_and_tells_how_it_was_reached() -> None:
    assert nodes() == [[Address("PLAINTEXT", LOOPBACK, 9092, None, 0)]]


def test_a_listener_on_one_address_is_told_as_it_is() -> None:
    assert nodes(listeners="PLAINTEXT://127.0.0.1:5") == [
        [Address("PLAINTEXT", "127.0.0.1", 5, "127.0.0.1", 0)]
    ]


def test_a_listener_on_every_address_tells_how_it_was_reached() -> None:
    assert nodes(listeners="PLAINTEXT://:5") == [[Address("PLAINTEXT", "", 5, None, 0)]]
    assert nodes(listeners="PLAINTEXT://0.0.0.0:5") == [[Address("PLAINTEXT", "0.0.0.0", 5, None, 0)]]


def test_what_is_advertised_is_told() -> None:
    told = nodes(listeners="PLAINTEXT://:9092", advertised_listeners="PLAINTEXT://kafka:19092")
    assert told == [[Address("PLAINTEXT", "", 9092, "kafka", 19092)]]


def test_further_nodes_take_the_next_ports() -> None:
    ports = [[a.port for a in node] for node in nodes(listeners="PLAINTEXT://h:9092", kawa_brokers="3")]
    assert ports == [[9092], [9093], [9094]]


def test_ports_of_several_listeners_do_not_meet() -> None:
    listeners = "A://:9092,B://:9093"
    protocols = "A:PLAINTEXT,B:PLAINTEXT"
    found = nodes(listeners=listeners, listener_security_protocol_map=protocols, kawa_brokers="3")
    assert [[a.port for a in node] for node in found] == [[9092, 9093], [9094, 9095], [9096, 9097]]


def test_port_zero_stays_zero() -> None:
    found = nodes(listeners="PLAINTEXT://127.0.0.1:0", kawa_brokers="2")
    assert [node[0].port for node in found] == [0, 0]


def test_advertised_ports_move_with_the_nodes() -> None:
    found = nodes(
        listeners="PLAINTEXT://:9092", advertised_listeners="PLAINTEXT://kafka:19092", kawa_brokers="2"
    )
    assert [node[0].told_port for node in found] == [19092, 19093]


def test_who_is_on_this_machine_reaches_it_by_loopback() -> None:
    assert nodes()[0][0].reached_by(1234) == ("127.0.0.1", 1234)
    assert nodes(listeners="PLAINTEXT://:5")[0][0].reached_by(5) == ("127.0.0.1", 5)
    told = nodes(listeners="PLAINTEXT://:5", advertised_listeners="PLAINTEXT://kafka:7")[0][0]
    assert (told.reached_by(5), told.told_with(5)) == (("127.0.0.1", 5), ("kafka", 7))


def test_a_client_is_told_what_is_advertised_or_how_it_came() -> None:
    assert nodes()[0][0].told_with(5) == ("127.0.0.1", 5)
    advertised = nodes(listeners="PLAINTEXT://h:5", advertised_listeners="PLAINTEXT://kafka:0")[0][0]
    assert advertised.told_with(6) == ("kafka", 6)


@pytest.mark.parametrize(
    "values",
    [
        {"listeners": "PLAINTEXT://h:65534"},
        {"listeners": "PLAINTEXT://h:9092", "advertised_listeners": "PLAINTEXT://k:65534"},
    ],
)
def test_a_node_without_a_port_to_take_is_refused(values: dict[str, str]) -> None:
    assert len(nodes(kawa_brokers="2", **values)) == 2
    with pytest.raises(
        InvalidSetting, match=r"kawa.brokers=3: .* port 65536 for PLAINTEXT; 65535 is the last"
    ):
        nodes(kawa_brokers="3", **values)
