"""Consumer groups, classic and by KIP-848, and their offsets."""

from broker.settings.setting import CLUSTER_WIDE, HIGH, MAX_INT, Declarations, Int, List, Long, Short, String


class GroupsSettings(Declarations):
    group_initial_rebalance_delay_ms = Int(
        0,
        kafka_default=3000,
        acts=True,
        doc="How long the first members of a new group wait for others to join.",
    )
    group_min_session_timeout_ms = Int(
        6000, acts=True, doc="Shortest session timeout that a classic member may ask for."
    )
    group_max_session_timeout_ms = Int(
        1_800_000, acts=True, doc="Longest session timeout that a classic member may ask for."
    )
    group_max_size = Int(MAX_INT, "[1,...]", acts=True, doc="Members in a classic group.")
    group_coordinator_rebalance_protocols = List(
        ["classic", "consumer", "streams"],
        "[consumer, classic, share, streams]",
        may_be_empty=False,
        acts=True,
        doc="Kinds of groups that are served, as far as they are there.",
    )
    group_coordinator_threads = Int(4, "[1,...]", importance=HIGH, doc="Threads that would run groups.")
    group_coordinator_background_threads = Int(
        2, "[1,...]", importance=HIGH, doc="Threads that would do the groups' longer work."
    )
    group_coordinator_append_linger_ms = Int(
        -1, "[-1,...]", doc="How long changes of groups are gathered before they are stored; -1: as fits."
    )
    group_coordinator_cached_buffer_max_bytes = Int(
        1_048_588, "[524288,...]", update=CLUSTER_WIDE, doc="Largest buffer that is kept for the next change."
    )
    group_consumer_assignors = List(
        ["uniform", "range"],
        may_be_empty=False,
        acts=True,
        doc="Assignors of KIP-848 groups, the default one first.",
    )
    group_consumer_assignment_interval_ms = Int(
        0,
        "[0,...]",
        kafka_default=1000,
        update=CLUSTER_WIDE,
        acts=True,
        doc="Least time between two assignments of a KIP-848 group.",
    )
    group_consumer_min_assignment_interval_ms = Int(
        0, "[0,...]", acts=True, doc="Least that a group may set for it."
    )
    group_consumer_max_assignment_interval_ms = Int(
        15_000, "[0,...]", acts=True, doc="Most that a group may set for it."
    )
    group_consumer_heartbeat_interval_ms = Int(
        1000,
        "[1,...]",
        kafka_default=5000,
        acts=True,
        doc="Heartbeat interval told to members of KIP-848 groups: how long a rebalance takes.",
    )
    group_consumer_min_heartbeat_interval_ms = Int(
        1000, "[1,...]", kafka_default=5000, acts=True, doc="Least that a group may set for it."
    )
    group_consumer_max_heartbeat_interval_ms = Int(
        15_000, "[1,...]", acts=True, doc="Most that a group may set for it."
    )
    group_consumer_session_timeout_ms = Int(
        45_000, "[1,...]", acts=True, doc="A member of a KIP-848 group that is silent for this long is out."
    )
    group_consumer_min_session_timeout_ms = Int(
        45_000, "[1,...]", acts=True, doc="Least that a group may set for it."
    )
    group_consumer_max_session_timeout_ms = Int(
        60_000, "[1,...]", acts=True, doc="Most that a group may set for it."
    )
    group_consumer_max_size = Int(MAX_INT, "[1,...]", acts=True, doc="Members in a KIP-848 group.")
    group_consumer_migration_policy = String(
        "bidirectional",
        "(case insensitive) [DISABLED, DOWNGRADE, UPGRADE, BIDIRECTIONAL]",
        acts=True,
        doc="Which way groups may change between the classic protocol and KIP-848.",
    )
    group_consumer_regex_refresh_interval_ms = Int(
        600_000,
        "[10000,...]",
        internal=True,
        doc="How often subscribed patterns are matched against the topics again.",
    )
    offset_metadata_max_bytes = Int(
        4096, importance=HIGH, acts=True, doc="Longest text that may be committed beside an offset."
    )
    offsets_retention_minutes = Int(
        10_080, "[1,...]", importance=HIGH, acts=True, doc="How long the offsets of an empty group are kept."
    )
    offsets_retention_check_interval_ms = Long(
        600_000, "[1,...]", importance=HIGH, acts=True, doc="How often to look for offsets to forget."
    )
    offsets_commit_timeout_ms = Int(5000, "[1,...]", importance=HIGH, doc="Longest that a commit may take.")
    offsets_load_buffer_size = Int(
        5_242_880, "[1,...]", importance=HIGH, doc="Bytes read at a time while offsets are loaded."
    )
    offsets_topic_num_partitions = Int(
        50,
        "[1,...]",
        importance=HIGH,
        acts=True,
        doc="Partitions of __consumer_offsets: they decide which broker coordinates a group.",
    )
    offsets_topic_replication_factor = Short(
        1, "[1,...]", kafka_default=3, importance=HIGH, doc="Replicas of __consumer_offsets."
    )
    offsets_topic_segment_bytes = Int(
        104_857_600, "[1,...]", importance=HIGH, doc="Segment size of __consumer_offsets."
    )
    offsets_topic_compression_codec = Int(0, importance=HIGH, doc="Codec of __consumer_offsets, by number.")
