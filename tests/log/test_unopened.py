"""A partition that nobody has opened is opened for retention only where that may find something."""

import pytest

from broker.log.memory_files import MemoryFiles
from broker.log.unopened import may_be_due
from broker.settings.broker import BrokerSettings
from broker.settings.topic import TopicConfig
from tests.fakes.files import FaultyFiles
from tests.log.harness import HERE, NOW, append, batch, engine

HOUR = 3_600_000
ONE = len(batch())


def closed(*ages_ms: int) -> MemoryFiles:
    """A log of one segment for each batch of that age."""
    files = MemoryFiles()
    made = engine(files, internal_segment_bytes=ONE, message_timestamp_before_max_ms=10 * HOUR)
    for age_ms in ages_ms:
        append(made.partition, batch(timestamps=[NOW - age_ms]))
    made.log.close()
    return files


def due(files: MemoryFiles | FaultyFiles, **overrides: object) -> bool:
    values = {name.replace("_", "."): str(value) for name, value in overrides.items()}
    config = TopicConfig.effective(values, BrokerSettings.from_values({}))
    return may_be_due(files, HERE, config, now_ms=NOW)


def test_the_first_segment_says_how_old_a_log_is() -> None:
    files = closed(2 * HOUR, HOUR)
    assert not due(files, retention_ms=2 * HOUR)
    assert due(files, retention_ms=2 * HOUR - 1)
    assert not due(files, retention_ms=-1)


def test_the_sizes_of_files_say_how_large_it_is() -> None:
    files = closed(0, 0, 0)
    assert not due(files, retention_bytes=2 * ONE + 1)
    assert due(files, retention_bytes=2 * ONE)


def test_without_an_index_the_log_has_to_be_opened() -> None:
    files = closed(0)
    assert not due(files, retention_ms=HOUR)
    files.remove(f"{HERE}/{0:020}.timeindex")
    assert due(files, retention_ms=HOUR)


@pytest.mark.parametrize("policy", ["compact", ""])
def test_a_log_from_which_nothing_is_deleted_is_left_alone(policy: str) -> None:
    assert not due(closed(2 * HOUR, 0), cleanup_policy=policy, retention_ms=0, retention_bytes=0)


def test_files_that_were_being_removed_are_a_reason() -> None:
    files = closed(0)
    files.open(f"{HERE}/{0:020}.log.deleted", create=True)
    assert due(files)


def test_a_partition_without_files_is_left_alone() -> None:
    assert not due(MemoryFiles(), retention_ms=0)
    assert not due(closed(), retention_ms=0)


def test_a_disk_that_fails_is_told() -> None:
    files = FaultyFiles()
    engine(files).partition.append(memoryview(batch()), leader_epoch=0)
    files.fail_at(1, kinds=frozenset({"list"}))
    with pytest.raises(OSError, match="Input"):
        due(files)
