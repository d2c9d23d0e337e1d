"""Which segments retention no longer keeps: the leading ones that are too old, or too many bytes.

A segment is as old as its newest record. One whose records have no timestamps is as old as the broker's
own look at it. Only topics whose `cleanup.policy` holds `delete` lose segments by time and size.

Follows Kafka's UnifiedLog.deleteOldSegments.

Differences from Apache Kafka: a segment without timestamps counts from when this broker first saw it, not
from when its file was changed.
"""

from collections.abc import Sequence
from typing import Protocol

from broker.log.time_index import TimestampPosition
from broker.settings.topic import TopicConfig


class Kept(Protocol):
    """A segment, as far as retention looks at it."""

    size_bytes: int
    first_append_ms: int | None

    @property
    def greatest_timestamp(self) -> TimestampPosition:
        """-1 without one. Raises: OSError."""


def count_due(segments: Sequence[Kept], config: TopicConfig, *, now_ms: int) -> int:
    """How many of the leading segments have to go; all of them only if none is empty. Raises: OSError."""
    if "delete" not in config.cleanup_policy:
        return 0
    whole = segments if segments[-1].size_bytes else segments[:-1]
    return max(count_too_many(whole, config.retention_bytes), count_expired(whole, config, now_ms))


def count_too_many(segments: Sequence[Kept], retention_bytes: int) -> int:
    """A segment goes only if as much as `retention_bytes` stays."""
    if retention_bytes < 0:
        return 0
    excess = sum(segment.size_bytes for segment in segments) - retention_bytes
    count = 0
    for segment in segments:
        excess -= segment.size_bytes
        if excess < 0:
            break
        count += 1
    return count


def count_expired(segments: Sequence[Kept], config: TopicConfig, now_ms: int) -> int:
    """Up to the first one that holds a record that is young enough, or from the future."""
    if config.retention_ms < 0:
        return 0
    count = 0
    for segment in segments:
        newest_ms = segment.greatest_timestamp.timestamp_ms
        if newest_ms < 0:
            newest_ms = segment.first_append_ms = segment.first_append_ms or now_ms
        if now_ms - newest_ms <= config.retention_ms:
            break
        count += 1
    return count
