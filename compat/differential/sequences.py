"""Short stories: some told by hand, which every run tells, and others drawn from a seed."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from broker.protocol.compression import Codec
from broker.protocol.message import blank
from broker.protocol.messages import MESSAGES, fetch
from broker.protocol.messages import create_partitions as grow
from broker.protocol.messages import describe_configs as describe
from broker.protocol.messages import describe_producers as producers
from broker.protocol.messages import incremental_alter_configs as alter
from broker.protocol.messages import list_offsets as offsets
from broker.protocol.messages import metadata as metadata_messages
from broker.protocol.messages import offset_for_leader_epoch as epochs
from broker.protocol.messages.create_topics import CreatableTopicConfig
from broker.protocol.messages.delete_topics import DeleteTopicsRequest, DeleteTopicState
from broker.protocol.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from broker.protocol.versions import Versions
from compat.differential import group_stories
from compat.differential.cases import Step, drawn
from compat.differential.episode import Episode, create, created, delete_records, init_producer, produce
from compat.differential.symbols import FIRST_TIMESTAMP_MS, Batch, Id

STEPS = (4, 14)
OTHER_REQUESTS = 0.4
"""Of the steps that are drawn, how many are any request at all."""


def fetched(
    topic: str, *offsets: int, version: int = 12, session: str = "0", epoch: int = -1, **fields: Any
) -> Step:
    """A fetch of the topic's partitions 0, 1, … from these offsets; `session` is one the episode saw."""
    wanted = [
        blank(fetch.FetchPartition, partition=partition, fetch_offset=offset, partition_max_bytes=1 << 20)
        for partition, offset in enumerate(offsets)
    ]
    topics = [blank(fetch.FetchTopic, topic=topic, topic_id=id_of(topic), partitions=wanted)]
    request = fetch.FetchRequest(
        max_wait_ms=0,
        min_bytes=0,
        session_id=0 if session == "0" else Id("session_id", session),  # type: ignore[arg-type]
        session_epoch=epoch,
        topics=topics if offsets else [],
        **fields,
    )
    return Step(1, version, request)


def id_of(topic: str) -> Any:
    return Id("topic_id", topic.removeprefix("~"))


def forgotten(topic: str, *partitions: int) -> list[fetch.ForgottenTopic]:
    return [fetch.ForgottenTopic(topic=topic, topic_id=id_of(topic), partitions=list(partitions))]


def produced_by_id(topic: str, batch: Batch) -> Step:
    data = [PartitionProduceData(index=0, records=batch)]
    topics = [TopicProduceData(topic_id=id_of(topic), partition_data=data)]
    return Step(0, 13, ProduceRequest(acks=-1, timeout_ms=5000, topic_data=topics))


def listed(topic: str, *timestamps: int, partition: int = 0, isolation_level: int = 0) -> list[Step]:
    """One request a timestamp: a partition can be asked for only once in each."""
    return [
        Step(
            2,
            11,
            offsets.ListOffsetsRequest(
                replica_id=-1,
                isolation_level=isolation_level,
                topics=[
                    offsets.ListOffsetsTopic(
                        name=topic,
                        partitions=[
                            offsets.ListOffsetsPartition(partition_index=partition, timestamp=timestamp)
                        ],
                    )
                ],
            ),
        )
        for timestamp in timestamps
    ]


def deleted(*topics: str) -> Step:
    states = [blank(DeleteTopicState, name=topic) for topic in topics]
    return Step(20, 6, DeleteTopicsRequest(topics=states, timeout_ms=5000))


def configured(topic: str, **configs: str) -> Step:
    wanted = created(topic, 1)
    wanted.configs = [
        CreatableTopicConfig(name=name.replace("_", "."), value=value) for name, value in configs.items()
    ]
    return create(wanted)


def altered(name: str, *changes: tuple[str, int, str | None], kind: int = 2, validate: bool = False) -> Step:
    configs = [
        alter.AlterableConfig(name=config, config_operation=operation, value=value)
        for config, operation, value in changes
    ]
    resource = alter.AlterConfigsResource(resource_type=kind, resource_name=name, configs=configs)
    return Step(44, 1, alter.IncrementalAlterConfigsRequest(resources=[resource], validate_only=validate))


def described(name: str, *configs: str, kind: int = 2) -> Step:
    resource = describe.DescribeConfigsResource(
        resource_type=kind, resource_name=name, configuration_keys=list(configs) or None
    )
    return Step(32, 4, describe.DescribeConfigsRequest(resources=[resource], include_synonyms=True))


