"""A broker that is killed in mid-stream has everything that it acknowledged."""

import asyncio

from compat.brokers.broker import BrokerOptions
from compat.driver_process import Acknowledged, Out
from compat.lab import Lab, expect, expect_that

NEEDS = frozenset({"delivery_reports"})
BROKER = BrokerOptions()
COUNT = 20_000


async def run(lab: Lab) -> None:
    topic = await lab.topic()
    for attempt in range(2):
        await produce_through_a_crash(lab, topic, b"%d" % attempt)


async def produce_through_a_crash(lab: Lab, topic: str, prefix: bytes) -> None:
    idempotent = lab.has("idempotence")
    producer = await lab.driver.producer(idempotence=idempotent, batch_bytes=2_000)
    sent = [Out(prefix + b"-%d" % number) for number in range(COUNT)]
    lab.driver.progressed.clear()
    sending = asyncio.create_task(producer.send(topic, sent, progress_every=2_000))
    progress = asyncio.create_task(lab.driver.progressed.wait())
    await asyncio.wait([sending, progress], return_when=asyncio.FIRST_COMPLETED)
    progress.cancel()
    await lab.broker.kill()
    await lab.broker.start()
    outcomes = await sending
    acknowledged = [
        out.value for out, outcome in zip(sent, outcomes, strict=True) if isinstance(outcome, Acknowledged)
    ]
    end = await lab.driver.offset(topic, "end")
    assert end is not None
    records = await lab.read_all(topic, end)
    stored = [record.value for record in records if (record.value or b"").startswith(prefix)]
    lost = set(acknowledged) - set(stored)
    expect("acknowledged records that were lost", sorted(lost, key=str)[:5], [])
    expect("offsets", [record.offset for record in records], list(range(end)))
    expect_that("most records were acknowledged", len(acknowledged) > COUNT // 2, found=len(acknowledged))
    if idempotent:
        expect("records that were stored twice", len(stored) - len(set(stored)), 0)
