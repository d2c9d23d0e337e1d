"""A data directory copied from Apache Kafka becomes Kawa's, in place.

    files stay as they are: <topic>-<partition>/ with segments, indexes, producer snapshots and epochs
    kawa-state.db gets topics with ids and configs, committed offsets, the cluster's id, the next producer id
    apache-kafka/ gets what Kawa does not use: the internal topics' partitions, and those of deleted topics

Nothing is changed before all was read and judged; then the state is written in one transaction.
Without `__cluster_metadata` nobody knows the configs: a compacted topic taken for one that is deleted by
time would lose data. So it stops, unless the caller wants the defaults.

Leader epochs go on above those that clients may have seen. Settings of `server.properties` are not in
the directory, and acls, quotas, passwords of users and settings of brokers are not taken over.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from broker.app.data import LOCK_NAME, STATE_NAME
from broker.app.kafka_data.internal_log import batches_of_log
from broker.app.kafka_data.metadata import KafkaTopic, Metadata, read_metadata
from broker.app.kafka_data.offsets import committed_offsets
from broker.app.start_error import StartError
from broker.log.corrupt_file import CorruptFile
from broker.log.epoch_checkpoint import read_checkpoint
from broker.log.files import DiskFiles
from broker.log.partition_metadata import FILE_NAME, read_partition_metadata
from broker.log.producer_snapshot import read_snapshot
from broker.protocol.uuids import ZERO_UUID
from broker.settings.broker import BrokerSettings
from broker.settings.errors import InvalidSetting
from broker.settings.properties import parse_properties
from broker.settings.topic import TopicConfig
from broker.state.rows import OffsetRow, PartitionRow, ResourceType, TopicRow
from broker.state.store import StateStore

ASIDE = "apache-kafka"
METADATA = "__cluster_metadata"
OFFSETS = "__consumer_offsets"
INTERNAL = frozenset(
    {METADATA, OFFSETS, "__transaction_state", "__share_group_state", "__remote_log_metadata"}
)
TAKEN_CONFIGS = (ResourceType.TOPIC, ResourceType.CLIENT_METRICS, ResourceType.GROUP)
_PARTITION = re.compile(r"(.+)-(0|[1-9]\d*)")


class Found(NamedTuple):
    """One partition's directory."""

    directory: str
    topic: str
    partition: int
    topic_id: bytes


class TakenOver(NamedTuple):
    """What came of it; `aside` are the directories that Kawa does not use."""

    topics: list[TopicRow]
    configs: int
    offsets: int
    offsets_left: int
    aside: list[str]
    has_metadata: bool


def take_over(
    directory: str, settings: BrokerSettings, *, takes_defaults: bool = False, makes_missing: bool = False
) -> TakenOver:
    """Raises: StartError: what is missing, or in the way; CorruptFile, StateError, OSError."""
    files = DiskFiles()
    lock = files.lock(f"{directory}/{LOCK_NAME}")
    try:
        return _TakeOver(files, directory, settings).run(
            takes_defaults=takes_defaults, makes_missing=makes_missing
        )
    finally:
        lock.release()


