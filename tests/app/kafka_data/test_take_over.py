from contextlib import ExitStack
from pathlib import Path

import pytest

from broker.app.data import Outside, open_data
from broker.app.kafka_data.take_over import TakenOver, take_over
from broker.app.start_error import StartError
from broker.protocol.kafka_records import ProducerIdsRecord, TopicRecord
from broker.settings.broker import BrokerSettings
from broker.state.rows import ResourceType
from tests.app.kafka_data.kafka_directory import (
    METADATA_ID,
    OFFSETS_ID,
    batch,
    commit_of,
    metadata_batch,
    partition,
)
from tests.app.kafka_data.test_metadata import config, partition_record
from tests.fakes.clock import VirtualClock
from tests.fakes.logger import RecordingLogger

ORDERS, GONE = b"1" * 16, b"9" * 16


def with_metadata(folder: Path, *more: object) -> None:
    records: list[object] = [
        TopicRecord(name="orders", topic_id=ORDERS),
        partition_record(ORDERS, 0, epoch=4),
        config("cleanup.policy", "compact", topic="orders"),
        ProducerIdsRecord(broker_id=1, broker_epoch=1, next_producer_id=3000),
    ]
    partition(folder, "__cluster_metadata-0", METADATA_ID, metadata_batch(*records, *more))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """`orders` has one partition with a record of epoch 6, and a committed offset."""
    directory = partition(tmp_path, "orders-0", ORDERS, batch([(b"k", b"v")], leader_epoch=6))
    (directory / "leader-epoch-checkpoint").write_bytes(b"0\n1\n6 0\n")
    commits = batch([commit_of("g", "orders", 0, 1), commit_of("g", "gone", 0, 1)])
    partition(tmp_path, "__consumer_offsets-3", OFFSETS_ID, commits)
    (tmp_path / "meta.properties").write_text("version=1\ncluster.id=abcdefghijklmnopqrstuv\nnode.id=1\n")
    return tmp_path


def taken(folder: Path, *, takes_defaults: bool = False, makes_missing: bool = False) -> TakenOver:
    settings = BrokerSettings.from_values({})
    return take_over(str(folder), settings, takes_defaults=takes_defaults, makes_missing=makes_missing)


def test_kawa_goes_on_where_apache_kafka_stopped(copy: Path) -> None:
    with_metadata(copy)
    result = taken(copy)
    assert (result.offsets, result.offsets_left, result.has_metadata) == (1, 1, True)
    with ExitStack() as stack:
        outside = Outside(RecordingLogger(), VirtualClock(), bytes)
        data = open_data(BrokerSettings.from_values({"log.dirs": str(copy)}), outside, stack)
        topic = data.cluster.topics.by_name["orders"]
        assert topic.topic_id == ORDERS
        assert topic.partitions[0].log.log_end_offset == 1
        assert data.cluster.configs.given(ResourceType.TOPIC, "orders") == {"cleanup.policy": "compact"}
        assert data.cluster.cluster_id == "abcdefghijklmnopqrstuv"
        assert [row.offset for row in data.state.groups.offsets("g")] == [1]
        assert data.state.producer_ids.allocate_block(1) == range(3000, 3001)


def test_leader_epochs_go_on_above_those_in_the_log(copy: Path) -> None:
    with_metadata(copy)
    assert taken(copy).topics[0].partitions[0].leader_epoch == 7


def test_what_kawa_does_not_use_is_put_aside(copy: Path) -> None:
    with_metadata(copy)
    partition(copy, "deleted-0", GONE)
    assert taken(copy).aside == ["__cluster_metadata-0", "__consumer_offsets-3", "deleted-0"]
    assert sorted(path.name for path in (copy / "apache-kafka").iterdir()) == [
        "__cluster_metadata-0",
        "__consumer_offsets-3",
        "deleted-0",
    ]
    assert (copy / "orders-0").is_dir()


def test_without_metadata_it_stops_and_changes_nothing(copy: Path) -> None:
    before = sorted(copy.rglob("*"))
    with pytest.raises(StartError, match="--take-defaults"):
        taken(copy)
    assert sorted(path for path in copy.rglob("*") if path.name != ".lock") == before


def test_without_metadata_defaults_are_taken_when_told_to(copy: Path) -> None:
    result = taken(copy, takes_defaults=True)
    assert [(row.name, row.topic_id, len(row.partitions)) for row in result.topics] == [("orders", ORDERS, 1)]
    assert (result.configs, result.has_metadata, result.offsets) == (0, False, 1)


def test_partitions_that_are_not_there_are_named(copy: Path) -> None:
    with_metadata(copy, partition_record(ORDERS, 1, epoch=0))
    with pytest.raises(StartError, match="orders-1"):
        taken(copy)
    assert len(taken(copy, makes_missing=True).topics[0].partitions) == 2


def test_what_is_kawas_already_is_left_alone(copy: Path) -> None:
    with_metadata(copy)
    taken(copy)
    with pytest.raises(StartError, match="Kawa's already"):
        taken(copy)


def test_an_empty_directory_is_told(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="no partition"):
        taken(tmp_path)


def test_configs_that_kafka_would_not_take_are_told(copy: Path) -> None:
    with_metadata(copy, config("retention.ms", "soon", topic="orders"))
    with pytest.raises(StartError, match="topic orders"):
        taken(copy)
