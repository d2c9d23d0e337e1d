"""A broker that is stopped and started in mid-stream loses nothing; clients carry on."""

import asyncio

from compat.brokers.broker import BrokerOptions
from compat.driver_process import Acknowledged, Out, Place
from compat.lab import Lab, expect, expect_acknowledged

NEEDS = frozenset({"delivery_reports"})
BROKER = BrokerOptions()
COUNT = 20_000


async def run(lab: Lab) -> None:
    topic = await lab.topic()
    consumer = await (await lab.reader()).consumer(Place(topic))
    producer = await lab.driver.producer(idempotence=lab.has("idempotence"), batch_bytes=2_000)
    values = [b"%d" % number for number in range(COUNT)]
    lab.driver.progressed.clear()
    sending = asyncio.create_task(
        producer.send(topic, [Out(value) for value in values], progress_every=1_000)
    )
    await asyncio.wait(
        [sending, asyncio.create_task(lab.driver.progressed.wait())], return_when=asyncio.FIRST_COMPLETED
    )
    await lab.broker.stop()
    await lab.broker.start()
    outcomes = await sending
    end = await lab.driver.offset(topic, "end")
    assert end is not None
    records = await consumer.take(end)
    pairs = zip(values, outcomes, strict=True)
    acknowledged = {value for value, outcome in pairs if isinstance(outcome, Acknowledged)}
    lost = acknowledged - {record.value for record in records}
    expect("acknowledged records that were lost", sorted(lost, key=str)[:5], [])
    expect_acknowledged(outcomes)
    if lab.has("idempotence"):
        expect("values", [record.value for record in records], values)
    else:
        expect("values", {record.value for record in records}, set(values))