def grown(topic: str, count: int) -> Step:
    topics = [grow.CreatePartitionsTopic(name=topic, count=count, assignments=None)]
    request = grow.CreatePartitionsRequest(topics=topics, timeout_ms=5000, validate_only=False)
    return Step(37, 3, request)


def producers_of(topic: str, *partitions: int) -> Step:
    topics = [producers.TopicRequest(name=topic, partition_indexes=list(partitions))]
    return Step(61, 0, producers.DescribeProducersRequest(topics=topics))


def epoch_end(topic: str, leader_epoch: int) -> Step:
    partitions = [epochs.OffsetForLeaderPartition(partition=0, leader_epoch=leader_epoch)]
    topics = [epochs.OffsetForLeaderTopic(topic=topic, partitions=partitions)]
    return Step(23, 4, epochs.OffsetForLeaderEpochRequest(topics=topics))


def metadata(*names: str, version: int = 12, by_id: bool = False, auto: bool = False) -> Step:
    topics = [
        blank(metadata_messages.MetadataRequestTopic, name=None, topic_id=id_of(name))
        if by_id
        else metadata_messages.MetadataRequestTopic(name=name)
        for name in names
    ]
    request = metadata_messages.MetadataRequest(topics=topics, allow_auto_topic_creation=auto)
    return Step(3, version, request)


def idempotent() -> list[Step]:
    batches = [
        *(Batch(producer="1", size=2), Batch(producer="1", size=2, sequence=2)),
        *(Batch(producer="1", size=2, sequence=2), Batch(producer="1", size=3, sequence=2)),
        *(Batch(producer="1", sequence=6), Batch(producer="1", sequence=4, age=3)),
        *(Batch(producer="1", epoch=1, sequence=3), Batch(producer="1", epoch=1, sequence=0)),
        *(Batch(producer="1", epoch=0, sequence=5), Batch(producer="2", sequence=7)),
    ]
    steps = [init_producer(), *(produce("~empty", (0, batch)) for batch in batches)]
    return [*steps, producers_of("~empty", 0, 1, 2), fetched("~empty", 0, 0), *listed("~empty", -1, -2, -3)]


def session(version: int) -> list[Step]:
    def next_fetch(epoch: int, *at: int, **fields: Any) -> Step:
        return fetched("~alpha", *at, version=version, session="1", epoch=epoch, **fields)

    return [
        fetched("~alpha", 0, 0, 0, version=version, epoch=0),
        *(next_fetch(1), produce("~alpha", (2, Batch())), next_fetch(2), next_fetch(3, 6, 3, 1)),
        *(produce("~alpha", (0, Batch(producer="1"))), next_fetch(4), next_fetch(4), next_fetch(6)),
        *(next_fetch(5, 7, 3, 1), next_fetch(6, forgotten_topics_data=forgotten("~alpha", 0, 1))),
        *(produce("~alpha", (0, Batch()), (1, Batch())), next_fetch(7), delete_records("~alpha", 2, -1)),
        *(next_fetch(8), next_fetch(9, 9), next_fetch(10, 100), deleted("~alpha"), next_fetch(11)),
        *(create(created("~alpha", 1)), next_fetch(12), next_fetch(13, 0), next_fetch(-1), next_fetch(14)),
    ]


def made_again() -> list[Step]:
    steps = [configured("~again"), produce("~again", (0, Batch(size=2))), deleted("~again")]
    for version in (4, 12, 13, 18):
        steps.append(fetched("~again", 0, version=version))
    steps += [produce("~again", (0, Batch())), produced_by_id("~again", Batch()), metadata("~again")]
    steps += [metadata("~again", by_id=True), configured("~again"), produced_by_id("~again", Batch())]
    steps += [produced_by_id("~again#1", Batch()), fetched("~again#1", 0, version=13), fetched("~again", 0)]
    return [*steps, metadata("~again", "~again#1", by_id=True), epoch_end("~again", 0), *listed("~again", -1)]


def settings() -> list[Step]:
    wanted = ("cleanup.policy", "retention.ms", "max.message.bytes", "compression.type")
    return [
        *(altered("~alpha", ("retention.ms", 0, "1000000")), described("~alpha", *wanted)),
        *(altered("~alpha", ("cleanup.policy", 2, "compact")), described("~alpha", *wanted)),
        *(altered("~alpha", ("cleanup.policy", 3, "delete")), described("~alpha", *wanted)),
        *(altered("~alpha", ("cleanup.policy", 2, "x")), altered("~alpha", ("retention.ms", 2, "1"))),
        *(altered("~alpha", ("retention.ms", 1, None)), described("~alpha", *wanted)),
        *(altered("~alpha", ("max.message.bytes", 0, "80")), produce("~alpha", (0, Batch(size=4)))),
        *(produce("~alpha", (0, Batch(size=4, codec=Codec.GZIP))), produce("~alpha", (0, Batch()))),
        altered("~alpha", ("max.message.bytes", 1, None), ("compression.type", 0, "gzip")),
        *(produce("~alpha", (0, Batch(size=4))), fetched("~alpha", 0), described("~alpha")),
    ]


