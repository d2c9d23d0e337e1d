"""Leaders move from node to node under a producer and a consumer, and nothing is lost."""

from typing import Any

from compat.brokers.broker import BrokerOptions
from compat.driver_process import Out, Place
from compat.lab import Lab, expect, expect_acknowledged, expect_soon

BROKER = BrokerOptions(brokers=3)
ROUNDS = 6
EACH = 50


async def run(lab: Lab) -> None:
    topic = await lab.topic(replication_factor=3)
    operator = await lab.operator()
    consumer = await (await lab.reader()).consumer(Place(topic))
    producer = await lab.driver.producer(idempotence=lab.has("idempotence"))

    async def described() -> dict[str, Any]:
        return dict((await operator.call("describe_topic", topic=topic))["partitions"][0])

    async def leader() -> int:
        return int((await described())["leader"])

    replicas = (await described())["replicas"]
    for number in range(ROUNDS):
        values = [b"%d-%d" % (number, n) for n in range(EACH)]
        expect_acknowledged(await producer.send(topic, [Out(value) for value in values]))
        records = await consumer.take(EACH)
        expect("values", [record.value for record in records], values)
        replicas = [*replicas[1:], replicas[0]]
        await operator.call("move_leader", topic=topic, partition=0, replicas=replicas)
        await expect_soon("the leader", leader, replicas[0])
    await expect_soon("the log's end", lambda: lab.driver.offset(topic, "end"), ROUNDS * EACH)
