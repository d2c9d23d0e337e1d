"""Records of 1 MB pass, also to a consumer that asks for less at a time."""

import random

from compat.driver_process import Out
from compat.lab import Lab, expect, expect_acknowledged


async def run(lab: Lab) -> None:
    randomness = random.Random(1)
    values = [randomness.randbytes(1_000_000) for _ in range(6)]
    topic = await lab.topic()
    producer = await lab.driver.producer()
    expect_acknowledged(await producer.send(topic, [Out(value) for value in values]))
    records = await lab.read_all(topic, len(values))
    expect("values", [record.value for record in records] == values, True)
    records = await lab.read_all(topic, len(values), max_partition_fetch_bytes=65_536)
    expect("values, asked for 64 KiB at a time", [record.value for record in records] == values, True)
