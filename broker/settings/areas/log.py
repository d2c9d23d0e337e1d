"""Where and how records are stored, and for how long."""

from broker.settings.setting import (
    CLUSTER_WIDE,
    HIGH,
    LOW,
    MAX_DOUBLE,
    MAX_LONG,
    PER_BROKER,
    Boolean,
    Declarations,
    Double,
    Int,
    List,
    Long,
    NullableInt,
    NullableList,
    NullableLong,
    String,
)


class LogSettings(Declarations):
    log_dir = List(
        ["./kawa-data"],
        may_be_empty=False,
        kafka_default=["/tmp/kafka-logs"],
        importance=HIGH,
        acts=True,
        doc="Data directory, if log.dirs is not given.",
    )
    log_dirs = NullableList(
        None, may_be_empty=False, importance=HIGH, acts=True, doc="Data directories; Kawa uses the first."
    )
    cordoned_log_dirs = List([], update=PER_BROKER, doc="Data directories that get no new partitions.")
    log_dir_failure_timeout_ms = Long(
        30_000,
        "[1,...]",
        importance=LOW,
        doc="How long a failed data directory is waited for before the broker stops.",
    )
    log_segment_bytes = Int(
        1_073_741_824,
        "[1048576,...]",
        importance=HIGH,
        update=CLUSTER_WIDE,
        acts=True,
        doc="A segment that has this size is closed and the next one begun.",
    )
    log_roll_ms = NullableLong(
        None,
        importance=HIGH,
        update=CLUSTER_WIDE,
        acts=True,
        doc="A segment is closed when its records span this time.",
    )
    log_roll_hours = Int(
        168, "[1,...]", importance=HIGH, acts=True, doc="The same in hours, if log.roll.ms is not given."
    )
    log_roll_jitter_ms = NullableLong(
        None,
        importance=HIGH,
        update=CLUSTER_WIDE,
        acts=True,
        doc="Up to this much is randomly taken off log.roll.ms, so that not all segments close at once.",
    )
    log_roll_jitter_hours = Int(
        0,
        "[0,...]",
        importance=HIGH,
        acts=True,
        doc="The same in hours, if log.roll.jitter.ms is not given.",
    )
    log_index_interval_bytes = Int(
        4096,
        "[0,...]",
        update=CLUSTER_WIDE,
        acts=True,
        doc="Bytes of log between two entries of a segment's indexes.",
    )
    log_index_size_max_bytes = Int(
        10_485_760,
        "[4,...]",
        update=CLUSTER_WIDE,
        acts=True,
        doc="Size of an index file; a full index closes its segment.",
    )
    log_preallocate = Boolean(
        False, update=CLUSTER_WIDE, doc="Give a new segment file its full size at once."
    )
    log_retention_ms = NullableLong(
        None,
        importance=HIGH,
        update=CLUSTER_WIDE,
        acts=True,
        doc="Segments whose records are all older are deleted; -1: never.",
    )
    log_retention_minutes = NullableInt(
        None, importance=HIGH, acts=True, doc="The same in minutes, if log.retention.ms is not given."
    )
    log_retention_hours = Int(
        168,
        importance=HIGH,
        acts=True,
        doc="The same in hours, if neither milliseconds nor minutes are given.",
    )
    log_retention_bytes = Long(
        -1,
        importance=HIGH,
        update=CLUSTER_WIDE,
        acts=True,
        doc="Oldest segments are deleted when a partition is larger than this; -1: never.",
    )
    log_retention_check_interval_ms = Long(
        300_000, "[1,...]", acts=True, doc="How often to look for segments to delete."
    )
    log_segment_delete_delay_ms = Long(
        60_000,
        "[0,...]",
        importance=HIGH,
        update=CLUSTER_WIDE,
        acts=True,
        doc="How long the files of a deleted segment or topic stay, renamed, before they go.",
    )
    log_cleanup_policy = List(
        ["delete"],
        "[compact, delete]",
        update=CLUSTER_WIDE,
        acts=True,
        doc="What becomes of old segments: delete, compact, both, or with an empty list neither.",
    )
    log_flush_interval_messages = Long(
        MAX_LONG,
        "[1,...]",
        importance=HIGH,
        update=CLUSTER_WIDE,
        acts=True,
        doc="Sync a partition to disk after this many records.",
    )
    log_flush_interval_ms = NullableLong(
        None,
        importance=HIGH,
        update=CLUSTER_WIDE,
        acts=True,
        doc="Sync a partition to disk after this time.",
    )
    log_flush_scheduler_interval_ms = Long(
        MAX_LONG, importance=HIGH, acts=True, doc="How often to look for partitions whose sync is due."
    )
    log_flush_offset_checkpoint_interval_ms = Int(
        60_000, "[0,...]", importance=HIGH, doc="How often the recovery points are written."
    )
    log_flush_start_offset_checkpoint_interval_ms = Int(
        60_000, "[0,...]", importance=HIGH, doc="How often the log start offsets are written."
    )
    log_initial_task_delay_ms = Long(
        30_000,
        "[0,...]",
        importance=LOW,
        internal=True,
        acts=True,
        doc="Wait after the start before the first housekeeping of the logs.",
    )
    log_message_timestamp_type = String(
        "CreateTime",
        "[CreateTime, LogAppendTime]",
        update=CLUSTER_WIDE,
        acts=True,
        doc="Whose time a record bears: its producer's (CreateTime) or the broker's (LogAppendTime).",
    )
    log_message_timestamp_before_max_ms = Long(
        MAX_LONG,
        "[0,...]",
        update=CLUSTER_WIDE,
        acts=True,
        doc="How far in the past a record's timestamp may lie.",
    )
    log_message_timestamp_after_max_ms = Long(
        3_600_000,
        "[0,...]",
        update=CLUSTER_WIDE,
        acts=True,
        doc="How far in the future a record's timestamp may lie.",
    )
    message_max_bytes = Int(
        1_048_588,
        "[0,...]",
        importance=HIGH,
        update=CLUSTER_WIDE,
        acts=True,
        doc="Largest batch of records, as it is on the wire.",
    )
    compression_type = String(
        "producer",
        "[uncompressed, zstd, lz4, snappy, gzip, producer]",
        importance=HIGH,
        update=CLUSTER_WIDE,
        acts=True,
        doc="Codec in which batches are stored; producer keeps what was sent.",
    )
    compression_gzip_level = Int(
        -1,
        "[1,...,9] or -1",
        update=CLUSTER_WIDE,
        acts=True,
        doc="Level at which the broker compresses with gzip; -1 is gzip's own default.",
    )
    compression_lz4_level = Int(
        9, "[1,...,17]", update=CLUSTER_WIDE, acts=True, doc="Level at which the broker compresses with lz4."
    )
    compression_zstd_level = Int(
        3,
        "[-131072,...,22]",
        update=CLUSTER_WIDE,
        acts=True,
        doc="Level at which the broker compresses with zstd.",
    )
    log_local_retention_ms = Long(
        -2,
        "[-2,...]",
        update=CLUSTER_WIDE,
        doc="How long tiered segments stay on this disk; -2: as long as retention says.",
    )
    log_local_retention_bytes = Long(
        -2,
        "[-2,...]",
        update=CLUSTER_WIDE,
        doc="How much of a tiered partition stays on this disk; -2: as much as retention says.",
    )
    num_recovery_threads_per_data_dir = Int(
        2,
        "[1,...]",
        importance=HIGH,
        update=CLUSTER_WIDE,
        doc="Threads that would check the logs of a directory at start.",
    )
    num_replica_alter_log_dirs_threads = NullableInt(
        None, importance=HIGH, doc="Threads that would move partitions between directories."
    )
    log_cleaner_enable = Boolean(True, doc="Whether compacted topics are compacted.")
    log_cleaner_threads = Int(1, "[0,...]", update=CLUSTER_WIDE, doc="Threads that would compact.")
    log_cleaner_backoff_ms = Long(
        15_000, "[0,...]", update=CLUSTER_WIDE, doc="Pause when there is nothing to compact."
    )
    log_cleaner_dedupe_buffer_size = Long(
        134_217_728,
        update=CLUSTER_WIDE,
        doc="Memory in which keys and their last offsets are gathered while compacting.",
    )
    log_cleaner_io_buffer_size = Int(
        524_288, "[0,...]", update=CLUSTER_WIDE, doc="Memory for reading and writing while compacting."
    )
    log_cleaner_io_buffer_load_factor = Double(
        0.9, update=CLUSTER_WIDE, doc="How full the table of keys may become."
    )
    log_cleaner_io_max_bytes_per_second = Double(
        MAX_DOUBLE, update=CLUSTER_WIDE, doc="Most bytes a second that compaction reads and writes."
    )
    log_cleaner_min_cleanable_ratio = Double(
        0.5,
        "[0,...,1]",
        update=CLUSTER_WIDE,
        doc="Share of a log that must be uncompacted before it is compacted.",
    )
    log_cleaner_min_compaction_lag_ms = Long(
        0, "[0,...]", update=CLUSTER_WIDE, doc="A record stays uncompacted at least this long."
    )
    log_cleaner_max_compaction_lag_ms = Long(
        MAX_LONG, "[1,...]", update=CLUSTER_WIDE, doc="A record stays uncompacted at most this long."
    )
    log_cleaner_delete_retention_ms = Long(
        86_400_000, "[0,...]", update=CLUSTER_WIDE, doc="How long the mark of a deleted key stays to be read."
    )
