"""Producing to a topic that is not there creates it."""

from compat.driver_process import Out
from compat.lab import Lab, expect, expect_acknowledged


async def run(lab: Lab) -> None:
    topic = lab.name_topic()
    producer = await lab.driver.producer()
    expect_acknowledged(await producer.send(topic, [Out(b"first"), Out(b"second")]))
    records = await lab.read_all(topic, 2)
    expect("partitions", {record.partition for record in records}, {0})
    expect("values", [record.value for record in records], [b"first", b"second"])
    await lab.expect_listed(topic)
