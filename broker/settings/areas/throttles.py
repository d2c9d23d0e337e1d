"""Throttles of replication: Kafka knows them only as changes at run time, and shows them once set."""

from broker.settings.setting import CLUSTER_WIDE, MAX_LONG, Declarations, Long


class ThrottleSettings(Declarations):
    leader_replication_throttled_rate = Long(
        MAX_LONG,
        "[0,...]",
        update=CLUSTER_WIDE,
        internal=True,
        doc="Bytes a second that throttled replicas are sent.",
    )
    follower_replication_throttled_rate = Long(
        MAX_LONG,
        "[0,...]",
        update=CLUSTER_WIDE,
        internal=True,
        doc="Bytes a second that throttled replicas receive.",
    )
    replica_alter_log_dirs_io_max_bytes_per_second = Long(
        MAX_LONG,
        "[0,...]",
        update=CLUSTER_WIDE,
        internal=True,
        doc="Bytes a second that are moved between data directories.",
    )