def other_settings() -> list[Step]:
    group, metrics = "~group", "~metrics"
    return [
        *(altered(group, ("consumer.session.timeout.ms", 0, "50000"), kind=32), described(group, kind=32)),
        *(altered(group, ("consumer.session.timeout.ms", 0, "5"), kind=32), described("~new", kind=32)),
        *(altered(group, ("consumer.session.timeout.ms", 1, None), kind=32), described(group, kind=32)),
        *(altered(metrics, ("interval.ms", 0, "1000"), kind=16), described(metrics, kind=16)),
        *(altered(metrics, ("interval.ms", 0, "5"), kind=16), altered(metrics, ("x", 0, "y"), kind=16)),
        *(altered(metrics, ("interval.ms", 1, None), kind=16), described(metrics, kind=16)),
        *(described("1", kind=4), described("", kind=4), described("7", kind=4), described("x", kind=4)),
        *(altered("1", ("log.retention.ms", 0, "x"), kind=4), altered("1", ("node.id", 0, "5"), kind=4)),
        altered("1", ("log.retention.ms", 0, "100000"), kind=4, validate=True),
        altered("", ("message.max.bytes", 0, "100000"), kind=4, validate=True),
        *(altered("1", ("nope.nope", 0, "x"), kind=4), described("1", kind=8)),
        altered("1", ("root", 0, "INFO"), kind=8),
    ]


def growing() -> list[Step]:
    return [
        *(grown("~empty", 3), grown("~empty", 3), grown("~empty", 2), metadata("~empty")),
        *(produce("~empty", (2, Batch())), fetched("~empty", 0, 0, 0), producers_of("~empty", 2)),
        *(epoch_end("~empty", 0), epoch_end("~empty", 1), delete_records("~empty", 2, -1)),
        *listed("~empty", -1, -2, -3, -4, -5, -6, partition=2),
    ]


def times() -> list[Step]:
    steps = [configured("~stamped", message_timestamp_type="LogAppendTime")]
    steps += [produce("~stamped", (0, Batch(size=2, codec=codec))) for codec in Codec]
    steps += [produce("~alpha", (0, Batch(age=age))) for age in (9, 4, 7)]
    steps += [*listed("~stamped", -1, -2, -3, 0), fetched("~stamped", 0)]
    wanted = [FIRST_TIMESTAMP_MS + ms for ms in (0, 1, 2, 999, 2000, 4000, 5000, 8000, 9000, 9001)]
    steps += listed("~alpha", -1, -2, -3, *wanted)
    steps += [delete_records("~alpha", 0, 5), *listed("~alpha", -1, -2, -3, *wanted)]
    return [
        *steps,
        delete_records("~alpha", 0, -1),
        *listed("~alpha", -1, -2, -3, *wanted),
        fetched("~alpha", 0),
    ]


def codecs() -> list[Step]:
    steps = []
    for name in ("producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"):
        steps.append(configured(f"~{name}", compression_type=name))
        steps += [produce(f"~{name}", (0, Batch(size=3, codec=codec))) for codec in Codec]
        steps += [fetched(f"~{name}", 0), fetched(f"~{name}", 4), *listed(f"~{name}", -3)]
    return steps


def on_demand() -> list[Step]:
    steps = [metadata("~auto0", version=0), metadata("~auto3", version=3)]
    steps += [metadata("~auto4", version=4, auto=True), metadata("~auto13", version=13, auto=True)]
    steps += [metadata("~auto0", "~auto3", "~auto4", "~auto13"), metadata("~not", version=4)]
    return [
        *steps,
        metadata("a b", version=9, auto=True),
        produce("~auto0", (0, Batch())),
        described("~auto0"),
    ]


def several_errors() -> list[Step]:
    """Requests with more than one mistake in them, or one that not everybody is told of."""
    crowded = configured("~crowded", min_insync_replicas="x").request
    crowded.topics[0].num_partitions = 2**31 - 1
    crowded.validate_only = True
    mixed = described("~alpha", "retention.ms").request
    mixed.resources.append(described("~alpha", "retention.ms", kind=1).request.resources[0])
    unacknowledged = produce("~alpha", (0, Batch())).request
    unacknowledged.transactional_id = "~transaction"
    unacknowledged.acks = 0
    return [
        *(Step(19, 7, crowded), Step(32, 4, mixed)),
        altered("~alpha", ("interval.ms", 3, "compact"), ("preallocate", -1, "gzip")),
        Step(0, 9, unacknowledged),
    ]


