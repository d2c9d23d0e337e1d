"""Which of a log's leading segments are due: by age, by bytes, and by neither."""

from typing import NamedTuple

import pytest

from broker.log.retention import count_due
from broker.log.time_index import TimestampPosition
from broker.settings.broker import BrokerSettings
from broker.settings.topic import TopicConfig
from tests.log.harness import NOW

HOUR = 3_600_000


class Old(NamedTuple):
    """A segment by its age; None: its records have no timestamps."""

    age_ms: int | None
    size_bytes: int = 100

    def segment(self) -> "Segment":
        newest_ms = -1 if self.age_ms is None else NOW - self.age_ms
        return Segment(TimestampPosition(newest_ms, 0), self.size_bytes)


class Segment:
    """As retention sees it."""

    def __init__(self, newest: TimestampPosition, size_bytes: int) -> None:
        self.greatest_timestamp = newest
        self.size_bytes = size_bytes
        self.first_append_ms: int | None = None


def config(**overrides: object) -> TopicConfig:
    values = {name.replace("_", "."): str(value) for name, value in overrides.items()}
    return TopicConfig.effective(values, BrokerSettings.from_values({}))


def due(*segments: Old, **overrides: object) -> int:
    return count_due([each.segment() for each in segments], config(**overrides), now_ms=NOW)


def test_what_is_older_than_retention_ms_is_due() -> None:
    log = [Old(3 * HOUR), Old(2 * HOUR), Old(HOUR), Old(0)]
    assert due(*log, retention_ms=2 * HOUR) == 1
    assert due(*log, retention_ms=2 * HOUR - 1) == 2
    assert due(*log, retention_ms=0) == 3
    assert due(*log, retention_ms=-1) == 0


def test_the_active_segment_is_due_like_any_other() -> None:
    assert due(Old(3 * HOUR), Old(2 * HOUR), retention_ms=HOUR) == 2


def test_an_empty_active_segment_stays() -> None:
    assert due(Old(3 * HOUR), Old(None, 0), retention_ms=HOUR) == 1
    assert due(Old(3 * HOUR), Old(None, 0), retention_bytes=0, retention_ms=-1) == 1
    assert due(Old(None, 0), retention_ms=0, retention_bytes=0) == 0


def test_a_young_segment_keeps_older_ones_behind_it() -> None:
    assert due(Old(3 * HOUR), Old(0), Old(3 * HOUR), Old(0), retention_ms=HOUR) == 1


def test_records_from_the_future_stay() -> None:
    assert due(Old(-HOUR), Old(3 * HOUR), retention_ms=0) == 0


def test_without_timestamps_a_segment_is_as_old_as_the_first_look_at_it() -> None:
    segments = [Old(None).segment(), Old(0).segment()]
    settings = config(retention_ms=HOUR)
    assert count_due(segments, settings, now_ms=NOW) == 0
    assert count_due(segments, settings, now_ms=NOW + HOUR) == 0
    assert count_due(segments, settings, now_ms=NOW + HOUR + 1) == 2


@pytest.mark.parametrize(
    ("limit", "count"), [(-1, 0), (0, 4), (1, 3), (100, 3), (101, 2), (399, 0), (400, 0), (1_000, 0)]
)
def test_as_many_bytes_stay_as_retention_bytes_says(limit: int, count: int) -> None:
    assert due(*[Old(0)] * 4, retention_bytes=limit) == count


def test_the_larger_of_both_counts() -> None:
    log = [Old(3 * HOUR), Old(2 * HOUR), Old(0), Old(0)]
    assert due(*log, retention_bytes=300, retention_ms=HOUR) == 2
    assert due(*log, retention_bytes=100, retention_ms=HOUR) == 3


@pytest.mark.parametrize(("policy", "count"), [("delete", 2), ("compact,delete", 2), ("compact", 0), ("", 0)])
def test_only_the_policy_delete_deletes(policy: str, count: int) -> None:
    assert due(Old(HOUR), Old(HOUR), cleanup_policy=policy, retention_ms=0, retention_bytes=0) == count
