"""What `__cluster_metadata` says: the newest snapshot, and the log from its end on.

`<20 digits: offset>-<10 digits: epoch>.checkpoint` holds all that was so before that offset. Records
between the beginning and the end of a metadata transaction (KIP-868) count when its end is there.

Follows Kafka's ReplicationControlManager, ConfigurationControlManager, ProducerIdControlManager.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from broker.app.kafka_data.internal_log import Batch, batches_of_file, batches_of_log
from broker.log.corrupt_file import CorruptFile
from broker.log.inspect import ReadableFiles
from broker.protocol.errors import MalformedRequest
from broker.protocol.kafka_records import (
    AbortTransactionRecord,
    BeginTransactionRecord,
    ConfigRecord,
    EndTransactionRecord,
    PartitionChangeRecord,
    PartitionRecord,
    ProducerIdsRecord,
    RemoveTopicRecord,
    TopicRecord,
    read_metadata_record,
)

UNCHANGED_LEADER = -2
_SNAPSHOT = re.compile(r"(\d{20})-(\d{10})\.checkpoint")


class KafkaTopic(NamedTuple):
    """`leader_epochs`: of each partition, by its number."""

    name: str
    topic_id: bytes
    leader_epochs: dict[int, int]


class Metadata:
    """What the cluster was, made of records in their order."""

    def __init__(self) -> None:
        self.topics: dict[bytes, KafkaTopic] = {}
        self.configs: dict[tuple[int, str], dict[str, str]] = {}
        self.next_producer_id = 0

    def replay(self, record: Any) -> None:
        """Raises: KeyError: of a topic or partition that is not there."""
        if isinstance(record, TopicRecord):
            self.topics[record.topic_id] = KafkaTopic(record.name, record.topic_id, {})
        elif isinstance(record, PartitionRecord):
            self.topics[record.topic_id].leader_epochs[record.partition_id] = record.leader_epoch
        elif isinstance(record, PartitionChangeRecord):
            epochs = self.topics[record.topic_id].leader_epochs
            epochs[record.partition_id] += record.leader != UNCHANGED_LEADER
        elif isinstance(record, RemoveTopicRecord):
            gone = self.topics.pop(record.topic_id)
            self.configs.pop((2, gone.name), None)
        elif isinstance(record, ConfigRecord):
            self._set(self.configs.setdefault((record.resource_type, record.resource_name), {}), record)
        elif isinstance(record, ProducerIdsRecord):
            self.next_producer_id = record.next_producer_id

    def _set(self, values: dict[str, str], record: ConfigRecord) -> None:
        if record.value is None:
            values.pop(record.name, None)
        else:
            values[record.name] = record.value


def read_metadata(files: ReadableFiles, directory: str) -> Metadata:
    """Raises: CorruptFile, OSError."""
    metadata = Metadata()
    for record in _settled(_records(files, directory)):
        try:
            metadata.replay(record)
        except KeyError as error:
            raise CorruptFile(f"{directory}: {record} is about something unknown ({error})") from None
    return metadata


def _records(files: ReadableFiles, directory: str) -> Iterator[Any]:
    snapshots = sorted(name for name in files.list(directory) if _SNAPSHOT.fullmatch(name))
    start = 0
    if snapshots:
        start = int(snapshots[-1][:20])
        for batch in batches_of_file(files, f"{directory}/{snapshots[-1]}"):
            yield from _in_batch(batch, directory)
    for batch in batches_of_log(files, directory, start=start):
        if batch.header.base_offset > start:
            missing = (
                f"offsets {start} to {batch.header.base_offset - 1} are neither in the log nor in a snapshot"
            )
            raise CorruptFile(f"{directory}: {missing}")
        yield from _in_batch(batch, directory, start=start)
        start = batch.header.next_offset


def _in_batch(batch: Batch, directory: str, *, start: int = 0) -> Iterator[Any]:
    if batch.header.is_control:
        return
    for record in batch.records():
        if record.offset < start:
            continue
        try:
            found = read_metadata_record(record.value or b"")
        except MalformedRequest as error:
            raise CorruptFile(f"{directory}: offset {record.offset}: {error}") from None
        if found is not None:
            yield found


def _settled(records: Iterator[Any]) -> Iterator[Any]:
    """Without the records of transactions that were given up, or have not ended."""
    waiting: list[Any] | None = None
    for record in records:
        if isinstance(record, BeginTransactionRecord):
            waiting = []
        elif isinstance(record, EndTransactionRecord):
            yield from waiting or ()
            waiting = None
        elif isinstance(record, AbortTransactionRecord):
            waiting = None
        elif waiting is None:
            yield record
        else:
            waiting.append(record)
