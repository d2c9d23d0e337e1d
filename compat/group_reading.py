"""What members of a group read of a topic, and whether each partition is only one member's."""

import asyncio
from collections.abc import Sequence

from compat.driver_process import Consumer, In, Out
from compat.lab import Lab, expect, expect_acknowledged, expect_that

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
    for attempt in range(ATTEMPTS):
        values = set(await produce(lab, topic, partitions, b"%s%d" % (prefix, attempt)))
        taken = [member.take(len(values), timeout_s=ATTEMPT_S) for member in members]
        found = [
            [each for each in records if each.value in values] for records in await asyncio.gather(*taken)
        ]
        await asyncio.gather(*(member.commit() for member in members), return_exceptions=True)
        if all(found) and sum(map(len, found)) == len(values):
            return _shares(found, partitions)
    expect("members that read", 0, len(members))
    raise AssertionError


def _shares(found: Sequence[Sequence[In]], partitions: int) -> list[set[int]]:
    shares = [{record.partition for record in records} for records in found]
    expect_that(
        "no partition is read by two", sum(map(len, shares)) == len(set().union(*shares)), shares=shares
    )
    expect("partitions that are read", sorted(set().union(*shares)), list(range(partitions)))
    return shares
