"""What a handler is given beside its request: who asks, and the rooms of the broker it may ask."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from broker.clock import Clock
    from broker.cluster.cluster import Cluster
    from broker.coordinator.group.coordinator import GroupCoordinator
    from broker.fetch.sessions import FetchSessions
    from broker.log.engine import LogEngine
    from broker.logger import Logger
    from broker.on_demand import OnDemand
    from broker.settings.broker import BrokerSettings
    from broker.state.store import StateStore


class RequestContext(NamedTuple):
    """One request's envelope and the connection it came by.

    `local_host` and `local_port` are the address by which the client reached this broker.
    """

    api_key: int
    api_version: int
    correlation_id: int
    client_id: str | None
    listener: str
    client_host: str
    connection_id: int
    local_host: str
    local_port: int


class Broker(NamedTuple):
    """One node: its id, and the rooms it shares with the other nodes of the process."""

    node_id: int
    settings: "BrokerSettings"
    clock: "Clock"
    random_bytes: Callable[[int], bytes]
    cluster: "Cluster"
    logs: "LogEngine"
    state: "StateStore"
    fetch_sessions: "FetchSessions"
    group_coordinator: "OnDemand[GroupCoordinator]"
    logger: "Logger"

    @property
    def groups(self) -> "GroupCoordinator":
        return self.group_coordinator.get()
