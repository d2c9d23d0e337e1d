"""A consumer beyond the log's end starts over where it was told to."""

from compat.driver_process import Out, Place
from compat.lab import Lab, expect, expect_acknowledged

NEEDS = frozenset({"assigned_partitions", "offset_reset"})


async def run(lab: Lab) -> None:
    topic = await lab.topic()
    producer = await lab.driver.producer()
    expect_acknowledged(await producer.send(topic, [Out(b"%d" % number) for number in range(10)]))
    consumer = await lab.driver.consumer(Place(topic, 0, 1_000), offset_reset="beginning")
    records = await consumer.take(10)
    expect("offsets", [record.offset for record in records], list(range(10)))
