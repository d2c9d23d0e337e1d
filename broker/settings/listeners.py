"""`listeners`, `advertised.listeners` and `listener.security.protocol.map`, taken apart.

    listeners=INSIDE://0.0.0.0:9092,OUTSIDE://:29092
    advertised.listeners=INSIDE://kafka:9092,OUTSIDE://localhost:29092
    listener.security.protocol.map=INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT

Differences from Apache Kafka: listeners that `controller.listener.names` names are checked but not
given back, since Kawa has no controllers apart; a listener that is open to every address needs no
`advertised.listeners`, because clients are then told the address by which they came; ports are
checked here, not when they are opened.
"""

from typing import NamedTuple

from broker.settings.declared import DeclaredSettings
from broker.settings.errors import InvalidSetting

LISTENERS = "listeners"
ADVERTISED = "advertised.listeners"
PROTOCOL_MAP = "listener.security.protocol.map"
PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
SUPPORTED_PROTOCOLS = ("PLAINTEXT",)
MAX_PORT = 65_535


class Listener(NamedTuple):
    """Where to listen, or what to tell clients. An empty host means every address."""

    name: str
    host: str
    port: int
    protocol: str


def listeners(settings: DeclaredSettings) -> list[Listener]:
    """What the broker has to open, in the order given. Raises: InvalidSetting."""
    names = controller_names(settings)
    protocols = protocol_map(settings)
    every = [_listener(LISTENERS, text, protocols) for text in settings.listeners]
    _check_names(LISTENERS, settings.listeners, every)
    _check_ports(settings.listeners, every)
    found = [listener for listener in every if listener.name not in names]
    if not found:
        text = ",".join(settings.listeners)
        raise InvalidSetting(LISTENERS, text, "must hold one that controller.listener.names does not name")
    for listener in found:
        if listener.protocol not in SUPPORTED_PROTOCOLS:
            raise InvalidSetting(
                LISTENERS,
                f"{listener.name}://{listener.host}:{listener.port}",
                f"Kawa does not speak {listener.protocol} yet, only {', '.join(SUPPORTED_PROTOCOLS)}",
            )
    return found


def advertised_listeners(settings: DeclaredSettings) -> dict[str, Listener]:
    """What clients of each listener are told, by the listener's name; without advertised.listeners
    nothing is in it. Raises: InvalidSetting."""
    texts = settings.advertised_listeners
    if texts is None:
        return {}
    protocols, names = protocol_map(settings), controller_names(settings)
    every = [_listener(ADVERTISED, text, protocols) for text in texts]
    _check_names(ADVERTISED, texts, every)
    found = {listener.name: listener for listener in every if listener.name not in names}
    opened = [listener.name for listener in listeners(settings)]
    for name, listener in found.items():
        if name not in opened:
            raise InvalidSetting(ADVERTISED, name, f"must be one of the listeners: {', '.join(opened)}")
        if listener.host == "0.0.0.0":
            raise InvalidSetting(
                ADVERTISED, f"{name}://0.0.0.0:{listener.port}", "must have a host that clients can reach"
            )
    if not found:
        raise InvalidSetting(ADVERTISED, ",".join(texts), f"must hold one of {', '.join(opened)}")
    return found


def protocol_map(settings: DeclaredSettings) -> dict[str, str]:
    """Listener's name -> security protocol. Raises: InvalidSetting."""
    text = settings.listener_security_protocol_map
    found = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, colon, protocol = pair.rpartition(":")
        if not colon or protocol.strip() not in PROTOCOLS:
            raise InvalidSetting(PROTOCOL_MAP, pair, f"must be NAME:PROTOCOL with {', '.join(PROTOCOLS)}")
        found[name.strip().upper()] = protocol.strip()
    if not settings.is_set(PROTOCOL_MAP):
        for name in controller_names(settings):
            found.setdefault(name, "PLAINTEXT")
    return found


def controller_names(settings: DeclaredSettings) -> set[str]:
    return {name.upper() for name in settings.controller_listener_names}


def _listener(setting: str, text: str, protocols: dict[str, str]) -> Listener:
    name, scheme, address = text.partition("://")
    host, colon, port = address.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    well_formed = scheme and name and colon and all(c.isalnum() or c in "-%._:" for c in host)
    if not well_formed or not (port.isascii() and port.isdigit()):
        raise InvalidSetting(setting, text, "must be NAME://host:port")
    if int(port) > MAX_PORT:
        raise InvalidSetting(setting, text, f"must have a port from 0 to {MAX_PORT}")
    name = name.upper()
    if name not in protocols:
        raise InvalidSetting(setting, text, f"{PROTOCOL_MAP} has no protocol for {name}")
    return Listener(name, host, int(port), protocols[name])


def _check_names(setting: str, texts: list[str], found: list[Listener]) -> None:
    if len({listener.name for listener in found}) < len(found):
        raise InvalidSetting(setting, ",".join(texts), "must have a different name for each listener")


def _check_ports(texts: list[str], found: list[Listener]) -> None:
    """Two listeners share a port only if one has an IPv4 and the other an IPv6 address."""
    kinds: dict[int, list[str]] = {}
    for listener in found:
        if listener.port:
            kinds.setdefault(listener.port, []).append(_address_kind(listener.host))
    for port, on_port in kinds.items():
        if len(on_port) > 1 and sorted(on_port) != ["IPv4", "IPv6"]:
            allowed = f"must not use port {port} twice, except for one IPv4 and one IPv6 address"
            raise InvalidSetting(LISTENERS, ",".join(texts), allowed)


def _address_kind(host: str) -> str:
    if ":" in host:
        return "IPv6"
    parts = host.split(".")
    is_v4 = len(parts) == 4 and all(part.isascii() and part.isdigit() for part in parts)
    return "IPv4" if is_v4 else "name"
