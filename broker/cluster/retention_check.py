"""When which logs are asked to give up what retention no longer keeps.

The logs of a topic with a configuration of its own are asked every `log.retention.check.interval.ms`, or as
often as its `retention.ms` says if that is shorter, or every few seconds if it has a limit of bytes, but not
more than once a second; and as soon as that configuration has changed. All other topics have the same
configuration, and are asked after each other. One log at a time: nothing else waits for them.

Differences from Apache Kafka: it asks all of them every `log.retention.check.interval.ms`, and no sooner.
"""

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from itertools import chain

from broker.clock import Clock, Timer
from broker.cluster.configs import Configs
from broker.cluster.topics import Topics
from broker.log.engine import LogEngine, PartitionKey
from broker.logger import Logger
from broker.protocol.errors import KafkaError
from broker.settings.topic import TopicConfig
from broker.state.rows import ResourceType

SHORTEST_MS = 1_000
SIZE_MS = 10_000


class RetentionCheck:
    """Runs from its making to `close`."""

    def __init__(
        self,
        topics: Topics,
        configs: Configs,
        logs: LogEngine,
        clock: Clock,
        logger: Logger,
        *,
        longest_ms: int,
        delay_ms: int,
    ) -> None:
        """`longest_ms`: log.retention.check.interval.ms; `delay_ms`: after which all are asked at first."""
        self._topics = topics
        self._configs = configs
        self._logs = logs
        self._clock = clock
        self._logger = logger
        self._longest_ms = longest_ms
        self._own_due_ms: dict[str, int] = {}  # of topics with a configuration of their own, or a new one
        self._heap: list[tuple[int, str]] = []  # those, and some that hold no longer
        self._under_way: Iterator[PartitionKey] | None = None
        self._timer: Timer | None = None
        self._is_closed = False
        self._others_due_ms = clock.monotonic_ms() + min(delay_ms, self._interval_ms(configs.common_topic))
        for name in configs.names(ResourceType.TOPIC):
            self._plan(name, min(delay_ms, self._interval_ms(configs.topic(name))))
        configs.on_topic_change(self._ask_soon)
        self._arrange()

    def close(self) -> None:
        """Idempotent."""
        self._is_closed = True
        self._cancel_timer()

    def _interval_ms(self, config: TopicConfig) -> int:
        wanted = self._longest_ms
        if "delete" in config.cleanup_policy:
            if config.retention_ms >= 0:
                wanted = min(wanted, config.retention_ms)
            if config.retention_bytes >= 0:
                wanted = min(wanted, SIZE_MS)
        return max(wanted, min(SHORTEST_MS, self._longest_ms))

    def _ask_soon(self, name: str) -> None:
        """The configuration of this topic has changed, perhaps with that of all others."""
        self._plan(name, 0)
        common_ms = self._clock.monotonic_ms() + self._interval_ms(self._configs.common_topic)
        self._others_due_ms = min(self._others_due_ms, common_ms)
        self._arrange()

    def _plan(self, name: str, after_ms: int) -> None:
        due_ms = self._own_due_ms[name] = self._clock.monotonic_ms() + after_ms
        heappush(self._heap, (due_ms, name))

    def _arrange(self) -> None:
        """Go on when the next ones are due."""
        self._cancel_timer()
        if not self._is_closed:
            self._timer = self._clock.call_at(self._next_ms(), self._run)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _next_ms(self) -> int:
        if self._under_way is not None:
            return self._clock.monotonic_ms()
        heap = self._heap
        while heap and not self._holds(heap[0]):
            heappop(heap)
        return min(self._others_due_ms, heap[0][0]) if heap else self._others_due_ms

    def _holds(self, entry: tuple[int, str]) -> bool:
        due_ms, name = entry
        return self._own_due_ms.get(name) == due_ms

    def _run(self) -> None:
        """Ask one; the next comes after the loop's other work."""
        if self._under_way is None:
            self._under_way = self._take_due()
        key = next(self._under_way, None)
        if key is None:
            self._under_way = None
        else:
            self._ask(key)
        self._arrange()

    def _take_due(self) -> Iterator[PartitionKey]:
        now_ms = self._clock.monotonic_ms()
        due = self._take_own_due(now_ms)
        if self._others_due_ms <= now_ms:
            self._others_due_ms = now_ms + self._interval_ms(self._configs.common_topic)
            due = chain(due, [name for name in self._topics.by_name if name not in self._own_due_ms])
        return chain.from_iterable(map(self._keys_of, due))

    def _take_own_due(self, now_ms: int) -> Iterable[str]:
        due = []
        while self._heap and self._heap[0][0] <= now_ms:
            entry = heappop(self._heap)
            name = entry[1]
            if not self._holds(entry):
                continue
            due.append(name)
            if name in self._topics.by_name and self._configs.given(ResourceType.TOPIC, name):
                self._plan(name, self._interval_ms(self._configs.topic(name)))
            else:
                del self._own_due_ms[name]
        return due

    def _keys_of(self, name: str) -> Iterable[PartitionKey]:
        """Of a topic that may have been deleted since, or has no logs."""
        topic = self._topics.by_name.get(name)
        return () if topic is None or topic.is_internal else [each.key for each in topic.partitions]

    def _ask(self, key: PartitionKey) -> None:
        try:
            self._logs.retain(key)
        except KafkaError as error:  # the next time the disk may be back
            self._logger.warning("retention not done", partition=str(key), error=str(error))
