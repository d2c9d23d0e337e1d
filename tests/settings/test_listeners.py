import pytest

from broker.settings.broker import BrokerSettings
from broker.settings.errors import InvalidSetting
from broker.settings.listeners import (
    Listener,
    advertised_listeners,
    controller_names,
    listeners,
    protocol_map,
)

INSIDE_OUTSIDE = {
    "listeners": "INSIDE://0.0.0.0:9092,outside://:29092,CONTROLLER://:9093",
    "advertised.listeners": "INSIDE://kafka:9092,OUTSIDE://localhost:29092",
    "listener.security.protocol.map": "INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
}


def refusal(values: dict[str, str]) -> str:
    with pytest.raises(InvalidSetting) as refused:
        BrokerSettings(values)
    return str(refused.value)


def test_the_default_is_this_machine_alone() -> None:
    settings = BrokerSettings()
    assert listeners(settings) == [Listener("PLAINTEXT", "127.0.0.1", 9092, "PLAINTEXT")]
    assert advertised_listeners(settings) == {}


def test_listeners_inside_and_outside_of_docker() -> None:
    settings = BrokerSettings(INSIDE_OUTSIDE)
    assert listeners(settings) == [
        Listener("INSIDE", "0.0.0.0", 9092, "PLAINTEXT"),
        Listener("OUTSIDE", "", 29092, "PLAINTEXT"),
    ]
    assert advertised_listeners(settings) == {
        "INSIDE": Listener("INSIDE", "kafka", 9092, "PLAINTEXT"),
        "OUTSIDE": Listener("OUTSIDE", "localhost", 29092, "PLAINTEXT"),
    }


def test_the_listeners_of_controllers_are_not_opened() -> None:
    settings = BrokerSettings({"listeners": "PLAINTEXT://:1,CTRL://:2", "controller.listener.names": "CTRL"})
    assert [listener.name for listener in listeners(settings)] == ["PLAINTEXT"]
    assert controller_names(settings) == {"CTRL"}


def test_an_address_may_be_of_ipv6() -> None:
    settings = BrokerSettings({"listeners": "PLAINTEXT://[::1]:9092"})
    assert listeners(settings)[0].host == "::1"


def test_one_port_may_serve_one_ipv4_and_one_ipv6_address() -> None:
    values = {
        "listeners": "A://127.0.0.1:9092,B://[::1]:9092",
        "listener.security.protocol.map": "A:PLAINTEXT,B:PLAINTEXT",
    }
    assert len(listeners(BrokerSettings(values))) == 2


def test_port_0_may_be_given_more_than_once() -> None:
    values = {"listeners": "A://:0,B://:0", "listener.security.protocol.map": "A:PLAINTEXT,B:PLAINTEXT"}
    assert [listener.port for listener in listeners(BrokerSettings(values))] == [0, 0]


def test_names_of_controllers_have_a_protocol_unless_the_map_is_given() -> None:
    assert protocol_map(BrokerSettings())["CONTROLLER"] == "PLAINTEXT"
    given = BrokerSettings({"listener.security.protocol.map": "PLAINTEXT:PLAINTEXT"})
    assert protocol_map(given) == {"PLAINTEXT": "PLAINTEXT"}


@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        ("PLAINTEXT", "must be NAME://host:port"),
        ("PLAINTEXT://host", "must be NAME://host:port"),
        ("://host:1", "must be NAME://host:port"),
        ("PLAINTEXT://ho st:1", "must be NAME://host:port"),
        ("PLAINTEXT://host:-1", "must be NAME://host:port"),
        ("PLAINTEXT://host:65536", "must have a port from 0 to 65535"),
        ("NOBODY://host:1", "listener.security.protocol.map has no protocol for NOBODY"),
        ("PLAINTEXT://:1,plaintext://:2", "must have a different name for each listener"),
        ("PLAINTEXT://:1,SSL://:1", "must not use port 1 twice"),
        ("PLAINTEXT://127.0.0.1:1,SSL://127.0.0.2:1", "must not use port 1 twice"),
        ("PLAINTEXT://127.0.0.1:1,SSL://[::1]:1,SASL_SSL://a:1", "must not use port 1 twice"),
        ("CONTROLLER://:9093", "must hold one that controller.listener.names does not name"),
    ],
)
def test_what_cannot_be_listened_on_is_refused(value: str, allowed: str) -> None:
    assert refusal({"listeners": value}).startswith(f"listeners={value}: {allowed}")


@pytest.mark.parametrize("protocol", ["SSL", "SASL_PLAINTEXT", "SASL_SSL"])
def test_a_protocol_that_is_not_there_yet_stops_the_start(protocol: str) -> None:
    assert refusal({"listeners": f"{protocol}://:9093"}) == (
        f"listeners={protocol}://:9093: Kawa does not speak {protocol} yet, only PLAINTEXT"
    )


@pytest.mark.parametrize(
    ("value", "refused"),
    [
        ("SSL://a:1", "advertised.listeners=SSL: must be one of the listeners: PLAINTEXT"),
        (
            "PLAINTEXT://0.0.0.0:1",
            "advertised.listeners=PLAINTEXT://0.0.0.0:1: must have a host that clients",
        ),
        ("CONTROLLER://a:1", "advertised.listeners=CONTROLLER://a:1: must hold one of PLAINTEXT"),
        (
            "PLAINTEXT://a:1,PLAINTEXT://b:2",
            "advertised.listeners=PLAINTEXT://a:1,PLAINTEXT://b:2: must have a di",
        ),
    ],
)
def test_what_cannot_be_advertised_is_refused(value: str, refused: str) -> None:
    assert refusal({"advertised.listeners": value}).startswith(refused)


def test_two_listeners_may_be_advertised_under_one_port() -> None:
    values = INSIDE_OUTSIDE | {"advertised.listeners": "INSIDE://a:9092,OUTSIDE://b:9092"}
    assert len(advertised_listeners(BrokerSettings(values))) == 2
