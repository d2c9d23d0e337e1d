"""A batch over the topic's max.message.bytes is refused; the limit can be raised."""

import random

from compat.driver_process import Out, Refused
from compat.lab import Lab, expect, expect_acknowledged, expect_soon, expect_that

MESSAGE_TOO_LARGE = 10


async def run(lab: Lab) -> None:
    topic = await lab.topic(max_message_bytes="10000")
    producer = await lab.driver.producer()
    large, small = random.Random(1).randbytes(20_000), b"small"
    expect_acknowledged(await producer.send(topic, [Out(small)]))
    outcome = (await producer.send(topic, [Out(large)]))[0]
    refused_rightly = isinstance(outcome, Refused) and outcome.code == MESSAGE_TOO_LARGE
    expect_that("the large record is refused", refused_rightly, found=outcome)
    expect_acknowledged(await producer.send(topic, [Out(small)]))

    administrator = await lab.administrator("topic_configs")
    await administrator.call("alter_topic_configs", topic=topic, configs={"max.message.bytes": "50000"})

    async def limit() -> str:
        return str((await administrator.call("topic_configs", topic=topic))["max.message.bytes"])

    await expect_soon("max.message.bytes", limit, "50000")
    expect_acknowledged(await producer.send(topic, [Out(large)]))
    records = await lab.read_all(topic, 3)
    expect("values", [record.value for record in records], [small, small, large])
