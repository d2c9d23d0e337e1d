"""The answers that say where brokers are: a client has to come back through the proxy."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.compat.faults.exchange import Api


class Address(NamedTuple):
    """Where a broker listens, or the proxy in its place."""

    host: str
    port: int


WITH_ADDRESSES = {
    Api.PRODUCE: "node_endpoints",
    Api.FETCH: "node_endpoints",
    Api.METADATA: "brokers",
    Api.FIND_COORDINATOR: "coordinators",
    Api.DESCRIBE_CLUSTER: "brokers",
    Api.SHARE_FETCH: "node_endpoints",
    Api.SHARE_ACKNOWLEDGE: "node_endpoints",
}
"""The list in the answer whose rows have a host and a port."""


def places_in(key: int, answer: Any) -> Iterator[Any]:
    """What in the answer has a host and a port, each a broker's; an error has none."""
    rows = list(getattr(answer, WITH_ADDRESSES[Api(key)]))
    if key == Api.FIND_COORDINATOR:
        rows.append(answer)  # one coordinator, before there were several (version 4)
    yield from (row for row in rows if row.host)
