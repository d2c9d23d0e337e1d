"""Keys choose partitions; null and empty keys and values stay what they are."""

from compat.driver_process import Out
from compat.lab import Lab, expect, expect_acknowledged, expect_that

VARIANTS = {"keys": {"partitioner"}, "nulls": {"empties"}}


async def run(lab: Lab) -> None:
    await (keys_choose_partitions(lab) if lab.variant == "keys" else nulls_come_back(lab))


async def nulls_come_back(lab: Lab) -> None:
    pairs: list[tuple[bytes | None, bytes | None]] = [
        (b"key", b"value"),
        (b"key", None),
        (None, b"value"),
        (b"key", b""),
        (b"", b"value"),
        (b"\x00\xff\xfe", b"\x00" * 10),
    ]
    topic = await lab.topic()
    producer = await lab.driver.producer()
    expect_acknowledged(await producer.send(topic, [Out(value, key=key) for key, value in pairs]))
    records = await lab.read_all(topic, len(pairs))
    expect("keys and values", [(record.key, record.value) for record in records], pairs)


async def keys_choose_partitions(lab: Lab) -> None:
    topic = await lab.topic(partitions=6)
    await lab.expect_leaders(topic, 6)
    producer = await lab.driver.producer(idempotence=lab.has("idempotence"))
    sent = [Out(b"%d" % number, key=b"key-%d" % (number % 40)) for number in range(200)]
    placed = expect_acknowledged(await producer.send(topic, sent))
    records = await lab.read_all(topic, len(sent), partitions=6)
    partitions: dict[bytes | None, set[int]] = {}
    for record in records:
        partitions.setdefault(record.key, set()).add(record.partition)
    expect_that("each key stays in one partition", all(len(p) == 1 for p in partitions.values()))
    expect_that("keys spread over partitions", len(set().union(*partitions.values())) > 1)
    found = sorted((str(record.key), str(record.value)) for record in records)
    expect("records", found, sorted((str(out.key), str(out.value)) for out in sent))
    if lab.has("delivery_reports"):
        told = [place.partition for place in placed]
        expect("partitions", told, [next(iter(partitions[record.key])) for record in sent])
