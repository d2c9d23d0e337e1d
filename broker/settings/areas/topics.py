"""How topics are made and deleted, and who this broker is."""

from broker.settings.setting import (
    CLUSTER_WIDE,
    HIGH,
    LOW,
    Boolean,
    Class,
    Declarations,
    Int,
    Long,
    NullableString,
)


class TopicsSettings(Declarations):
    auto_create_topics_enable = Boolean(
        True, importance=HIGH, acts=True, doc="Make a topic when a client asks for one that is not there."
    )
    delete_topic_enable = Boolean(True, importance=HIGH, acts=True, doc="Whether topics may be deleted.")
    num_partitions = Int(1, "[1,...]", acts=True, doc="Partitions of a topic for which no number was given.")
    default_replication_factor = Int(1, acts=True, doc="Replicas of a topic for which no number was given.")
    min_insync_replicas = Int(
        1,
        "[1,...]",
        importance=HIGH,
        update=CLUSTER_WIDE,
        acts=True,
        doc="Replicas that must be in sync before an acks=all record is taken.",
    )
    unclean_leader_election_enable = Boolean(
        False,
        importance=HIGH,
        update=CLUSTER_WIDE,
        doc="Whether a replica that is not in sync may become leader.",
    )
    unclean_leader_election_interval_ms = Long(
        300_000, "[1,...]", internal=True, doc="How often partitions without a leader are looked at."
    )
    auto_leader_rebalance_enable = Boolean(
        True, importance=HIGH, doc="Move leaders back to the preferred replicas by itself."
    )
    leader_imbalance_check_interval_seconds = Long(
        300, "[1,...]", importance=HIGH, doc="How often to look whether leaders should be moved back."
    )
    create_topic_policy_class_name = Class(
        None, importance=LOW, doc="Java class that would judge topics to be made."
    )
    alter_config_policy_class_name = Class(
        None, importance=LOW, doc="Java class that would judge changes of configs."
    )
    broker_id = Int(-1, importance=HIGH, acts=True, doc="Older name of node.id.")
    node_id = Int(
        1,
        "[0,...]",
        kafka_default=None,
        importance=HIGH,
        acts=True,
        doc="Number of this node in the cluster.",
    )
    broker_rack = NullableString(
        None, acts=True, doc="Where this broker stands, for clients that would rather read nearby."
    )
