"""Copies between brokers; Kawa's brokers share one log, so none of it does anything."""

from broker.settings.setting import (
    CLUSTER_WIDE,
    HIGH,
    LOW,
    Boolean,
    Declarations,
    Int,
    Long,
    NullableString,
    String,
)


class ReplicationSettings(Declarations):
    num_replica_fetchers = Int(
        1,
        "[1,...]",
        importance=HIGH,
        update=CLUSTER_WIDE,
        doc="Threads that would copy from each other broker.",
    )
    replica_fetch_backoff_ms = Int(1000, "[0,...]", doc="Pause after a failed copy.")
    replica_fetch_max_bytes = Int(
        1_048_576, "[0,...]", doc="Bytes asked for from each partition in one copy."
    )
    replica_fetch_min_bytes = Int(1, importance=HIGH, doc="Bytes that one copy waits for.")
    replica_fetch_response_max_bytes = Int(10_485_760, "[0,...]", doc="Bytes in one answer to a copy.")
    replica_fetch_wait_max_ms = Int(500, importance=HIGH, doc="Longest that one copy waits for bytes.")
    replica_high_watermark_checkpoint_interval_ms = Long(
        5000, importance=HIGH, doc="How often high watermarks are written down."
    )
    replica_lag_time_max_ms = Long(
        30_000, importance=HIGH, doc="A follower that is behind for longer is out of sync."
    )
    replica_selector_class = NullableString(
        None, doc="Java class that would choose the replica a client reads from."
    )
    replica_socket_receive_buffer_bytes = Int(
        65_536, importance=HIGH, doc="SO_RCVBUF of a copying connection."
    )
    replica_socket_timeout_ms = Int(30_000, importance=HIGH, doc="Longest wait on a copying connection.")
    follower_fetch_last_tiered_offset_enable = Boolean(
        False, update=CLUSTER_WIDE, doc="Whether a new follower starts behind what is in tiered storage."
    )
    fetch_purgatory_purge_interval_requests = Int(
        1000, doc="How many answered fetches are kept before the list is swept."
    )
    producer_purgatory_purge_interval_requests = Int(
        1000, doc="How many answered produces are kept before the list is swept."
    )
    delete_records_purgatory_purge_interval_requests = Int(
        1, doc="How many answered DeleteRecords are kept before the list is swept."
    )
    controlled_shutdown_enable = Boolean(True, doc="Move leaders away before stopping.")
    security_inter_broker_protocol = String(
        "PLAINTEXT",
        "[PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL]",
        doc="Security protocol between brokers, if no listener is named for it.",
    )
    replication_quota_window_num = Int(
        11, "[1,...]", importance=LOW, doc="Samples kept of the throttled copying."
    )
    replication_quota_window_size_seconds = Int(1, "[1,...]", importance=LOW, doc="Length of such a sample.")
    alter_log_dirs_replication_quota_window_num = Int(
        11, "[1,...]", importance=LOW, doc="Samples kept of the throttled moving between directories."
    )
    alter_log_dirs_replication_quota_window_size_seconds = Int(
        1, "[1,...]", importance=LOW, doc="Length of such a sample."
    )