STORIES: dict[str, Callable[[], list[Step]]] = {
    "a producer with gaps": idempotent,
    "a session, v7": lambda: session(7),
    "a session, v12": lambda: session(12),
    "a session, v13": lambda: session(13),
    "a session, v18": lambda: session(18),
    "deleted and made again": made_again,
    "settings of a topic": settings,
    "settings of others": other_settings,
    "growing": growing,
    "times": times,
    "codecs": codecs,
    "topics on demand": on_demand,
    "several errors": several_errors,
}


def stories() -> list[Episode]:
    told = {**STORIES, **group_stories.STORIES}
    return [Episode(name, tuple(tell())) for name, tell in told.items()]


def sequence(number: int, seed: int, versions: Mapping[int, Versions]) -> Episode:
    """The same for the same number, seed and versions."""
    random = Random(f"{seed}/{number}")
    drawer = _Drawer(random, versions)
    steps = tuple(drawer.step() for _ in range(random.randint(*STEPS)))
    return Episode(f"sequence {number} of seed {seed}", steps)


class _Drawer:
    """Draws steps that have to do with each other: one session, one producer, few partitions."""

    def __init__(self, random: Random, versions: Mapping[int, Versions]) -> None:
        self._random = random
        self._versions = versions
        self._session_version = random.choice([7, 11, 12, 13, 16, 18])
        self._session_epoch = 0
        self._sequences: dict[tuple[str, int], int] = {}

    def step(self) -> Step:
        random = self._random
        if random.random() < OTHER_REQUESTS:
            key = random.choice(sorted(self._versions))
            low, high = self._versions[key]
            return drawn(key, random.randint(low, high), random)
        makers = (self._plain, self._idempotent, self._fetch, self._delete, self._list, self._change)
        return random.choice(makers)()

    def _topic(self) -> str:
        return self._random.choice(["~alpha", "~alpha", "~beta", "~empty", "~new"])

    def _plain(self) -> Step:
        batch = Batch(
            size=self._random.randint(1, 3),
            codec=self._random.choice(list(Codec)),
            age=self._random.randint(0, 9),
        )
        return produce(self._topic(), (self._random.randint(0, 1), batch))

    def _idempotent(self) -> Step:
        place = (self._topic(), self._random.randint(0, 1))
        size = self._random.randint(1, 2)
        right = self._sequences.get(place, 0)
        number = right if self._random.random() < 0.7 else self._random.randint(0, 5)
        if number == right:
            self._sequences[place] = right + size
        epoch = 1 if self._random.random() < 0.1 else 0
        return produce(place[0], (place[1], Batch(producer="1", size=size, epoch=epoch, sequence=number)))

    def _fetch(self) -> Step:
        at = [self._random.choice([0, 0, 1, 2, 6, 7, 8]) for _ in range(self._random.randint(0, 3))]
        epoch = self._session_epoch if self._random.random() < 0.9 else self._random.randint(-1, 3)
        self._session_epoch += 1
        fields: dict[str, Any] = {"isolation_level": self._random.randint(0, 1)}
        if self._random.random() < 0.2:
            fields["forgotten_topics_data"] = forgotten(self._topic(), self._random.randint(0, 1))
        session = "1" if epoch else "0"
        return fetched(
            self._topic(), *at, version=self._session_version, session=session, epoch=epoch, **fields
        )

    def _delete(self) -> Step:
        offset = self._random.choice([-1, 0, 1, 2, 3, 4, 100])
        return delete_records(self._topic(), self._random.randint(0, 1), offset)

    def _list(self) -> Step:
        ms = self._random.choice([-1, -2, -3, -4, *(FIRST_TIMESTAMP_MS + 1000 * age for age in range(9))])
        return listed(self._topic(), ms, partition=self._random.randint(0, 1))[0]

    def _change(self) -> Step:
        topic = self._topic()
        changes: list[Step] = [
            *(create(created(topic, self._random.randint(1, 3))), deleted(topic), grown(topic, 3)),
            *(
                altered(topic, ("retention.ms", 0, "1000000")),
                altered(topic, ("cleanup.policy", 2, "compact")),
            ),
            *(described(topic, "cleanup.policy", "retention.ms"), producers_of(topic, 0, 1)),
            *(epoch_end(topic, 0), init_producer(), metadata(topic), metadata(topic, by_id=True)),
        ]
        return self._random.choice(changes)


def declared(key: int) -> Versions:
    return Versions.parse(MESSAGES[key].versions)
