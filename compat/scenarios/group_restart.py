"""The broker is stopped and started while a group reads: its member goes on, and nothing is skipped."""

from compat.brokers.broker import BrokerOptions
from compat.driver_process import Out
from compat.group_protocols import VARIANTS as PROTOCOLS
from compat.lab import Lab, expect, expect_acknowledged, expect_values

NEEDS = frozenset({"groups"})
VARIANTS = PROTOCOLS
BROKER = BrokerOptions()
HALF, EACH = 50, 5


async def run(lab: Lab) -> None:
    topic = await lab.topic()
    group = lab.name_topic()
    values = [b"%d" % number for number in range(2 * HALF)]
    producer = await lab.driver.producer()
    for start in range(0, HALF, EACH):
        batch = [Out(value) for value in values[start : start + EACH]]
        expect_acknowledged(await producer.send(topic, batch))
    member = await lab.driver.member(group, topic, session_timeout_ms=30_000, group_protocol=lab.variant)
    expect("values before", [record.value for record in await member.take(HALF)], values[:HALF])
    await member.commit()
    await lab.broker.stop()
    await lab.broker.start()
    sender = await (await lab.another()).producer()
    expect_acknowledged(await sender.send(topic, [Out(value) for value in values[HALF:]]))
    await expect_values("values after", member, values[HALF:])
    expect_acknowledged(await sender.send(topic, [Out(b"last")]))  # by when it has its place again
    await expect_values("the last value", member, [b"last"])
    await member.commit()
    await member.close()
    after = await lab.driver.member(group, topic, group_protocol=lab.variant)
    expect("values that are left", [record.value for record in await after.take(1, timeout_s=1)], [])
    await after.close()
