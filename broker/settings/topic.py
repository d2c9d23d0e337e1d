"""The 34 configs of a topic, each falling back to a setting of the broker or to a default."""

from collections.abc import Mapping
from typing import Any, Self

from broker.settings.broker import BrokerSettings
from broker.settings.setting import (
    MAX_LONG,
    Boolean,
    Declarations,
    Double,
    Int,
    List,
    Long,
    NullableInt,
    String,
)


class TopicConfig(Declarations):
    overrides: dict[str, str]
    """What was set for the topic itself: names and texts."""

    cleanup_policy = List(
        ["delete"],
        "[compact, delete]",
        synonym="log.cleanup.policy",
        acts=True,
        doc="What becomes of old segments: delete, compact, both, or with an empty list neither.",
    )
    compression_gzip_level = Int(
        -1,
        "[1,...,9] or -1",
        synonym="compression.gzip.level",
        acts=True,
        doc="Level at which the broker compresses with gzip; -1 is gzip's own default.",
    )
    compression_lz4_level = Int(
        9,
        "[1,...,17]",
        synonym="compression.lz4.level",
        acts=True,
        doc="Level at which the broker compresses with lz4.",
    )
    compression_type = String(
        "producer",
        "[uncompressed, zstd, lz4, snappy, gzip, producer]",
        synonym="compression.type",
        acts=True,
        doc="Codec in which batches are stored; producer keeps what was sent.",
    )
    compression_zstd_level = Int(
        3,
        "[-131072,...,22]",
        synonym="compression.zstd.level",
        acts=True,
        doc="Level at which the broker compresses with zstd.",
    )
    delete_retention_ms = Long(
        86_400_000,
        "[0,...]",
        synonym="log.cleaner.delete.retention.ms",
        doc="How long the mark of a deleted key stays to be read.",
    )
    file_delete_delay_ms = Long(
        60_000,
        "[0,...]",
        synonym="log.segment.delete.delay.ms",
        acts=True,
        doc="How long the files of a deleted segment stay, renamed, before they go.",
    )
    flush_messages = Long(
        MAX_LONG,
        "[1,...]",
        synonym="log.flush.interval.messages",
        acts=True,
        doc="Sync to disk after this many records.",
    )
    flush_ms = Long(
        MAX_LONG,
        "[0,...]",
        synonym="log.flush.interval.ms",
        acts=True,
        doc="Sync to disk after this time.",
    )
    follower_replication_throttled_replicas = List(
        [],
        "[partitionId]:[brokerId],[partitionId]:[brokerId],...",
        doc="Replicas whose copying is throttled where it arrives; * for all.",
    )
    index_interval_bytes = Int(
        4096,
        "[0,...]",
        synonym="log.index.interval.bytes",
        acts=True,
        doc="Bytes of log between two entries of a segment's indexes.",
    )
    internal_segment_bytes = NullableInt(
        None, internal=True, acts=True, doc="Takes the place of segment.bytes and may be smaller; for tests."
    )
    leader_replication_throttled_replicas = List(
        [],
        "[partitionId]:[brokerId],[partitionId]:[brokerId],...",
        doc="Replicas whose copying is throttled where it is read; * for all.",
    )
    local_retention_bytes = Long(
        -2,
        "[-2,...]",
        synonym="log.local.retention.bytes",
        doc="How much of a tiered partition stays on this disk; -2: as much as retention.bytes says.",
    )
    local_retention_ms = Long(
        -2,
        "[-2,...]",
        synonym="log.local.retention.ms",
        doc="How long tiered segments stay on this disk; -2: as long as retention.ms says.",
    )
    max_compaction_lag_ms = Long(
        MAX_LONG,
        "[1,...]",
        synonym="log.cleaner.max.compaction.lag.ms",
        doc="A record stays uncompacted at most this long.",
    )
    max_message_bytes = Int(
        1_048_588,
        "[0,...]",
        synonym="message.max.bytes",
        acts=True,
        doc="Largest batch of records, as it is on the wire.",
    )
    message_timestamp_after_max_ms = Long(
        3_600_000,
        "[0,...]",
        synonym="log.message.timestamp.after.max.ms",
        acts=True,
        doc="How far in the future a record's timestamp may lie.",
    )
    message_timestamp_before_max_ms = Long(
        MAX_LONG,
        "[0,...]",
        synonym="log.message.timestamp.before.max.ms",
        acts=True,
        doc="How far in the past a record's timestamp may lie.",
    )
    message_timestamp_type = String(
        "CreateTime",
        "[CreateTime, LogAppendTime]",
        synonym="log.message.timestamp.type",
        acts=True,
        doc="Whose time a record bears: its producer's (CreateTime) or the broker's (LogAppendTime).",
    )
    min_cleanable_dirty_ratio = Double(
        0.5,
        "[0,...,1]",
        synonym="log.cleaner.min.cleanable.ratio",
        doc="Share of a log that must be uncompacted before it is compacted.",
    )
    min_compaction_lag_ms = Long(
        0,
        "[0,...]",
        synonym="log.cleaner.min.compaction.lag.ms",
        doc="A record stays uncompacted at least this long.",
    )
    min_insync_replicas = Int(
        1,
        "[1,...]",
        synonym="min.insync.replicas",
        acts=True,
        doc="Replicas that must be in sync before an acks=all record is taken.",
    )
    preallocate = Boolean(
        False, synonym="log.preallocate", doc="Give a new segment file its full size at once."
    )
    remote_log_copy_disable = Boolean(False, doc="Stop copying segments away, but go on reading them.")
    remote_log_delete_on_disable = Boolean(False, doc="Delete what is elsewhere when tiering is turned off.")
    remote_storage_enable = Boolean(False, doc="Keep closed segments in tiered storage.")
    retention_bytes = Long(
        -1,
        synonym="log.retention.bytes",
        acts=True,
        doc="Oldest segments are deleted when a partition is larger than this; -1: never.",
    )
    retention_ms = Long(
        604_800_000,
        "[-1,...]",
        synonym="log.retention.ms",
        acts=True,
        doc="Segments whose records are all older are deleted; -1: never.",
    )
    segment_bytes = Int(
        1_073_741_824,
        "[1048576,...]",
        synonym="log.segment.bytes",
        acts=True,
        doc="A segment that has this size is closed and the next one begun.",
    )
    segment_index_bytes = Int(
        10_485_760,
        "[4,...]",
        synonym="log.index.size.max.bytes",
        acts=True,
        doc="Size of an index file; a full index closes its segment.",
    )
    segment_jitter_ms = Long(
        0,
        "[0,...]",
        synonym="log.roll.jitter.ms",
        acts=True,
        doc="Up to this much is randomly taken off segment.ms, so that not all segments close at once.",
    )
    segment_ms = Long(
        604_800_000,
        "[1,...]",
        synonym="log.roll.ms",
        acts=True,
        doc="A segment is closed when its records span this time.",
    )
    unclean_leader_election_enable = Boolean(
        False,
        synonym="unclean.leader.election.enable",
        doc="Whether a replica that is not in sync may become leader.",
    )

    def __init__(self, overrides: Mapping[str, str], fallback: Mapping[str, Any]) -> None:
        """Raises: InvalidSetting."""
        values = self.__dict__
        values.update(fallback)
        self.overrides = dict(overrides)
        for name, text in overrides.items():
            setting = self.require(name, text)
            values[setting.attribute] = setting.parse(text)

    @classmethod
    def effective(cls, overrides: Mapping[str, str], broker: BrokerSettings) -> Self:
        """What holds for a topic with these overrides on this broker.

        Raises: InvalidSetting: an unknown name, a value of the wrong type or outside of its limits.
        """
        config = cls(overrides, broker_fallback(broker))
        if overrides:
            config._check()
        return config

    def _check(self) -> None:
        from broker.settings.rules import refuse_if

        refuse_if(
            self.min_compaction_lag_ms > self.max_compaction_lag_ms,
            self,
            "min.compaction.lag.ms",
            f"must be at most max.compaction.lag.ms ({self.max_compaction_lag_ms})",
        )
        refuse_if(self.remote_storage_enable, self, "remote.storage.enable", "there is no tiered storage")

    @property
    def segment_size_bytes(self) -> int:
        """internal.segment.bytes where a test has set it, otherwise segment.bytes."""
        return self.segment_bytes if self.internal_segment_bytes is None else self.internal_segment_bytes

    @property
    def longest_segment_ms(self) -> int:
        """segment.ms, and in a compacted topic not beyond max.compaction.lag.ms."""
        if "compact" in self.cleanup_policy:
            return min(self.max_compaction_lag_ms, self.segment_ms)
        return self.segment_ms


