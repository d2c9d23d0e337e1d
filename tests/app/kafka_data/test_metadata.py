from pathlib import Path

import pytest

from broker.app.kafka_data.metadata import Metadata, read_metadata
from broker.log.corrupt_file import CorruptFile
from broker.log.files import DiskFiles
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
)
from tests.app.kafka_data.kafka_directory import METADATA_ID, metadata_batch, partition

ONE, TWO = b"1" * 16, b"2" * 16


def partition_record(topic_id: bytes, number: int, *, epoch: int) -> PartitionRecord:
    return PartitionRecord(
        partition_id=number,
        topic_id=topic_id,
        replicas=[1],
        isr=[1],
        removing_replicas=[],
        adding_replicas=[],
        leader=1,
        leader_epoch=epoch,
        partition_epoch=0,
    )


def config(name: str, value: str | None, *, topic: str = "one") -> ConfigRecord:
    return ConfigRecord(resource_type=2, resource_name=topic, name=name, value=value)


def read(folder: Path, *records: object) -> Metadata:
    directory = partition(folder, "__cluster_metadata-0", METADATA_ID, metadata_batch(*records))
    return read_metadata(DiskFiles(), str(directory))


def test_topics_have_their_partitions_epochs_and_configs(tmp_path: Path) -> None:
    metadata = read(
        tmp_path,
        TopicRecord(name="one", topic_id=ONE),
        partition_record(ONE, 0, epoch=4),
        partition_record(ONE, 1, epoch=0),
        PartitionChangeRecord(partition_id=0, topic_id=ONE, leader=2),
        PartitionChangeRecord(partition_id=1, topic_id=ONE, isr=[1]),
        config("cleanup.policy", "compact"),
        config("retention.ms", "1"),
        config("retention.ms", None),
        ProducerIdsRecord(broker_id=1, broker_epoch=1, next_producer_id=3000),
    )
    assert metadata.topics[ONE].leader_epochs == {0: 5, 1: 0}
    assert metadata.configs == {(2, "one"): {"cleanup.policy": "compact"}}
    assert metadata.next_producer_id == 3000


def test_a_removed_topic_is_gone_with_its_configs(tmp_path: Path) -> None:
    records = [TopicRecord(name="one", topic_id=ONE), config("retention.ms", "1")]
    metadata = read(tmp_path, *records, RemoveTopicRecord(topic_id=ONE))
    assert (metadata.topics, metadata.configs) == ({}, {})


def test_only_transactions_that_have_ended_count(tmp_path: Path) -> None:
    metadata = read(
        tmp_path,
        BeginTransactionRecord(),
        TopicRecord(name="one", topic_id=ONE),
        EndTransactionRecord(),
        BeginTransactionRecord(),
        TopicRecord(name="two", topic_id=TWO),
        AbortTransactionRecord(),
        BeginTransactionRecord(),
        TopicRecord(name="two", topic_id=TWO),
    )
    assert set(metadata.topics) == {ONE}


def test_the_log_goes_on_where_the_newest_snapshot_ends(tmp_path: Path) -> None:
    log = metadata_batch(TopicRecord(name="two", topic_id=TWO), base_offset=10)
    directory = partition(tmp_path, "__cluster_metadata-0", METADATA_ID, log, start=10)
    snapshot = metadata_batch(TopicRecord(name="one", topic_id=ONE))
    (directory / f"{10:020}-{2:010}.checkpoint").write_bytes(snapshot)
    (directory / f"{0:020}-{0:010}.checkpoint").write_bytes(b"an older one")
    assert set(read_metadata(DiskFiles(), str(directory)).topics) == {ONE, TWO}


def test_a_gap_between_snapshot_and_log_is_told(tmp_path: Path) -> None:
    log = metadata_batch(TopicRecord(name="two", topic_id=TWO), base_offset=10)
    directory = partition(tmp_path, "__cluster_metadata-0", METADATA_ID, log, start=10)
    with pytest.raises(CorruptFile, match="offsets 0 to 9 are neither"):
        read_metadata(DiskFiles(), str(directory))


def test_a_record_about_something_unknown_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(CorruptFile, match="unknown"):
        read(tmp_path, partition_record(ONE, 0, epoch=0))
