"""Regular expressions that members subscribe by, in RE2's language (KIP-848).

RE2 takes time in proportion to what it reads, whatever the expression: no member can hang the broker.

Differences from Apache Kafka: topics are matched as soon as they are there, not every ten seconds;
internal topics match no pattern.
"""

from collections.abc import Iterable
from typing import Any

from broker.coordinator.group.consumer.topic_shapes import TopicShapes
from broker.protocol.errors import ErrorCode, KafkaError

LARGEST_PROGRAM_BYTES = 64 * 1024
"""What RE2 may make of an expression; it bounds the time that looking at one topic takes."""


class TopicPatterns:
    """Expressions that somebody subscribes to, with the topics that each matches as a whole."""

    def __init__(self, topics: TopicShapes) -> None:
        self._topics = topics
        self._patterns: dict[str, _TopicPattern] = {}

    def check(self, pattern: str) -> None:
        """Raises: KafkaError(INVALID_REGULAR_EXPRESSION)."""
        if pattern and pattern not in self._patterns:
            _compile(pattern)

    def topics(self, pattern: str) -> frozenset[str]:
        """The names of those that it matches; of the empty pattern none. It is a good one."""
        if not pattern:
            return frozenset()
        found = self._patterns.get(pattern)
        if found is None:
            found = self._patterns[pattern] = _TopicPattern(pattern)
        return found.matched(self._topics)

    def forget_all_but(self, patterns: Iterable[str]) -> None:
        """Nobody subscribes to the others any more."""
        for gone in self._patterns.keys() - set(patterns):
            del self._patterns[gone]


class _TopicPattern:
    def __init__(self, pattern: str) -> None:
        self._compiled = _compile(pattern)
        self._seen: frozenset[str] = frozenset()
        self._seen_version: int | None = None
        self._matched: frozenset[str] = frozenset()

    def matched(self, topics: TopicShapes) -> frozenset[str]:
        """Only topics that are new are looked at."""
        if self._seen_version != topics.version:
            seen = frozenset(topics.names())
            new = (name for name in seen - self._seen if self._compiled.fullmatch(name))
            self._matched = (self._matched & seen).union(new)
            self._seen, self._seen_version = seen, topics.version
        return self._matched


def _compile(pattern: str) -> Any:
    import re2  # only groups with patterns need it

    options = re2.Options()
    options.log_errors = False  # it would write to standard error by itself
    options.max_mem = LARGEST_PROGRAM_BYTES
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else error
        raise KafkaError(
            ErrorCode.INVALID_REGULAR_EXPRESSION, f"{pattern!r} is no RE2 expression: {reason}"
        ) from error
