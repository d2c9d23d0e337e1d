"""One world on both brokers, and the steps that are asked in it.

It begins with `OPENING`: three topics, some records, a producer. Each step goes to Apache Kafka and to
Kawa at once. After a step that changes topics or settings both are asked for them until they say the
same, since Apache Kafka's brokers learn a moment later what its controller has decided; an answer that
only reads is asked for again for the same reason before it counts as different.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from broker.protocol.message import Message, blank
from broker.protocol.messages.create_topics import CreatableTopic, CreateTopicsRequest
from broker.protocol.messages.delete_records import (
    DeleteRecordsPartition,
    DeleteRecordsRequest,
    DeleteRecordsTopic,
)
from broker.protocol.messages.delete_topics import DeleteTopicsRequest, DeleteTopicState
from broker.protocol.messages.describe_configs import DescribeConfigsRequest, DescribeConfigsResource
from broker.protocol.messages.init_producer_id import InitProducerIdRequest
from broker.protocol.messages.list_offsets import (
    ListOffsetsPartition,
    ListOffsetsRequest,
    ListOffsetsTopic,
)
from broker.protocol.messages.metadata import MetadataRequest, MetadataRequestTopic
from broker.protocol.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from compat.differential.cases import MUTATING, Step
from compat.differential.compare import Difference, differences, plain
from compat.differential.exchange import Ask, Exchange, Outcome
from compat.differential.pools import DOOMED
from compat.differential.symbols import Batch, Id
from compat.differential.transcript import Line
from compat.differential.world import OWN, Side, structs, texts

SETTLING_TRIES = 120
READING_TRIES = 4
PAUSE_S = 0.025

READS = ("Describe", "List", "Metadata", "FindCoordinator", "ApiVersions", "OffsetForLeaderEpoch")
"""How APIs begin that change nothing, and so can be asked again."""


class Episode(NamedTuple):
    """Steps in a world of their own. `independent`: none of them needs what came before it."""

    name: str
    steps: tuple[Step, ...]
    independent: bool = False

    def after(self, position: int) -> "Episode":
        """What is left to be asked when it ended with that step."""
        return self._replace(steps=self.steps[position + 1 :] if self.independent and position >= 0 else ())


class Found(NamedTuple):
    """A step that was answered differently: where, and the two answers as plain values."""

    episode: Episode
    position: int
    step: Step
    differences: tuple[Difference, ...]
    kafka: Any
    kawa: Any


class Judge(Protocol):
    """What `known.KnownDifferences` says of the differences in a step."""

    def accepts(self, step: Step, differences: Sequence[Difference]) -> bool:
        """Whether all of them are known ones."""

    def ends(self, step: Step, differences: Sequence[Difference]) -> bool:
        """Whether nothing that comes after them can be compared."""


def created(name: str, partitions: int) -> CreatableTopic:
    return CreatableTopic(
        name=name, num_partitions=partitions, replication_factor=1, assignments=[], configs=[]
    )


def create(*topics: CreatableTopic) -> Step:
    return Step(19, 7, CreateTopicsRequest(topics=list(topics)))


def produce(topic: str, *batches: tuple[int, Batch]) -> Step:
    return produce_to({topic: batches})


def produce_to(topics: Mapping[str, Sequence[tuple[int, Batch]]]) -> Step:
    """Batches by topic, each with its partition."""
    topic_data = [
        TopicProduceData(
            name=name,
            partition_data=[PartitionProduceData(index=index, records=batch) for index, batch in batches],
        )
        for name, batches in topics.items()
    ]
    return Step(0, 9, ProduceRequest(acks=-1, timeout_ms=5000, topic_data=topic_data))


def init_producer() -> Step:
    request = InitProducerIdRequest(transactional_id=None, transaction_timeout_ms=60000)
    return Step(22, 4, request)


def delete_records(topic: str, partition: int, offset: int) -> Step:
    partitions = [DeleteRecordsPartition(partition_index=partition, offset=offset)]
    topics = [DeleteRecordsTopic(name=topic, partitions=partitions)]
    return Step(21, 2, DeleteRecordsRequest(topics=topics, timeout_ms=5000))


OPENING = (
    init_producer(),
    create(created("~alpha", 3), created("~beta", 1), created("~empty", 2)),
    produce_to({"~alpha": [(0, Batch(size=2)), (1, Batch(size=3))], "~beta": [(0, Batch(size=2))]}),
    produce_to({"~alpha": [(0, Batch(size=2, age=1))], "~beta": [(0, Batch(size=2, age=1))]}),
    produce("~alpha", (0, Batch(size=2, age=2))),
    delete_records("~beta", 0, 1),
)


class Runner:
    """Plays episodes, one after the other, over two exchanges of its own."""

    def __init__(self, kafka: Exchange, kawa: Exchange, judge: Judge, *, pause_s: float = PAUSE_S) -> None:
        self._exchanges = (kafka, kawa)
        self._judge = judge
        self._pause_s = pause_s
        self._sides: tuple[Side, Side]
        self._names: set[str]
        self.asked = 0
        self.left: Episode | None = None
        """What is left of an episode of independent steps that ended early; else None."""
        self.heard: list[Line] = []
        """The steps of the last episode, after its opening."""

    async def play(self, episode: Episode, prefix: str) -> list[Found]:
        """Every step that was answered differently.

        It ends with the first that changes something in another way on either side: what follows would
        differ as a consequence.
        """
        kafka, kawa = self._exchanges
        self._sides = (Side(kafka, prefix), Side(kawa, prefix))
        self._names = set()
        found: list[Found] = []
        self.heard, self.left = [], None
        try:
            for position, step in enumerate((*OPENING, *episode.steps), start=-len(OPENING)):
                found += await self._steps_differences(episode, position, step)
                latest = [each for each in found if each.position == position]
                if not reads(step) and any(self._judge.ends(*each[2:4]) for each in latest):
                    self.left = episode.after(position)
                    break
        finally:
            await self._clear_up()
        return found

    async def _steps_differences(self, episode: Episode, position: int, step: Step) -> list[Found]:
        for side in self._sides:
            side.turn = position
        if _mentions_doomed(step):
            await self._both(create(created(DOOMED, 1)))
            await self._settle(create(created(DOOMED, 1)))
        found = [await self._compared(step, tries=READING_TRIES if reads(step) else 1)]
        self.heard += [Line(step, *found[0][2:])] if position >= 0 or found[0].differences else []
        if changes(step) and not self._judge.ends(step, found[0].differences):
            found.append(await self._settle(step))
            self.heard += [Line(found[1].step, *found[1][2:])] if found[1].differences else []
        return [
            Found(episode, position, asked, tuple(different), kafka, kawa)
            for asked, different, kafka, kawa in found
            if different
        ]

    async def _settle(self, step: Step) -> "_Compared":
        self._names |= {self._sides[0].real(text) for text in texts(step.request) if text.startswith(OWN)}
        compared = await self._compared(self._topics(), tries=SETTLING_TRIES, strictly=True)
        if not compared.differences and compared.kawa.get("topics"):
            # Its brokers may know of a partition before they have opened its log.
            ends = _ends(compared.kawa["topics"])
            compared = await self._compared(ends, tries=SETTLING_TRIES, strictly=True)
        if not compared.differences and step.api.endswith("AlterConfigs"):
            resources = {
                (each.resource_type, each.resource_name)  # type: ignore[attr-defined]
                for each in structs(step.request)
                if hasattr(each, "resource_type")
            }
            compared = await self._compared(_described(sorted(resources)), tries=SETTLING_TRIES)
        return compared

    def _topics(self) -> Step:
        names = sorted(self._sides[0].own(name) for name in self._names)
        topics = [MetadataRequestTopic(name=name) for name in names]
        return Step(3, 12, MetadataRequest(topics=topics, allow_auto_topic_creation=False))

    async def _compared(self, step: Step, *, tries: int, strictly: bool = False) -> "_Compared":
        """Asked until there is no unknown difference; `strictly`: none at all, as far as `tries` go."""
        while True:
            outcomes = await self._both(step)
            asked = [frozenset(texts(side.real(step.request))) for side in self._sides]
            kafka, kawa = (
                plain(outcome, side, names)
                for outcome, side, names in zip(outcomes, self._sides, asked, strict=True)
            )
            different = list(differences(kafka, kawa))
            tries -= 1
            if tries <= 0 or not different or (not strictly and self._judge.accepts(step, different)):
                return _Compared(step, different, kafka, kawa)
            await asyncio.sleep(self._pause_s)

    async def _both(self, step: Step) -> tuple[Outcome, Outcome]:
        self.asked += 1
        return tuple(await asyncio.gather(*(self._one(side, step) for side in self._sides)))  # type: ignore[return-value]

    async def _one(self, side: Side, step: Step) -> Outcome:
        request = side.real(step.request)
        ask = Ask(step.key, step.version, request, wants_answer(step), step.cut, step.extra)
        outcome = await side.exchange.ask(ask)
        if isinstance(outcome, Message):
            side.learn(outcome)
        return outcome

    async def _clear_up(self) -> None:
        for side in self._sides:
            # Every topic of the episode, whoever made it.
            ask = Ask(3, 12, MetadataRequest(topics=None, allow_auto_topic_creation=False))
            outcome = await side.exchange.ask(ask)
            names = [
                topic.name
                for topic in getattr(outcome, "topics", [])
                if topic.name and topic.name.startswith(side.prefix)
            ]
            topics = [blank(DeleteTopicState, name=name) for name in names]
            if topics:
                await side.exchange.ask(Ask(20, 6, DeleteTopicsRequest(topics=topics, timeout_ms=5000)))


class _Compared(NamedTuple):
    step: Step
    differences: list[Difference]
    kafka: Any
    kawa: Any


def reads(step: Step) -> bool:
    return step.api.startswith(READS) and not changes(step)


def changes(step: Step) -> bool:
    """Whether topics or settings may be others after it."""
    makes_topics = step.api == "Metadata" and (
        step.version < 4 or step.request.allow_auto_topic_creation  # always, before version 4
    )
    return makes_topics or step.key in MUTATING


def wants_answer(step: Step) -> bool:
    return getattr(step.request, "acks", None) != 0


def _described(resources: Sequence[tuple[int, str]]) -> Step:
    wanted = [
        DescribeConfigsResource(resource_type=kind, resource_name=name, configuration_keys=None)
        for kind, name in resources
    ]
    return Step(32, 4, DescribeConfigsRequest(resources=wanted))


def _ends(topics: Sequence[Any]) -> Step:
    """A question to each partition that the plain topics have."""
    wanted = [
        ListOffsetsTopic(
            name=topic["name"],
            partitions=[
                ListOffsetsPartition(partition_index=each["partition_index"], timestamp=-1)
                for each in topic["partitions"]
            ],
        )
        for topic in topics
        if topic["partitions"]
    ]
    return Step(2, 7, ListOffsetsRequest(replica_id=-1, topics=wanted))


def _mentions_doomed(step: Step) -> bool:
    return DOOMED in texts(step.request) or any(
        getattr(each, "topic_id", None) == Id("topic_id", DOOMED.removeprefix(OWN))
        for each in structs(step.request)
    )
