"""Two members share the partitions of a topic; when one leaves the other gets them all."""

import asyncio

from compat.driver_process import Consumer, In, Out
from compat.lab import Lab, expect, expect_acknowledged, expect_that, expect_values

NEEDS = frozenset({"groups"})
PARTITIONS, EACH = 6, 20
SESSION_MS = 30_000  # so that a member that leaves is not merely missed
ATTEMPTS, ATTEMPT_S = 30, 1.0


async def run(lab: Lab) -> None:
    topic = await lab.topic(partitions=PARTITIONS)
    await lab.expect_leaders(topic, PARTITIONS)
    group = lab.name_topic()
    one = await lab.driver.member(group, topic, session_timeout_ms=SESSION_MS)
    two = await (await lab.another()).member(group, topic, session_timeout_ms=SESSION_MS)
    seen = await until_both_read(lab, topic, one, two)
    shares = [{record.partition for record in records} for records in seen]
    expect_that("no partition is read by both", not shares[0] & shares[1], one=shares[0], two=shares[1])
    expect("partitions that are read", sorted(shares[0] | shares[1]), list(range(PARTITIONS)))
    await asyncio.gather(one.commit(), two.commit())
    await two.close()
    values = await produce(lab, topic, b"after")
    await expect_values("records after one has left", one, values)
    await one.close()


async def until_both_read(lab: Lab, topic: str, one: Consumer, two: Consumer) -> tuple[list[In], list[In]]:
    """What each reads of one round of records, once both have a share of the partitions."""
    for attempt in range(ATTEMPTS):
        values = set(await produce(lab, topic, b"%d" % attempt))
        found = await asyncio.gather(
            one.take(len(values), timeout_s=ATTEMPT_S), two.take(len(values), timeout_s=ATTEMPT_S)
        )
        mine, theirs = ([record for record in each if record.value in values] for each in found)
        if mine and theirs and len(mine) + len(theirs) == len(values):
            return mine, theirs
        await asyncio.gather(one.commit(), two.commit(), return_exceptions=True)
    expect("members that read, of two", 1, 2)
    raise AssertionError


async def produce(lab: Lab, topic: str, prefix: bytes) -> list[bytes]:
    """Some records into each partition; their values, sorted."""
    producer = await lab.driver.producer()
    sent = [
        Out(b"%s %d/%02d" % (prefix, partition, number), partition=partition)
        for number in range(EACH)
        for partition in range(PARTITIONS)
    ]
    expect_acknowledged(await producer.send(topic, sent))
    return sorted(out.value or b"" for out in sent)
