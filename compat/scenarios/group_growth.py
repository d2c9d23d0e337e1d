"""A topic grows while a group reads it: the new partitions are read, too."""

from compat.driver_process import Out
from compat.group_protocols import VARIANTS as PROTOCOLS
from compat.lab import Lab, expect, expect_acknowledged, expect_values

NEEDS = frozenset({"groups"})
VARIANTS = PROTOCOLS


async def run(lab: Lab) -> None:
    topic = await lab.topic()
    member = await lab.driver.member(lab.name_topic(), topic, group_protocol=lab.variant)
    producer = await lab.driver.producer()
    expect_acknowledged(await producer.send(topic, [Out(b"before")]))
    expect("values before", [record.value for record in await member.take(1)], [b"before"])
    await member.commit()
    administrator = await lab.administrator("create_partitions")
    await administrator.call("create_partitions", topic=topic, partitions=3)
    await lab.expect_partitions("partitions after growing", topic, 3)
    await lab.expect_leaders(topic, 3, ends=[1, 0, 0])
    sender = await (await lab.another()).producer()
    values = [b"in %d" % partition for partition in range(3)]
    sent = [Out(value, partition=partition) for partition, value in enumerate(values)]
    expect_acknowledged(await sender.send(topic, sent))
    await expect_values("values after growing", member, values)
    await member.close()
