"""The composition root: settings -> data directory -> state -> log engine -> cluster -> nodes.

    async with running(settings) as process:
        process.bootstrap_servers

Several processes of this kind live in one interpreter and one event loop; nothing is shared.
"""

import os
from asyncio import get_running_loop
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, NamedTuple

from broker.app.addresses import addresses_of_nodes
from broker.app.data import Data, Outside, open_data
from broker.app.first_topics import make_first_topics, parse_first_topics
from broker.app.listening import listen
from broker.app.start_error import StartError
from broker.clock import Clock, SystemClock
from broker.cluster.retention_check import RetentionCheck
from broker.fetch.sessions import FetchSessions
from broker.handlers.context import Broker
from broker.log.corrupt_file import CorruptFile
from broker.logger import Logger, SilentLogger
from broker.on_demand import OnDemand
from broker.protocol.errors import KafkaError
from broker.server.buffers import ReceiveBuffers
from broker.server.listener import ListenError
from broker.server.server import Server
from broker.settings.broker import BrokerSettings

if TYPE_CHECKING:
    from broker.coordinator.group.coordinator import GroupCoordinator


class Node(NamedTuple):
    """One node, how somebody on this machine reaches it, and what clients are told to connect to."""

    node_id: int
    host: str
    port: int
    told: tuple[str, int]
    broker: Broker
    server: Server


class Process(NamedTuple):
    """What runs."""

    nodes: list[Node]
    data_directory: str | None

    @property
    def bootstrap_servers(self) -> str:
        return ",".join(joined(node.host, node.port) for node in self.nodes)

    @property
    def advertised(self) -> str:
        """The same as clients are told to connect to."""
        return ",".join(joined(*node.told) for node in self.nodes)


def joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@asynccontextmanager
async def running(
    settings: BrokerSettings,
    *,
    logger: Logger | None = None,
    clock: Clock | None = None,
    random_bytes: Callable[[int], bytes] = os.urandom,
) -> AsyncIterator[Process]:
    """Start, answer from the first moment of the block on, and stop at its end.

    Raises: StartError, InvalidSetting: one line that says what is wrong; nothing is left open.
    """
    outside = Outside(logger or SilentLogger(), clock or SystemClock(get_running_loop()), random_bytes)
    servers: list[Server] = []
    with ExitStack() as stack:
        try:
            with problems_in_one_line(settings.data_directories[0]):
                process = _start(settings, outside, servers, stack)
            yield process
        finally:
            for server in servers:
                await server.stop()


@contextmanager
def problems_in_one_line(directory: str) -> Iterator[None]:
    """What the rooms raise when they cannot start; a file without a name is one of the data directory."""
    try:
        yield
    except (ListenError, CorruptFile, KafkaError) as error:
        raise StartError(str(error)) from error
    except OSError as error:
        raise StartError(f"{error.filename or directory}: {error.strerror or error}") from error


def _start(settings: BrokerSettings, outside: Outside, servers: list[Server], stack: ExitStack) -> Process:
    addresses = addresses_of_nodes(settings)
    topics = parse_first_topics(settings.kawa_topics)
    data = open_data(settings, outside, stack)
    buffers = ReceiveBuffers(max_bytes=settings.queued_max_request_bytes, clock=outside.clock)
    nodes = []
    for node_id, wanted in enumerate(addresses, start=settings.node_id):
        broker = _broker(settings, node_id, data, outside)
        stack.callback(_close_groups, broker)
        servers.append(Server(broker, buffers=buffers))
        listening = listen(servers[-1], wanted)
        data.cluster.set_endpoints(node_id, listening.endpoints)
        nodes.append(Node(node_id, *listening.reached, listening.told, broker, servers[-1]))
    make_first_topics(data.cluster, topics)
    stack.callback(_check_retention(settings, data, outside).close)
    return Process(nodes, data.directory)


def _check_retention(settings: BrokerSettings, data: Data, outside: Outside) -> RetentionCheck:
    return RetentionCheck(
        data.cluster.topics,
        data.cluster.configs,
        data.logs,
        outside.clock,
        outside.logger,
        longest_ms=settings.log_retention_check_interval_ms,
        delay_ms=settings.log_initial_task_delay_ms,
    )


def _broker(settings: BrokerSettings, node_id: int, data: Data, outside: Outside) -> Broker:
    own = settings if node_id == settings.node_id else settings.with_values({"node.id": str(node_id)})
    data.cluster.configs.add_broker(own)
    return Broker(
        node_id=node_id,
        settings=own,
        clock=outside.clock,
        random_bytes=outside.random_bytes,
        cluster=data.cluster,
        logs=data.logs,
        state=data.state,
        fetch_sessions=FetchSessions(own, outside.clock, outside.random_bytes),
        group_coordinator=OnDemand(lambda: _group_coordinator(own, node_id, data, outside)),
        logger=outside.logger,
    )


def _group_coordinator(
    settings: BrokerSettings, node_id: int, data: Data, outside: Outside
) -> "GroupCoordinator":
    from broker.coordinator.group.coordinator import GroupCoordinator

    return GroupCoordinator(
        node_id,
        settings,
        clock=outside.clock,
        random_bytes=outside.random_bytes,
        cluster=data.cluster,
        state=data.state,
        logger=outside.logger,
    )


def _close_groups(broker: Broker) -> None:
    if broker.group_coordinator.made is not None:
        broker.groups.close()
