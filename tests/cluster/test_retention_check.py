"""When the logs are asked what retention no longer keeps: soon enough, seldom enough, one at a time."""

from broker.cluster.retention_check import SHORTEST_MS, SIZE_MS, RetentionCheck
from broker.cluster.topics import Topic
from broker.log.engine import PartitionLog
from broker.state.rows import ResourceType
from tests.cluster.house import House, house
from tests.fakes.files import FaultyFiles
from tests.log.harness import append, batch

LONGEST_MS = 300_000
DELAY_MS = 30_000
DAY_MS = 86_400_000
ONE = len(batch())


def checking(here: House) -> RetentionCheck:
    cluster = here.cluster
    return RetentionCheck(
        cluster.topics,
        cluster.configs,
        here.logs,
        here.clock,
        here.logger,
        longest_ms=LONGEST_MS,
        delay_ms=DELAY_MS,
    )


def log_of(topic: Topic, partition: int = 0) -> PartitionLog:
    return topic.partitions[partition].log


def add(here: House, log: PartitionLog, *, age_ms: int = 0) -> None:
    append(log, batch(timestamps=[here.clock.wall_ms() - age_ms]))


def test_a_retention_of_a_second_acts_within_a_few() -> None:
    here = house()
    checking(here)
    log = log_of(here.make(retention_ms=1_000))
    add(here, log)
    here.clock.advance(1_000)
    assert log.log_start_offset == 0
    here.clock.advance(2 * SHORTEST_MS)
    assert (log.log_start_offset, log.log_end_offset) == (1, 1)


def test_a_changed_configuration_acts_at_once() -> None:
    here = house()
    checking(here)
    log = log_of(here.make())
    add(here, log)
    here.clock.advance(5_000)
    here.cluster.configs.set(ResourceType.TOPIC, "orders", {"retention.ms": "4000"})
    here.clock.advance(0)
    assert log.log_start_offset == 1


def test_a_changed_default_of_all_topics_acts_at_once_too() -> None:
    here = house()
    checking(here)
    logs = [log_of(here.make("orders")), log_of(here.make("invoices"))]
    for log in logs:
        add(here, log)
    here.clock.advance(5_000)
    here.cluster.configs.set(ResourceType.BROKER, "", {"log.retention.ms": "4000"})
    here.clock.advance(0)
    assert [log.log_start_offset for log in logs] == [1, 1]


def test_a_limit_of_bytes_acts_within_seconds() -> None:
    here = house()
    checking(here)
    log = log_of(here.make(retention_bytes=2 * ONE, internal_segment_bytes=ONE))
    for _ in range(5):
        add(here, log)
    here.clock.advance(SIZE_MS)
    assert (log.log_start_offset, log.size_bytes) == (3, 2 * ONE)


def test_topics_without_configs_are_asked_after_the_start_and_then_now_and_then() -> None:
    here = house(log_retention_ms=DAY_MS)
    checking(here)
    log = log_of(here.make())
    add(here, log, age_ms=DAY_MS - DELAY_MS // 2)
    here.clock.advance(DELAY_MS - 1)
    assert log.log_start_offset == 0
    here.clock.advance(1)
    assert log.log_start_offset == 1
    add(here, log, age_ms=DAY_MS)
    here.clock.advance(LONGEST_MS - 1)
    assert log.log_start_offset == 1
    here.clock.advance(1)
    assert log.log_start_offset == 2


def test_logs_that_nobody_has_opened_are_asked_too() -> None:
    here = house(log_retention_ms=DAY_MS)
    add(here, log_of(here.make()), age_ms=DAY_MS)
    here.logs.close()
    again = here.again(log_retention_ms=DAY_MS)
    checking(again)
    again.clock.advance(DELAY_MS)
    assert log_of(again.cluster.topics.by_name["orders"]).log_start_offset == 1


def test_other_work_goes_between_the_logs_of_a_large_topic() -> None:
    here = house()
    topic = here.make(partitions=3)
    logs = [log_of(topic, number) for number in range(3)]
    for log in logs:
        add(here, log, age_ms=DAY_MS)
    checking(here)
    here.cluster.configs.set(ResourceType.TOPIC, "orders", {"retention.ms": "1000"})
    seen: list[int] = []

    def look() -> None:
        seen.append(count_started(logs))
        if seen[-1] < len(logs):
            here.clock.call_at(here.clock.monotonic_ms(), look)

    look()
    here.clock.advance(0)
    assert seen == [0, 1, 2, 3]


def count_started(logs: list[PartitionLog]) -> int:
    return sum(log.log_start_offset for log in logs)


def test_deleted_topics_are_forgotten() -> None:
    here = house()
    checking(here)
    add(here, log_of(here.make(retention_ms=1_000)))
    here.cluster.topics.delete(here.cluster.topics.by_name["orders"])
    here.clock.advance(10 * SHORTEST_MS)
    assert list(here.logs.discover()) == []
    assert here.logger.told("warning") == []


def test_a_disk_that_fails_is_told_and_tried_again() -> None:
    files = FaultyFiles()
    here = house(files=files)
    checking(here)
    log = log_of(here.make(retention_ms=1_000))
    add(here, log)
    files.fail_at(1, times=1_000, kinds=frozenset({"rename", "replace", "write"}))
    here.clock.advance(5_000)
    assert "retention not done" in here.logger.told("warning")
    files.heal()
    here.clock.advance(2 * SHORTEST_MS)
    assert log.log_start_offset == 1


def test_after_its_end_nothing_is_asked() -> None:
    here = house()
    check = checking(here)
    log = log_of(here.make(retention_ms=1_000))
    add(here, log)
    check.close()
    here.cluster.configs.set(ResourceType.TOPIC, "orders", {"retention.ms": "1"})
    here.clock.advance(LONGEST_MS)
    assert log.log_start_offset == 0
