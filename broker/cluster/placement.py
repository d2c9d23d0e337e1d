"""Which nodes hold a partition, and which of them leads it. Pure: nodes in, nodes out.

The first replica is the preferred leader. Leaders go round the nodes, topic by topic from another
start, so that many topics of one partition spread as one topic of many partitions does.
"""

from collections.abc import Collection, Sequence


def spread(nodes: Sequence[int], *, partitions: int, replicas: int, start: int) -> list[tuple[int, ...]]:
    """For each partition its replicas, the leader first; `replicas` is at most the number of nodes."""
    count = len(nodes)
    return [
        tuple(nodes[(start + partition + replica) % count] for replica in range(replicas))
        for partition in range(partitions)
    ]


def in_sync(replicas: Sequence[int], live: Collection[int], *, leader: int) -> tuple[int, ...]:
    """The replicas that live; the leader is always among them: every node of a process has all data."""
    return tuple(node for node in replicas if node in live) or (leader,)


def new_leader(replicas: Sequence[int], live: Sequence[int]) -> int:
    """Who leads what an absent node has led: the first replica that lives, else the first node that does."""
    return next((node for node in replicas if node in live), live[0])
