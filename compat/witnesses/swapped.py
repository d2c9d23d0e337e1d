"""One of Kawa's partitions, put in place of a stopped Apache Kafka's of the same topic, is served by it.

What is appended then comes from producers without an id: Apache Kafka may give one out that Kawa had given
to a producer in these files, since its counter is elsewhere.
"""

import shutil
from pathlib import Path

from compat.brokers.apache_kafka import ApacheKafkaBroker
from compat.brokers.broker import BrokerOptions
from compat.brokers.kawa import KawaBroker
from compat.lab import expect
from compat.witnesses import content

TOPIC = "swapped"
METADATA = "partition.metadata"
CONFIGS = {"segment.bytes": str(1 << 20)}


async def run() -> str:
    async with ApacheKafkaBroker(BrokerOptions()) as kafka, KawaBroker(BrokerOptions()) as kawa:
        for bootstrap in (kafka.bootstrap, kawa.bootstrap):
            content.make_topic(bootstrap, TOPIC, CONFIGS)
        content.fill(kawa.bootstrap, TOPIC)
        wanted = content.read(kawa.bootstrap, TOPIC)
        await kawa.stop()
        await kafka.stop()
        for number in range(content.PARTITIONS):
            name = f"{TOPIC}-{number}"
            swap(kawa.data_directory / name, kafka.data_directory / name)
        await kafka.start()
        expect("records", content.read(kafka.bootstrap, TOPIC), wanted)
        content.fill(kafka.bootstrap, TOPIC, again=1, idempotent=False)
        expect("records after more", len(content.read(kafka.bootstrap, TOPIC)), 2 * len(wanted))
    return f"{len(wanted)} records of Kawa's are served by Apache Kafka, which appends to them"


def swap(source: Path, target: Path) -> None:
    """The files of the one in place of the other's, which keeps its topic id."""
    for path in target.iterdir():
        if path.name != METADATA:
            path.unlink()
    for path in source.iterdir():
        if path.name != METADATA:
            shutil.copy(path, target)
