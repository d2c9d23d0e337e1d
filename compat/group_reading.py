"""What members of a group read of a topic, and whether each partition is only one member's."""

import asyncio
from collections.abc import Sequence

from compat.driver_process import Consumer, Out
from compat.lab import Lab, expect, expect_acknowledged

EACH = 20
ATTEMPTS, ATTEMPT_S = 30, 1.0


async def produce(lab: Lab, topic: str, partitions: int, prefix: bytes) -> list[bytes]:
    """Some records into each partition; their values, sorted."""
    producer = await lab.driver.producer()
    sent = [
        Out(b"%s %d/%02d" % (prefix, partition, number), partition=partition)
        for number in range(EACH)
        for partition in range(partitions)
    ]
    expect_acknowledged(await producer.send(topic, sent))
    return sorted(out.value or b"" for out in sent)


async def until_all_read(
    lab: Lab, topic: str, partitions: int, members: Sequence[Consumer], *, prefix: bytes = b""
) -> list[set[int]]:
    """The partitions that each member reads, once every member has a share and all are read.

    What they read until then is committed, so that nothing comes again later.
    """
    shares: list[set[int]] = []
    for attempt in range(ATTEMPTS):
        values = set(await produce(lab, topic, partitions, b"%s%d" % (prefix, attempt)))
        reading = [member.take(len(values), timeout_s=ATTEMPT_S) for member in members]
        taken = await asyncio.gather(*reading)
        found = [[record for record in records if record.value in values] for records in taken]
        await asyncio.gather(*(member.commit() for member in members), return_exceptions=True)
        shares = [{record.partition for record in records} for records in found]
        if all(shares) and sum(map(len, found)) == len(values) and _are_disjoint(shares, partitions):
            return shares
    expect("partitions that each member reads", shares, "each some, together all, none twice")
    raise AssertionError


def _are_disjoint(shares: Sequence[set[int]], partitions: int) -> bool:
    """In a rebalance two may have read the same: they are asked again then."""
    return sorted(partition for share in shares for partition in share) == list(range(partitions))
