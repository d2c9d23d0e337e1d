"""Everything this broker answers: ApiVersions is generated from this table, and dispatch goes by it.

It is data: a handler's module is imported when its first request comes. `versions` are those that are
answered, and are Kafka's own; `advertised` where ApiVersions has to say something else.
"""

from typing import NamedTuple

from broker.protocol.versions import Versions


class Api(NamedTuple):
    """Where one API is answered: `broker.handlers.<module>.<function>`.

    `waits`: an answer may be held back until something happens (a long poll), so a broker that
    stops does not wait for it.
    """

    name: str
    module: str
    function: str
    versions: str
    advertised: str | None = None
    waits: bool = False

    @property
    def answered(self) -> Versions:
        """The versions that are answered."""
        return Versions.parse(self.versions)

    @property
    def shown(self) -> Versions:
        """The versions that ApiVersions shows."""
        return Versions.parse(self.advertised or self.versions)


APIS: dict[int, Api] = {
    # librdkafka before 2.11.1 sends everything uncompressed to a broker whose lowest version is not 0.
    0: Api("Produce", "produce", "produce", "3-13", advertised="0-13"),
    1: Api("Fetch", "fetch", "fetch", "4-18", waits=True),
    2: Api("ListOffsets", "offsets", "list_offsets", "1-11"),
    3: Api("Metadata", "metadata", "metadata", "0-13"),
    8: Api("OffsetCommit", "group_offsets", "offset_commit", "2-10"),
    9: Api("OffsetFetch", "group_offsets", "offset_fetch", "1-10"),
    10: Api("FindCoordinator", "coordinators", "find_coordinator", "0-6"),
    11: Api("JoinGroup", "groups", "join_group", "0-9", waits=True),
    12: Api("Heartbeat", "groups", "heartbeat", "0-4"),
    13: Api("LeaveGroup", "groups", "leave_group", "0-5"),
    14: Api("SyncGroup", "groups", "sync_group", "0-5", waits=True),
    15: Api("DescribeGroups", "group_admin", "describe_groups", "0-6"),
    16: Api("ListGroups", "group_admin", "list_groups", "0-5"),
    18: Api("ApiVersions", "api_versions", "api_versions", "0-4"),
    19: Api("CreateTopics", "topics", "create_topics", "2-7"),
    20: Api("DeleteTopics", "topics", "delete_topics", "1-6"),
    21: Api("DeleteRecords", "offsets", "delete_records", "0-2"),
    22: Api("InitProducerId", "producers", "init_producer_id", "0-5"),
    23: Api("OffsetForLeaderEpoch", "offsets", "offset_for_leader_epoch", "2-4"),
    32: Api("DescribeConfigs", "configs", "describe_configs", "1-4"),
    33: Api("AlterConfigs", "configs", "alter_configs", "0-2"),
    35: Api("DescribeLogDirs", "log_dirs", "describe_log_dirs", "1-5"),
    37: Api("CreatePartitions", "topics", "create_partitions", "0-3"),
    42: Api("DeleteGroups", "group_admin", "delete_groups", "0-2"),
    43: Api("ElectLeaders", "cluster", "elect_leaders", "0-2"),
    44: Api("IncrementalAlterConfigs", "configs", "incremental_alter_configs", "0-1"),
    45: Api("AlterPartitionReassignments", "cluster", "alter_partition_reassignments", "0-1"),
    46: Api("ListPartitionReassignments", "cluster", "list_partition_reassignments", "0"),
    47: Api("OffsetDelete", "group_offsets", "offset_delete", "0"),
    60: Api("DescribeCluster", "cluster", "describe_cluster", "0-2"),
    61: Api("DescribeProducers", "producers", "describe_producers", "0"),
    68: Api("ConsumerGroupHeartbeat", "consumer_groups", "consumer_group_heartbeat", "0-1"),
    69: Api("ConsumerGroupDescribe", "consumer_groups", "consumer_group_describe", "0-1"),
    74: Api("ListConfigResources", "configs", "list_config_resources", "0-1"),
    75: Api("DescribeTopicPartitions", "topic_partitions", "describe_topic_partitions", "0"),
}
