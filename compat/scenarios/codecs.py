"""Records in each codec come back as they were sent."""

from compat.driver_process import Out
from compat.lab import Lab, expect, expect_acknowledged

VARIANTS = {name: {f"codec:{name}"} for name in ("none", "gzip", "snappy", "lz4", "zstd")}


async def run(lab: Lab) -> None:
    topic = await lab.topic()
    producer = await lab.driver.producer(compression=lab.variant, linger_ms=50)
    values = [b"%d " % number + b"all work and no play " * 20 for number in range(200)]
    expect_acknowledged(await producer.send(topic, [Out(value) for value in values]))
    records = await lab.read_all(topic, len(values))
    expect("values", [record.value for record in records], values)
    expect("offsets", [record.offset for record in records], list(range(len(values))))
    codecs = {batch.codec for batch in await lab.stored_batches(topic)}
    expect("codecs in the log", codecs, {lab.variant})
