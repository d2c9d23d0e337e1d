"""Three nodes share a topic's partitions; a client finds each partition's leader."""

from compat.brokers.broker import BrokerOptions
from compat.driver_process import Out
from compat.lab import Lab, expect, expect_acknowledged

BROKER = BrokerOptions(brokers=3)
PARTITIONS = 6
EACH = 50


async def run(lab: Lab) -> None:
    topic = await lab.topic(partitions=PARTITIONS, replication_factor=3)
    administrator = await lab.administrator("admin")
    cluster = await administrator.call("describe_cluster")
    expect("nodes", len(cluster["brokers"]), 3)
    expect("ports", len({row["port"] for row in cluster["brokers"]}), 3)
    described = await administrator.call("describe_topic", topic=topic)
    leaders = [row["leader"] for row in described["partitions"]]
    expect("partitions that each node leads", sorted(map(leaders.count, set(leaders))), [2, 2, 2])
    copies = [len(set(row["replicas"])) for row in described["partitions"]]
    expect("replicas of each partition", copies, [3] * PARTITIONS)
    producer = await lab.driver.producer()
    sent = [Out(b"%d/%d" % (p, n), partition=p) for n in range(EACH) for p in range(PARTITIONS)]
    expect_acknowledged(await producer.send(topic, sent))
    records = await lab.read_all(topic, len(sent), partitions=PARTITIONS)
    expect("records", len(records), len(sent))
    for partition in range(PARTITIONS):
        mine = [record.value for record in records if record.partition == partition]
        expect(f"values of partition {partition}", mine, [b"%d/%d" % (partition, n) for n in range(EACH)])
