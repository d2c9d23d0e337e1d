"""A consumer that seeks into the middle of a batch starts at exactly that record."""

from compat.driver_process import Out, Place
from compat.lab import Lab, expect, expect_acknowledged

NEEDS = frozenset({"assigned_partitions"})
COUNT = 1_000


async def run(lab: Lab) -> None:
    topic = await lab.topic()
    producer = await lab.driver.producer(linger_ms=500, batch_bytes=500_000, compression="gzip")
    expect_acknowledged(await producer.send(topic, [Out(b"%d" % number) for number in range(COUNT)]))
    consumer = await lab.driver.consumer(Place(topic, 0, 500))
    for offset in (500, 1, COUNT - 1, 0, 777):
        await consumer.seek(Place(topic, 0, offset))
        wanted = list(range(offset, min(offset + 10, COUNT)))
        records = await consumer.take(len(wanted))
        expect(f"offsets after a seek to {offset}", [record.offset for record in records], wanted)
        expect("values", [record.value for record in records], [b"%d" % number for number in wanted])
