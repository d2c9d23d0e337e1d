"""Two clients wait in long polls while a third produces: both get each record at once."""

import asyncio
import time

from compat.driver_process import Consumer, In, Out, Place, Producer
from compat.lab import Lab, expect, expect_acknowledged, expect_that

NEEDS = frozenset({"assigned_partitions"})
POLL_MS = 20_000
ROUNDS = 10


async def run(lab: Lab) -> None:
    topic = await lab.topic()
    readers = [await lab.another() for _ in range(2)]
    options = {"fetch_max_wait_ms": POLL_MS, "fetch_min_bytes": 1}
    consumers = [await reader.consumer(Place(topic, 0, "end"), **options) for reader in readers]
    producer = await lab.driver.producer(linger_ms=0)
    started = time.monotonic()
    for number in range(ROUNDS):
        value = b"%d" % number
        for records in await read_while_producing(topic, consumers, producer, value):
            expect("values", [record.value for record in records], [value])
    seconds = time.monotonic() - started
    expect_that("nobody waited for a poll to end", seconds < POLL_MS / 1000, seconds=seconds)


async def read_while_producing(
    topic: str, consumers: list[Consumer], producer: Producer, value: bytes
) -> list[list[In]]:
    reading = [asyncio.create_task(consumer.take(1)) for consumer in consumers]
    expect_acknowledged(await producer.send(topic, [Out(value)]))
    return await asyncio.gather(*reading)
