"""Tiered storage (KIP-405)."""

from broker.settings.setting import (
    CLUSTER_WIDE,
    LOW,
    MAX_LONG,
    Boolean,
    Declarations,
    Double,
    Int,
    Long,
    NullableString,
    String,
)


class RemoteSettings(Declarations):
    remote_log_storage_system_enable = Boolean(False, doc="Whether tiered storage is there.")
    remote_log_storage_manager_class_name = NullableString(
        None, "non-empty string", doc="Java class that would keep segments elsewhere."
    )
    remote_log_storage_manager_class_path = NullableString(None, doc="Where that class is found.")
    remote_log_storage_manager_impl_prefix = String(
        "rsm.config.", "non-empty string", doc="Prefix of that class's own settings."
    )
    remote_log_metadata_manager_class_name = String(
        "org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager",
        "non-empty string",
        doc="Java class that would know which segments are elsewhere.",
    )
    remote_log_metadata_manager_class_path = NullableString(None, doc="Where that class is found.")
    remote_log_metadata_manager_impl_prefix = String(
        "rlmm.config.", "non-empty string", doc="Prefix of that class's own settings."
    )
    remote_log_metadata_manager_listener_name = NullableString(
        None, "non-empty string", doc="Listener that class connects to."
    )
    remote_log_metadata_custom_metadata_max_bytes = Int(
        128, "[0,...]", importance=LOW, doc="Most that the storage may note about a segment."
    )
    remote_log_index_file_cache_total_size_bytes = Long(
        1_073_741_824,
        "[1,...]",
        importance=LOW,
        update=CLUSTER_WIDE,
        doc="Room for indexes of segments that are elsewhere.",
    )
    remote_log_index_file_cache_ttl_ms = Long(
        900_000,
        "[-1,...]",
        importance=LOW,
        internal=True,
        doc="How long an unused index is kept; -1: no limit.",
    )
    remote_log_manager_thread_pool_size = Int(
        2, "[1,...]", doc="Threads that would look after tiered partitions."
    )
    remote_log_manager_copier_thread_pool_size = Int(
        10, "[1,...]", update=CLUSTER_WIDE, doc="Threads that would copy segments away."
    )
    remote_log_manager_expiration_thread_pool_size = Int(
        10, "[1,...]", update=CLUSTER_WIDE, doc="Threads that would delete segments elsewhere."
    )
    remote_log_manager_follower_thread_pool_size = Int(
        2, "[1,...]", update=CLUSTER_WIDE, doc="Threads that would look after followed partitions."
    )
    remote_log_manager_task_interval_ms = Long(
        30_000, "[1,...]", importance=LOW, doc="How often tiered partitions are looked after."
    )
    remote_log_manager_task_retry_backoff_ms = Long(
        500, "[1,...]", importance=LOW, internal=True, doc="First pause after a failure."
    )
    remote_log_manager_task_retry_backoff_max_ms = Long(
        30_000, "[1,...]", importance=LOW, internal=True, doc="Longest such pause."
    )
    remote_log_manager_task_retry_jitter = Double(
        0.2, "[0,...,0.5]", importance=LOW, internal=True, doc="Random share of such a pause."
    )
    remote_log_manager_copy_max_bytes_per_second = Long(
        MAX_LONG, "[1,...]", update=CLUSTER_WIDE, doc="Most bytes a second that are copied away."
    )
    remote_log_manager_copy_quota_window_num = Int(11, "[1,...]", doc="Samples kept of that.")
    remote_log_manager_copy_quota_window_size_seconds = Int(1, "[1,...]", doc="Length of such a sample.")
    remote_log_manager_fetch_max_bytes_per_second = Long(
        MAX_LONG, "[1,...]", update=CLUSTER_WIDE, doc="Most bytes a second that are read from elsewhere."
    )
    remote_log_manager_fetch_quota_window_num = Int(11, "[1,...]", doc="Samples kept of that.")
    remote_log_manager_fetch_quota_window_size_seconds = Int(1, "[1,...]", doc="Length of such a sample.")
    remote_log_reader_threads = Int(
        10, "[1,...]", update=CLUSTER_WIDE, doc="Threads that would read from elsewhere."
    )
    remote_log_reader_max_pending_tasks = Int(100, "[1,...]", doc="Reads from elsewhere that may wait.")
    remote_fetch_max_wait_ms = Int(
        500, "[1,...]", update=CLUSTER_WIDE, doc="Longest that a fetch waits for what is elsewhere."
    )
    remote_list_offsets_request_timeout_ms = Long(
        30_000,
        "[1,...]",
        update=CLUSTER_WIDE,
        doc="Longest that a look-up of offsets waits for what is elsewhere.",
    )
