"""Records arrive with each kind of acknowledgement."""

from compat.driver_process import Out
from compat.lab import Lab, expect, expect_acknowledged

VARIANTS: dict[str, set[str]] = {"0": {"acks"}, "1": {"acks"}, "all": set()}
COUNT = 500


async def run(lab: Lab) -> None:
    topic = await lab.topic()
    producer = await lab.driver.producer(acks=lab.variant)
    values = [b"%d" % number for number in range(COUNT)]
    placed = expect_acknowledged(await producer.send(topic, [Out(value) for value in values]))
    if lab.variant != "0" and lab.has("delivery_reports"):  # with 0 the broker tells no offsets
        expect("acknowledged offsets", [place.offset for place in placed], list(range(COUNT)))
    records = await lab.read_all(topic, COUNT)
    expect("values", [record.value for record in records], values)
    stored = sum(batch.record_count for batch in await lab.stored_batches(topic))
    expect("records in the log", stored, COUNT)
