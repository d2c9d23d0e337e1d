"""What the nodes of a process share, opened and closed in order."""

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from broker.app.data import LOCK_NAME, STATE_NAME, Data, Outside, boot_id, open_data
from broker.log.files import InUse
from broker.log.partition_metadata import write_partition_metadata
from broker.settings.broker import BrokerSettings
from tests.fakes.clock import VirtualClock
from tests.fakes.logger import RecordingLogger

TOPIC_ID = bytes(range(16))


def opened(path: Path | None, logger: RecordingLogger, stack: ExitStack) -> Data:
    where = {"kawa.memory": "true"} if path is None else {"log.dirs": str(path)}
    outside = Outside(logger, VirtualClock(), os.urandom)
    return open_data(BrokerSettings.from_values(where), outside, stack)


def partition_directory(path: Path, name: str, topic_id: bytes = TOPIC_ID) -> None:
    (path / name).mkdir(parents=True)
    (path / name / "partition.metadata").write_bytes(write_partition_metadata(topic_id))


def test_in_memory_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with ExitStack() as stack:
        assert opened(None, RecordingLogger(), stack).directory is None
    assert list(tmp_path.iterdir()) == []


def test_on_disk_lock_and_state_are_in_the_directory(tmp_path: Path) -> None:
    with ExitStack() as stack:
        data = opened(tmp_path / "deep" / "data", RecordingLogger(), stack)
        assert data.directory == str(tmp_path / "deep" / "data")
        assert {LOCK_NAME, STATE_NAME} <= set(os.listdir(data.directory))


def test_the_lock_is_held_until_the_end(tmp_path: Path) -> None:
    with ExitStack() as stack:
        opened(tmp_path, RecordingLogger(), stack)
        with pytest.raises(InUse), ExitStack() as second:
            opened(tmp_path, RecordingLogger(), second)
    with ExitStack() as third:
        opened(tmp_path, RecordingLogger(), third)


def test_unknown_directories_are_taken_over_once(tmp_path: Path) -> None:
    for name in ("orders-0", "orders-2"):
        partition_directory(tmp_path, name)
    logger = RecordingLogger()
    for _ in range(2):
        with ExitStack() as stack:
            topic = opened(tmp_path, logger, stack).cluster.topics.by_id[TOPIC_ID]
            assert (topic.name, len(topic.partitions)) == ("orders", 3)
    assert [event for _, event, _ in logger.events] == ["topic taken over from its directories"]


def test_a_directory_of_another_topic_with_that_name_is_left_alone(tmp_path: Path) -> None:
    partition_directory(tmp_path, "orders-0")
    partition_directory(tmp_path, "orders-1", bytes(range(1, 17)))
    logger = RecordingLogger()
    with ExitStack() as stack:
        assert len(opened(tmp_path, logger, stack).cluster.topics.by_name["orders"].partitions) >= 1
    assert sorted(event for _, event, _ in logger.events) == [
        "partition cannot be used",
        "topic is not taken over: another one has its name",
        "topic taken over from its directories",
    ]


def test_the_boot_id_is_the_same_until_the_machine_starts_anew() -> None:
    assert boot_id() == boot_id() != ""


def test_after_the_machine_was_off_every_partition_has_a_new_leader_epoch(tmp_path: Path) -> None:
    partition_directory(tmp_path, "orders-0")
    logger, epochs = RecordingLogger(), []
    for boot in (None, None, "another boot"):
        if boot is not None:
            (tmp_path / ".kafka_cleanshutdown").unlink()
            (tmp_path / "kawa-boot-id").write_text(boot)
        with ExitStack() as stack:
            (partition,) = opened(tmp_path, logger, stack).cluster.topics.by_id[TOPIC_ID].partitions
            epochs.append(partition.leader_epoch)
    assert epochs == [epochs[0], epochs[0], epochs[0] + 1]
    assert "the machine was off: records that were not synced may be gone" in logger.told("warning")


def test_further_directories_are_not_left_out_in_silence(tmp_path: Path) -> None:
    logger = RecordingLogger()
    settings = BrokerSettings.from_values({"log.dirs": f"{tmp_path}/a,{tmp_path}/b"})
    with ExitStack() as stack:
        data = open_data(settings, Outside(logger, VirtualClock(), os.urandom), stack)
        assert data.directory == f"{tmp_path}/a"
    assert logger.events[0] == (
        "warning",
        "only the first of log.dirs is used",
        {"used": f"{tmp_path}/a", "not_used": f"{tmp_path}/b"},
    )