class _TakeOver:
    def __init__(self, files: DiskFiles, directory: str, settings: BrokerSettings) -> None:
        self._files = files
        self._directory = directory
        self._settings = settings

    def run(self, *, takes_defaults: bool, makes_missing: bool) -> TakenOver:
        found = list(self._partitions())
        if self._files.exists(f"{self._directory}/{STATE_NAME}"):
            raise StartError(f"{self._directory} is Kawa's already: {STATE_NAME} is there")
        if not found:
            raise StartError(f"{self._directory}: there is no partition of Apache Kafka's")
        metadata = self._metadata(found, takes_defaults=takes_defaults)
        topics = [topic for topic in metadata.topics.values() if topic.name not in INTERNAL]
        taken = {(topic.topic_id, number) for topic in topics for number in topic.leader_epochs}
        here = {(one.topic_id, one.partition): one for one in found}
        missing = [
            f"{topic.name}-{number}"
            for topic in topics
            for number in topic.leader_epochs
            if (topic.topic_id, number) not in here
        ]
        if missing and not makes_missing:
            raise StartError(
                f"{len(missing)} partitions are not in {self._directory} ({missing[0]}, ...): copy them from "
                "the other log.dirs or brokers, or have them made empty with --make-missing"
            )
        rows = [self._row(topic, here) for topic in topics]
        configs = self._configs(metadata, {topic.name for topic in topics})
        offsets, left = self._offsets(found, {topic.name: topic.topic_id for topic in topics})
        next_producer_id = max([metadata.next_producer_id, *map(self._next_producer_id, found)])
        self._write(rows, configs, offsets, next_producer_id)
        aside = [one for one in found if (one.topic_id, one.partition) not in taken]
        self._move_aside(aside)
        has_metadata = any(one.topic == METADATA for one in found)
        names = [one.directory for one in aside]
        return TakenOver(rows, len(configs), len(offsets), left, names, has_metadata)

    def _partitions(self) -> Iterator[Found]:
        for name in sorted(self._files.list(self._directory)):
            match = _PARTITION.fullmatch(name)
            path = f"{self._directory}/{name}"
            if match is None or not self._files.is_directory(path):
                continue
            try:
                topic_id = read_partition_metadata(self._files.read_all(f"{path}/{FILE_NAME}"))
            except FileNotFoundError:
                topic_id = ZERO_UUID
            except CorruptFile as error:
                raise StartError(f"{path}/{FILE_NAME}: {error}") from None
            yield Found(name, match[1], int(match[2]), topic_id)

    def _metadata(self, found: list[Found], *, takes_defaults: bool) -> Metadata:
        directory = next((one.directory for one in found if one.topic == METADATA), None)
        if directory is not None:
            return read_metadata(self._files, f"{self._directory}/{directory}")
        if not takes_defaults:
            raise StartError(
                f"{METADATA}-0 is not in {self._directory}, so nobody knows the topics' configs, and a "
                "compacted topic would lose data: copy it from metadata.log.dir or a controller, or say "
                "--take-defaults"
            )
        metadata = Metadata()
        for one in found:
            if one.topic_id == ZERO_UUID and one.topic not in INTERNAL:
                raise StartError(f"{one.directory} has no {FILE_NAME}: its topic's id is not known")
            topic = metadata.topics.setdefault(one.topic_id, KafkaTopic(one.topic, one.topic_id, {}))
            for number in range(one.partition + 1):
                topic.leader_epochs.setdefault(number, -1)
        return metadata

    def _row(self, topic: KafkaTopic, here: dict[tuple[bytes, int], Found]) -> TopicRow:
        node_id = self._settings.node_id
        rows = []
        for number, epoch in sorted(topic.leader_epochs.items()):
            found = here.get((topic.topic_id, number))
            known = max(epoch, self._last_epoch(found) if found else -1)
            rows.append(PartitionRow(node_id, known + 1, (node_id,)))
        return TopicRow(topic.name, topic.topic_id, rows)

    def _last_epoch(self, found: Found) -> int:
        path = f"{self._directory}/{found.directory}/leader-epoch-checkpoint"
        try:
            epochs = read_checkpoint(self._files.read_all(path))
        except FileNotFoundError:
            return -1
        return max((entry.epoch for entry in epochs), default=-1)

    def _configs(
        self, metadata: Metadata, topics: set[str]
    ) -> dict[tuple[ResourceType, str], dict[str, str]]:
        taken: dict[tuple[ResourceType, str], dict[str, str]] = {}
        for (kind, name), values in metadata.configs.items():
            if not values or kind not in TAKEN_CONFIGS or (kind == ResourceType.TOPIC and name not in topics):
                continue
            if kind == ResourceType.TOPIC:
                try:
                    TopicConfig.effective(values, self._settings)
                except InvalidSetting as error:
                    raise StartError(f"topic {name}: {error}") from None
            taken[ResourceType(kind), name] = values
        return taken

    def _offsets(
        self, found: list[Found], topic_ids: dict[str, bytes]
    ) -> tuple[list[tuple[str, OffsetRow]], int]:
        """The rows, each with its group, and how many are of topics that are not there."""
        rows: list[tuple[str, OffsetRow]] = []
        left = 0
        for one in found:
            if one.topic != OFFSETS:
                continue
            batches = batches_of_log(self._files, f"{self._directory}/{one.directory}")
            for (group, topic, partition), value in committed_offsets(batches).items():
                topic_id = topic_ids.get(topic)
                if topic_id is None or value.topic_id not in {ZERO_UUID, topic_id}:
                    left += 1
                    continue
                expires_ms = None if value.expire_timestamp == -1 else value.expire_timestamp
                row = OffsetRow(
                    *(topic, partition, topic_id, value.offset, value.leader_epoch, value.metadata),
                    *(value.commit_timestamp, expires_ms),
                )
                rows.append((group, row))
        return rows, left

    def _next_producer_id(self, found: Found) -> int:
        """Above all that the partition's snapshots know: so none is given out twice without metadata, too."""
        path = f"{self._directory}/{found.directory}"
        highest = -1
        for name in self._files.list(path):
            if name.endswith(".snapshot"):
                try:
                    entries = read_snapshot(self._files.read_all(f"{path}/{name}"))
                except CorruptFile:
                    continue  # the log makes it anew, from the batches
                highest = max([highest, *(entry.producer_id for entry in entries)])
        return highest + 1

    def _write(
        self,
        topics: list[TopicRow],
        configs: dict[tuple[ResourceType, str], dict[str, str]],
        offsets: list[tuple[str, OffsetRow]],
        next_producer_id: int,
    ) -> None:
        state = StateStore.open(f"{self._directory}/{STATE_NAME}", durable_full=True)
        try:
            with state.transaction():
                cluster_id = self._cluster_id()
                if cluster_id is not None:
                    state.cluster.put_cluster_id(cluster_id)
                state.topics.put(*topics)
                for (kind, name), values in configs.items():
                    state.configs.put(kind, name, values)
                for group, row in offsets:
                    state.groups.put_offset(group, row)
                if next_producer_id:
                    state.producer_ids.allocate_block(next_producer_id)
        finally:
            state.close()

    def _cluster_id(self) -> str | None:
        try:
            text = self._files.read_all(f"{self._directory}/meta.properties").decode()
        except FileNotFoundError:
            return None
        return parse_properties(text).get("cluster.id")

    def _move_aside(self, aside: list[Found]) -> None:
        if not aside:
            return
        self._files.make_directory(f"{self._directory}/{ASIDE}")
        for one in aside:
            self._files.rename(
                f"{self._directory}/{one.directory}", f"{self._directory}/{ASIDE}/{one.directory}"
            )
