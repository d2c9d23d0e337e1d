"""A data directory copied from Apache Kafka 4.3.1 is taken over by `kawa import`, and served as it was."""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from broker.protocol.message import blank
from broker.protocol.messages.describe_producers import DescribeProducersRequest, TopicRequest
from compat.brokers.apache_kafka import ApacheKafkaBroker
from compat.brokers.broker import BrokerOptions
from compat.brokers.kawa import KawaBroker
from compat.differential.exchange import Ask, Connection
from compat.failures import ScenarioFailed
from compat.lab import expect
from compat.processes import ROOT
from compat.witnesses import content

COMPACTED, PLAIN, GROUP = "compacted", "plain", "readers"
CONFIGS = {
    COMPACTED: {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.9"},
    PLAIN: {"retention.ms": "-1", "segment.bytes": str(1 << 20)},
}
OFFSETS = [17, 23]


async def run() -> str:
    with tempfile.TemporaryDirectory(prefix="kawa-compat-import-") as folder:
        copy = Path(folder) / "data"
        async with ApacheKafkaBroker(BrokerOptions()) as kafka:
            for topic, configs in CONFIGS.items():
                content.make_topic(kafka.bootstrap, topic, configs)
                content.fill(kafka.bootstrap, topic, keyless=topic != COMPACTED)
            content.commit(kafka.bootstrap, GROUP, PLAIN, OFFSETS)
            wanted = await told_by(kafka.bootstrap)
            await kafka.stop()
            shutil.copytree(kafka.data_directory, copy)
        await refused_without_metadata(copy)
        output = await kawa("import", str(copy))
        async with KawaBroker(BrokerOptions(), data=copy) as broker:
            found = await told_by(broker.bootstrap)
            for what, value in wanted.items():
                expect(what, found[what], value)
            content.fill(broker.bootstrap, PLAIN, again=1)
            after = content.read(broker.bootstrap, PLAIN)
            expect("records after more was produced", len(after), 2 * len(wanted["records of plain"]))
            await broker.stop()
        await kawa("log", "verify", "--records", str(copy))
        return "; ".join(output.splitlines()[-2:])


async def told_by(bootstrap: str) -> dict[str, Any]:
    """Everything that has to be the same on both sides."""
    told: dict[str, Any] = {}
    for topic in CONFIGS:
        told[f"id of {topic}"] = content.topic_id(bootstrap, topic)
        told[f"configs of {topic}"] = content.topic_configs(bootstrap, topic)
        told[f"records of {topic}"] = content.read(bootstrap, topic)
        told[f"producers of {topic}"] = await producers(bootstrap, topic)
    told["committed offsets"] = content.committed(bootstrap, GROUP, PLAIN)
    return told


async def producers(bootstrap: str, topic: str) -> list[tuple[int, int, int, int]]:
    """Partition, producer id, epoch and last sequence of each."""
    connection = Connection(bootstrap, int(bootstrap.rpartition(":")[2]), patience_s=content.PATIENCE_S)
    wanted = TopicRequest(name=topic, partition_indexes=list(range(content.PARTITIONS)))
    try:
        answer: Any = await connection.ask(Ask(61, 0, blank(DescribeProducersRequest, topics=[wanted])))
    finally:
        await connection.close()
    if isinstance(answer, str):
        raise ScenarioFailed(f"DescribeProducers: {bootstrap} {answer}")
    return sorted(
        (partition.partition_index, one.producer_id, one.producer_epoch, one.last_sequence)
        for found in answer.topics
        for partition in found.partitions
        for one in partition.active_producers
    )


async def refused_without_metadata(copy: Path) -> None:
    """It stops, and changes nothing."""
    metadata, aside = copy / "__cluster_metadata-0", copy.parent / "aside"
    metadata.rename(aside)
    before = names_in(copy)
    try:
        await kawa("import", str(copy))
    except ScenarioFailed as refused:
        expect("the refusal names what is missing", "__cluster_metadata" in str(refused), True)
    else:
        raise ScenarioFailed("without __cluster_metadata it is imported without being told to")
    expect("files", names_in(copy), before)
    aside.rename(metadata)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock")


async def kawa(*arguments: str) -> str:
    """The `kawa` command. Raises: ScenarioFailed: its status is not 0."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "broker", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=ROOT,
    )
    output = (await process.communicate())[0].decode()
    if process.returncode:
        raise ScenarioFailed(f"kawa {arguments[0]}: status {process.returncode}: {output[-1000:]}")
    return output
