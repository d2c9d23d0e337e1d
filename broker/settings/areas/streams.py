"""Streams groups (KIP-1071)."""

from broker.settings.setting import CLUSTER_WIDE, MAX_INT, Declarations, Int


class StreamsSettings(Declarations):
    group_streams_assignment_interval_ms = Int(
        1000, "[0,...]", update=CLUSTER_WIDE, doc="Time between two assignments of a streams group."
    )
    group_streams_min_assignment_interval_ms = Int(0, "[0,...]", doc="Least that a group may set for it.")
    group_streams_max_assignment_interval_ms = Int(15_000, "[0,...]", doc="Most that a group may set for it.")
    group_streams_heartbeat_interval_ms = Int(
        5000, "[1,...]", doc="Heartbeat interval told to members of streams groups."
    )
    group_streams_min_heartbeat_interval_ms = Int(5000, "[1,...]", doc="Least that a group may set for it.")
    group_streams_max_heartbeat_interval_ms = Int(15_000, "[1,...]", doc="Most that a group may set for it.")
    group_streams_session_timeout_ms = Int(
        45_000, "[1,...]", doc="A member of a streams group that is silent for this long is out."
    )
    group_streams_min_session_timeout_ms = Int(45_000, "[1,...]", doc="Least that a group may set for it.")
    group_streams_max_session_timeout_ms = Int(60_000, "[1,...]", doc="Most that a group may set for it.")
    group_streams_initial_rebalance_delay_ms = Int(
        3000, "[0,...]", doc="How long the first members of a new streams group wait for others to join."
    )
    group_streams_num_standby_replicas = Int(0, "[0,...]", doc="Warm copies of each task's state.")
    group_streams_max_standby_replicas = Int(2, "[0,...]", doc="Most that a group may set for it.")
    group_streams_max_size = Int(MAX_INT, "[1,...]", doc="Members in a streams group.")
