"""Share groups (KIP-932)."""

from broker.settings.setting import CLUSTER_WIDE, HIGH, LOW, Declarations, Int, List, Short, String


class ShareSettings(Declarations):
    group_share_assignors = List(["simple"], may_be_empty=False, doc="Assignor of share groups.")
    group_share_assignment_interval_ms = Int(
        1000, "[0,...]", update=CLUSTER_WIDE, doc="Time between two assignments of a share group."
    )
    group_share_min_assignment_interval_ms = Int(0, "[0,...]", doc="Least that a group may set for it.")
    group_share_max_assignment_interval_ms = Int(15_000, "[0,...]", doc="Most that a group may set for it.")
    group_share_heartbeat_interval_ms = Int(
        5000, "[1,...]", doc="Heartbeat interval told to members of share groups."
    )
    group_share_min_heartbeat_interval_ms = Int(5000, "[1,...]", doc="Least that a group may set for it.")
    group_share_max_heartbeat_interval_ms = Int(15_000, "[1,...]", doc="Most that a group may set for it.")
    group_share_session_timeout_ms = Int(
        45_000, "[1,...]", doc="A member of a share group that is silent for this long is out."
    )
    group_share_min_session_timeout_ms = Int(45_000, "[1,...]", doc="Least that a group may set for it.")
    group_share_max_session_timeout_ms = Int(60_000, "[1,...]", doc="Most that a group may set for it.")
    group_share_record_lock_duration_ms = Int(
        30_000, "[1000,...,3600000]", doc="How long a record is reserved for the member that fetched it."
    )
    group_share_min_record_lock_duration_ms = Int(
        15_000, "[1000,...,30000]", doc="Least that a group may set for it."
    )
    group_share_max_record_lock_duration_ms = Int(
        60_000, "[30000,...,3600000]", doc="Most that a group may set for it."
    )
    group_share_delivery_count_limit = Int(
        5, "[2,...,10]", doc="How often a record is delivered before it is given up."
    )
    group_share_min_delivery_count_limit = Int(2, "[2,...,5]", doc="Least that a group may set for it.")
    group_share_max_delivery_count_limit = Int(10, "[5,...,25]", doc="Most that a group may set for it.")
    group_share_partition_max_record_locks = Int(
        2000, "[100,...,10000]", doc="Records of a partition that may be reserved at a time."
    )
    group_share_min_partition_max_record_locks = Int(
        100, "[100,...,2000]", doc="Least that a group may set for it."
    )
    group_share_max_partition_max_record_locks = Int(
        4000, "[2000,...,10000]", doc="Most that a group may set for it."
    )
    group_share_max_size = Int(200, "[1,...,1000]", doc="Members in a share group.")
    group_share_max_share_sessions = Int(2000, "[1,...]", doc="Share sessions at any one time.")
    group_share_initialize_retry_interval_ms = Int(
        30_000,
        "[1,...]",
        importance=LOW,
        internal=True,
        doc="Pause before the state of a share group is initialised again.",
    )
    group_share_persister_class_name = String(
        "org.apache.kafka.server.share.persister.DefaultStatePersister",
        internal=True,
        doc="Java class that would store the state of share groups.",
    )
    share_coordinator_append_linger_ms = Int(
        -1,
        "[-1,...]",
        doc="How long changes of share state are gathered before they are stored; -1: as fits.",
    )
    share_coordinator_cached_buffer_max_bytes = Int(
        1_048_588, "[524288,...]", update=CLUSTER_WIDE, doc="Largest buffer that is kept for the next change."
    )
    share_coordinator_cold_partition_snapshot_interval_ms = Int(
        300_000,
        "[1,...]",
        importance=LOW,
        internal=True,
        doc="How often the state of quiet partitions is written in full.",
    )
    share_coordinator_load_buffer_size = Int(
        5_242_880, "[1,...]", importance=HIGH, doc="Bytes read at a time while share state is loaded."
    )
    share_coordinator_snapshot_update_records_per_snapshot = Int(
        500, "[0,...,500]", doc="Changes of share state between two full ones."
    )
    share_coordinator_state_topic_compression_codec = Int(
        0, importance=HIGH, doc="Codec of __share_group_state, by number."
    )
    share_coordinator_state_topic_min_isr = Short(
        1,
        "[1,...]",
        kafka_default=2,
        importance=HIGH,
        doc="Replicas of __share_group_state that must be in sync.",
    )
    share_coordinator_state_topic_num_partitions = Int(
        50, "[1,...]", importance=HIGH, acts=True, doc="Partitions of __share_group_state."
    )
    share_coordinator_state_topic_prune_interval_ms = Int(
        300_000, "[1,...]", importance=LOW, internal=True, doc="How often superseded share state is deleted."
    )
    share_coordinator_state_topic_replication_factor = Short(
        1, "[1,...]", kafka_default=3, importance=HIGH, doc="Replicas of __share_group_state."
    )
    share_coordinator_state_topic_segment_bytes = Int(
        104_857_600, "[1,...]", importance=HIGH, doc="Segment size of __share_group_state."
    )
    share_coordinator_threads = Int(1, "[1,...]", doc="Threads that would keep share state.")
    share_coordinator_write_timeout_ms = Int(
        5000, "[1,...]", importance=HIGH, doc="Longest that storing share state may take."
    )
    share_fetch_purgatory_purge_interval_requests = Int(
        1000, doc="How many answered share fetches are kept before the list is swept."
    )
