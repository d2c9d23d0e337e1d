"""A topic that is deleted and created anew is empty, has a new id, and takes records again."""

from compat.driver_process import Out
from compat.lab import Lab, expect, expect_acknowledged, expect_that


async def run(lab: Lab) -> None:
    topic = await lab.topic(partitions=2)
    describer = await lab.administrator("topic_ids")
    administrator = await lab.administrator("admin", "topics")
    old = await describer.call("describe_topic", topic=topic)
    producer = await lab.driver.producer()
    expect_acknowledged(await producer.send(topic, [Out(b"old", partition=0)] * 10))

    await administrator.call("delete_topic", topic=topic)
    await lab.expect_gone(topic)
    await administrator.call("create_topic", topic=topic, partitions=2)

    await lab.expect_partitions("partitions", topic, 2)
    new = await describer.call("describe_topic", topic=topic)
    expect_that("the id is a new one", new["topic_id"] != old["topic_id"], old=old, new=new)
    expect("log ends", await lab.driver.offsets(topic, "end", partitions=2), [0, 0])
    expect_acknowledged(await producer.send(topic, [Out(b"new", partition=0)] * 3))
    records = await lab.read_all(topic, 3, partitions=2)
    expect("offsets", [record.offset for record in records], [0, 1, 2])
    expect("values", [record.value for record in records], [b"new"] * 3)
