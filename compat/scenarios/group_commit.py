"""A group goes on where it has committed; another group begins anew."""

from compat.driver_process import Out
from compat.group_protocols import VARIANTS as PROTOCOLS
from compat.lab import Lab, expect, expect_acknowledged

NEEDS = frozenset({"groups"})
VARIANTS = PROTOCOLS


async def run(lab: Lab) -> None:
    topic = await lab.topic()
    group = lab.name_topic()
    values = [b"%d" % number for number in range(100)]
    producer = await lab.driver.producer()
    expect_acknowledged(await producer.send(topic, [Out(value) for value in values]))
    first = await lab.driver.member(group, topic, group_protocol=lab.variant)
    expect("values before the commit", [record.value for record in await first.take(60)], values[:60])
    await first.commit()
    expect("values behind the commit", [record.value for record in await first.take(20)], values[60:80])
    await first.close()
    second = await lab.driver.member(group, topic, group_protocol=lab.variant)
    expect("values after the commit", [record.value for record in await second.take(40)], values[60:])
    await second.close()
    other = await lab.driver.member(lab.name_topic(), topic, group_protocol=lab.variant)
    expect("values of another group", [record.value for record in await other.take(100)], values)
    await other.close()
