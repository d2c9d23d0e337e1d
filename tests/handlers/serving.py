"""Nodes in memory for the tests of handlers: everything real but the disk."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from broker.app.process import running
from broker.handlers.context import Broker, RequestContext
from broker.settings.broker import BrokerSettings

HOST = "127.0.0.1"


@asynccontextmanager
async def nodes(count: int = 1, **settings: str) -> AsyncIterator[list[Broker]]:
    """So many nodes of one process; settings by their names with `_` for `.`."""
    values = {name.replace("_", "."): value for name, value in settings.items()}
    values |= {"kawa.memory": "true", "kawa.brokers": str(count), "listeners": f"PLAINTEXT://{HOST}:0"}
    async with running(BrokerSettings.from_values(values)) as process:
        yield [node.broker for node in process.nodes]


def context(broker: Broker, key: int, version: int) -> RequestContext:
    """A request of that API and version, come by the node's own listener."""
    port = broker.cluster.nodes[broker.node_id].endpoints["PLAINTEXT"].port
    return RequestContext(key, version, 1, "test", "PLAINTEXT", HOST, 1, HOST, port)
