"""Batches of 10,000 records are stored whole and read in order."""

from compat.driver_process import Out
from compat.lab import Lab, expect, expect_acknowledged, expect_that

COUNT = 30_000


async def run(lab: Lab) -> None:
    topic = await lab.topic()
    producer = await lab.driver.producer(linger_ms=1_000, batch_bytes=1_000_000)
    values = [b"%d" % number for number in range(COUNT)]
    expect_acknowledged(await producer.send(topic, [Out(value) for value in values]))
    records = await lab.read_all(topic, COUNT)
    expect("offsets", [record.offset for record in records], list(range(COUNT)))
    expect("values", [record.value for record in records], values)
    counts = [batch.record_count for batch in await lab.stored_batches(topic)]
    expect_that("a batch has 10,000 records", max(counts) >= 10_000, counts=counts)
