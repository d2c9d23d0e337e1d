"""A topic of 64 partitions takes and gives records in each of them."""

from compat.driver_process import Out
from compat.lab import Lab, expect, expect_acknowledged

PARTITIONS = 64
EACH = 20


async def run(lab: Lab) -> None:
    topic = await lab.topic(partitions=PARTITIONS)
    await lab.expect_leaders(topic, PARTITIONS)
    producer = await lab.driver.producer(idempotence=lab.has("idempotence"))
    sent = [
        Out(b"%d/%d" % (partition, number), partition=partition)
        for number in range(EACH)
        for partition in range(PARTITIONS)
    ]
    placed = expect_acknowledged(await producer.send(topic, sent))
    expect("partitions", [place.partition for place in placed], [record.partition for record in sent])
    records = await lab.read_all(topic, len(sent), partitions=PARTITIONS)
    for partition in range(PARTITIONS):
        mine = [(record.offset, record.value) for record in records if record.partition == partition]
        wanted = [(number, b"%d/%d" % (partition, number)) for number in range(EACH)]
        expect(f"records of partition {partition}", mine, wanted)
    ends = await lab.driver.offsets(topic, "end", partitions=PARTITIONS)
    expect("log ends", ends, [EACH] * PARTITIONS)
