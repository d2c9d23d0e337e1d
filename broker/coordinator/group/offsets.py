"""The offsets that one group has committed.

A commit is checked partition by partition; what passes becomes records, which `replay` takes over.
Offsets are forgotten when their time is up: `offsets.retention.minutes` after the group became empty,
or, where nobody ever joined, after the commit; a time that a client of version 2 to 4 has asked for
goes before that.

Follows Kafka's OffsetMetadataManager.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from broker.protocol.errors import ErrorCode
from broker.state.rows import OffsetRow

NO_RETENTION = -1


class Commit(NamedTuple):
    """What one partition's offset is to be; `metadata` is the client's own text."""

    topic: str
    topic_id: bytes
    partition: int
    offset: int
    leader_epoch: int
    metadata: str


class OffsetRemoved(NamedTuple):
    topic: str
    partition: int


class GroupOffsets:
    """By topic and partition."""

    def __init__(self, *, max_metadata_bytes: int) -> None:
        self._offsets: dict[str, dict[int, OffsetRow]] = {}
        self._max_metadata_bytes = max_metadata_bytes

    def __len__(self) -> int:
        return sum(map(len, self._offsets.values()))

    def commit(
        self, commits: Iterable[Commit], *, wall_ms: int, retention_ms: int = NO_RETENTION
    ) -> tuple[list[OffsetRow], list[ErrorCode]]:
        """The records that come of it, and one code for each commit, in their order."""
        records, codes = [], []
        expires_ms = None if retention_ms == NO_RETENTION else wall_ms + retention_ms
        for topic, topic_id, partition, offset, leader_epoch, metadata in commits:
            if len(metadata) > self._max_metadata_bytes:
                codes.append(ErrorCode.OFFSET_METADATA_TOO_LARGE)
                continue
            codes.append(ErrorCode.NONE)
            records.append(
                OffsetRow(topic, partition, topic_id, offset, leader_epoch, metadata, wall_ms, expires_ms)
            )
        return records, codes

    def replay(self, record: OffsetRow | OffsetRemoved) -> None:
        """The only way by which offsets change."""
        if isinstance(record, OffsetRow):
            self._offsets.setdefault(record.topic, {})[record.partition] = record
            return
        of_topic = self._offsets.get(record.topic, {})
        of_topic.pop(record.partition, None)
        if not of_topic:
            self._offsets.pop(record.topic, None)

    def get(self, topic: str, partition: int) -> OffsetRow | None:
        return self._offsets.get(topic, {}).get(partition)

    def all(self) -> dict[str, list[OffsetRow]]:
        """By topic, in the order of their partitions."""
        return {
            topic: [rows[partition] for partition in sorted(rows)] for topic, rows in self._offsets.items()
        }

    def of_topic(self, topic: str) -> list[OffsetRemoved]:
        """What forgets everything about a topic."""
        return [OffsetRemoved(topic, partition) for partition in self._offsets.get(topic, {})]

    def expired(
        self,
        *,
        wall_ms: int,
        retention_ms: int,
        empty_since_ms: int | None,
        is_in_use: Callable[[str], bool],
    ) -> list[OffsetRemoved]:
        """What forgets the offsets whose time is up, of topics that are not in use.

        `empty_since_ms`: from when on the time runs; None: from each commit.
        """
        gone = []
        for topic, rows in self._offsets.items():
            if is_in_use(topic):
                continue
            for row in rows.values():
                since_ms = row.committed_ms if empty_since_ms is None else empty_since_ms
                expires_ms = since_ms + retention_ms if row.expires_ms is None else row.expires_ms
                if wall_ms >= expires_ms:
                    gone.append(OffsetRemoved(topic, row.partition))
        return gone
