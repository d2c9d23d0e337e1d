"""DeleteRecords moves the log's start; consumers begin there."""

from compat.driver_process import Out, Place
from compat.lab import Lab, expect, expect_acknowledged

NEEDS = frozenset({"delete_records"})


async def run(lab: Lab) -> None:
    topic = await lab.topic(partitions=2)
    producer = await lab.driver.producer()
    sent = [Out(b"%d" % number, partition=0) for number in range(100)]
    expect_acknowledged(await producer.send(topic, sent))
    marks = await lab.driver.call(
        "delete_records", topic=topic, partitions=[{"partition": 0, "before_offset": 40}]
    )
    expect("low watermarks", marks, [{"partition": 0, "low_watermark": 40}])
    expect("log starts", await lab.driver.offsets(topic, "beginning", partitions=2), [40, 0])
    expect("log ends", await lab.driver.offsets(topic, "end", partitions=2), [100, 0])
    records = await lab.read_all(topic, 60)
    expect("offsets", [record.offset for record in records], list(range(40, 100)))
    consumer = await (await lab.reader("offset_reset")).consumer(Place(topic, 0, 3), offset_reset="beginning")
    records = await consumer.take(5)
    expect("offsets after a seek before the start", [r.offset for r in records], list(range(40, 45)))
    await lab.driver.call("delete_records", topic=topic, partitions=[{"partition": 0, "before_offset": -1}])
    expect("log starts", await lab.driver.offsets(topic, "beginning", partitions=2), [100, 0])
    placed = expect_acknowledged(await producer.send(topic, [Out(b"after", partition=0)]))
    expect("the next offset", placed[0].offset, 100)
