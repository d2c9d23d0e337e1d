"""The cycles: produce, SIGKILL, start, read and compare; at the end everything is read once more."""

import asyncio
import random
import time
from collections.abc import Callable
from typing import NamedTuple

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from compat.brokers.broker import Broker
from compat.crash.history import History, PartitionCheck, Stream
from compat.crash.load import Load
from compat.crash.reading import Reader
from compat.failures import ScenarioFailed

TOPIC = "crashes"
PARTITIONS = 3
PRODUCERS = 2
SHORTEST_S, LONGEST_S = 0.02, 0.3
PATIENCE_S = 30.0  # what the broker may take for anything
TOPIC_CONFIG = {"segment.bytes": str(1 << 20)}  # the smallest that Kafka allows: rolls are hit as well


class Verdict(NamedTuple):
    cycles: int
    acknowledged: int
    records: int
    seconds: float
    slowest_start_s: float
    wrong: list[str]

    def __str__(self) -> str:
        return (
            f"{self.cycles} kills in {self.seconds:.0f} s; {self.acknowledged} records acknowledged, "
            f"{self.records} there; slowest start {self.slowest_start_s * 1000:.0f} ms; "
            f"{len(self.wrong)} wrong"
        )


async def crash_again_and_again(
    broker: Broker,
    *,
    cycles: int,
    seed: int,
    told: Callable[[int, int], None],
    patience_s: float = PATIENCE_S,
) -> Verdict:
    """On a started broker; it ends early where something is wrong. `told` gets cycle and acknowledged."""
    generator = random.Random(seed)
    history = History([Stream(one, two) for one in range(PRODUCERS) for two in range(PARTITIONS)])
    checks = [PartitionCheck(history, number) for number in range(PARTITIONS)]
    last = [PartitionCheck(history, number) for number in range(PARTITIONS)]
    began, slowest, cycle, wrong = time.monotonic(), 0.0, 0, list[str]()
    await asyncio.to_thread(_make_topic, broker.bootstrap)
    try:
        with (
            Reader(broker.bootstrap, TOPIC, checks, patience_s=patience_s) as reader,
            Load(broker.bootstrap, TOPIC, history),
        ):
            while cycle < cycles and not wrong:
                await _acknowledged_more(history, patience_s)
                await asyncio.sleep(generator.uniform(SHORTEST_S, LONGEST_S))
                await broker.kill()
                ends = [history.acknowledged_end(number) for number in range(PARTITIONS)]
                before = time.monotonic()
                await broker.start()
                slowest = max(slowest, time.monotonic() - before)
                cycle += 1
                wrong += await asyncio.to_thread(_compare, reader, ends)
                wrong += [*history.failures, *(text for check in checks for text in check.wrong)]
                told(cycle, history.total_acknowledged)
        with Reader(broker.bootstrap, TOPIC, last, patience_s=patience_s) as reader:
            await asyncio.to_thread(_read_everything, reader, last)
    except (ScenarioFailed, KafkaException) as problem:
        wrong.append(str(problem))
    wrong += [text for text in history.failures if text not in wrong]
    wrong += [text for check in last for text in check.wrong if text not in wrong]
    records = sum(check.next_offset for check in last)
    seconds = time.monotonic() - began
    return Verdict(cycle, history.total_acknowledged, records, seconds, slowest, wrong)


def _make_topic(bootstrap: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    made = admin.create_topics([NewTopic(TOPIC, PARTITIONS, 1, config=TOPIC_CONFIG)])
    made[TOPIC].result(PATIENCE_S)


async def _acknowledged_more(history: History, patience_s: float) -> None:
    """Wait until the producers have found the broker again. Raises: ScenarioFailed."""
    before = history.total_acknowledged
    deadline = time.monotonic() + patience_s
    while history.total_acknowledged == before:
        if history.failures:
            raise ScenarioFailed(history.failures[0])
        if time.monotonic() > deadline:
            raise ScenarioFailed(f"no record was acknowledged within {patience_s:.0f} s")
        await asyncio.sleep(0.002)


def _compare(reader: Reader, ends: list[int]) -> list[str]:
    wrong = reader.lost_commits()
    reader.read_to(ends)
    reader.commit()
    return wrong


def _read_everything(reader: Reader, checks: list[PartitionCheck]) -> None:
    reader.read_to(reader.ends())
    for check in checks:
        check.end()