def broker_fallback(broker: BrokerSettings) -> dict[str, Any]:
    """What a topic without overrides has, where the broker has a say; attribute names and values."""
    return {
        "cleanup_policy": broker.log_cleanup_policy,
        "compression_gzip_level": broker.compression_gzip_level,
        "compression_lz4_level": broker.compression_lz4_level,
        "compression_type": broker.compression_type,
        "compression_zstd_level": broker.compression_zstd_level,
        "delete_retention_ms": broker.log_cleaner_delete_retention_ms,
        "file_delete_delay_ms": broker.log_segment_delete_delay_ms,
        "flush_messages": broker.log_flush_interval_messages,
        "flush_ms": broker.flush_ms,
        "index_interval_bytes": broker.log_index_interval_bytes,
        "local_retention_bytes": broker.log_local_retention_bytes,
        "local_retention_ms": broker.log_local_retention_ms,
        "max_compaction_lag_ms": broker.log_cleaner_max_compaction_lag_ms,
        "max_message_bytes": broker.message_max_bytes,
        "message_timestamp_after_max_ms": broker.log_message_timestamp_after_max_ms,
        "message_timestamp_before_max_ms": broker.log_message_timestamp_before_max_ms,
        "message_timestamp_type": broker.log_message_timestamp_type,
        "min_cleanable_dirty_ratio": broker.log_cleaner_min_cleanable_ratio,
        "min_compaction_lag_ms": broker.log_cleaner_min_compaction_lag_ms,
        "min_insync_replicas": broker.min_insync_replicas,
        "preallocate": broker.log_preallocate,
        "retention_bytes": broker.log_retention_bytes,
        "retention_ms": broker.retention_ms,
        "segment_bytes": broker.log_segment_bytes,
        "segment_index_bytes": broker.log_index_size_max_bytes,
        "segment_jitter_ms": broker.roll_jitter_ms,
        "segment_ms": broker.roll_ms,
        "unclean_leader_election_enable": broker.unclean_leader_election_enable,
    }
