"""What a handler is given beside its request: who asks, and the rooms of the broker it may ask."""

from collections.abc import Callable
from dataclasses import dataclass

from broker.clock import Clock
from broker.cluster.cluster import Cluster
from broker.fetch.sessions import FetchSessions
from broker.log.engine import LogEngine
from broker.settings.broker import BrokerSettings
from broker.state.store import StateStore


@dataclass(slots=True)
class RequestContext:
    """One request's envelope and the connection it came by."""

    api_key: int
    api_version: int
    correlation_id: int
    client_id: str | None
    listener: str
    client_host: str
    connection_id: int


@dataclass(slots=True)
class Broker:
    """One node: its id, and the rooms it shares with the other nodes of the process."""

    node_id: int
    settings: BrokerSettings
    clock: Clock
    random_bytes: Callable[[int], bytes]
    cluster: Cluster
    logs: LogEngine
    state: StateStore
    fetch_sessions: FetchSessions
