"""An idempotent producer's records are stored once, in order, under its producer id."""

from compat.driver_process import Out
from compat.lab import Lab, expect, expect_acknowledged, expect_that

NEEDS = frozenset({"idempotence"})
COUNT = 3_000


async def run(lab: Lab) -> None:
    topic = await lab.topic()
    producer = await lab.driver.producer(idempotence=True, linger_ms=1, batch_bytes=2_000)
    values = [b"%d" % number for number in range(COUNT)]
    placed = expect_acknowledged(await producer.send(topic, [Out(value) for value in values]))
    if lab.has("delivery_reports"):
        expect("acknowledged offsets", [place.offset for place in placed], list(range(COUNT)))
    records = await lab.read_all(topic, COUNT)
    expect("values", [record.value for record in records], values)
    batches = await lab.stored_batches(topic)
    expect("producer ids", len({batch.producer_id for batch in batches}), 1)
    expect_that("the producer id is a real one", batches[0].producer_id >= 0, found=batches[0])
    sequences = [batch.base_sequence for batch in batches]
    expect("sequences", sequences, [batch.base_offset for batch in batches])
