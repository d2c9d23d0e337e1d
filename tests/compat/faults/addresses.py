"""The answers that say where brokers are: a client has to come back through the proxy."""

from collections.abc import Iterator
from typing import Any, NamedTuple


class Address(NamedTuple):
    """Where a broker listens, or the proxy in its place."""

    host: str
    port: int


FIND_COORDINATOR = 10
WITH_ADDRESSES = {
    0: "node_endpoints",  # Produce
    1: "node_endpoints",  # Fetch
    3: "brokers",  # Metadata
    FIND_COORDINATOR: "coordinators",
    60: "brokers",  # DescribeCluster
    78: "node_endpoints",  # ShareFetch
    79: "node_endpoints",  # ShareAcknowledge
}
"""By API key: the list in the answer whose rows have a host and a port."""


def places_in(key: int, answer: Any) -> Iterator[Any]:
    """What in the answer has a host and a port, each a broker's; an error has none."""
    rows = list(getattr(answer, WITH_ADDRESSES[key]))
    if key == FIND_COORDINATOR:
        rows.append(answer)  # one coordinator, before there were several (version 4)
    yield from (row for row in rows if row.host)
