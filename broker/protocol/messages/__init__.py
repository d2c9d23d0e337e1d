"""All messages: one file an API, with its request and its response.

The table is data: a file is imported when one of its classes is asked for.
"""

from importlib import import_module
from typing import Any, NamedTuple


class ApiMessages(NamedTuple):
    """Where the messages of an API are declared, and what the header has to know of them."""

    name: str
    module: str
    versions: str
    flexible_from: int | None
    """The first version with compact lengths and tagged fields."""


MESSAGES: dict[int, ApiMessages] = {
    0: ApiMessages("Produce", "produce", "3-13", 9),
    1: ApiMessages("Fetch", "fetch", "4-18", 12),
    2: ApiMessages("ListOffsets", "list_offsets", "1-11", 6),
    3: ApiMessages("Metadata", "metadata", "0-13", 9),
    8: ApiMessages("OffsetCommit", "offset_commit", "2-10", 8),
    9: ApiMessages("OffsetFetch", "offset_fetch", "1-10", 6),
    10: ApiMessages("FindCoordinator", "find_coordinator", "0-6", 3),
    11: ApiMessages("JoinGroup", "join_group", "0-9", 6),
    12: ApiMessages("Heartbeat", "heartbeat", "0-4", 4),
    13: ApiMessages("LeaveGroup", "leave_group", "0-5", 4),
    14: ApiMessages("SyncGroup", "sync_group", "0-5", 4),
    15: ApiMessages("DescribeGroups", "describe_groups", "0-6", 5),
    16: ApiMessages("ListGroups", "list_groups", "0-5", 3),
    17: ApiMessages("SaslHandshake", "sasl_handshake", "0-1", None),
    18: ApiMessages("ApiVersions", "api_versions", "0-4", 3),
    19: ApiMessages("CreateTopics", "create_topics", "2-7", 5),
    20: ApiMessages("DeleteTopics", "delete_topics", "1-6", 4),
    21: ApiMessages("DeleteRecords", "delete_records", "0-2", 2),
    22: ApiMessages("InitProducerId", "init_producer_id", "0-6", 2),
    23: ApiMessages("OffsetForLeaderEpoch", "offset_for_leader_epoch", "2-4", 4),
    24: ApiMessages("AddPartitionsToTxn", "add_partitions_to_txn", "0-5", 3),
    25: ApiMessages("AddOffsetsToTxn", "add_offsets_to_txn", "0-4", 3),
    26: ApiMessages("EndTxn", "end_txn", "0-5", 3),
    27: ApiMessages("WriteTxnMarkers", "write_txn_markers", "1-2", 1),
    28: ApiMessages("TxnOffsetCommit", "txn_offset_commit", "0-5", 3),
    29: ApiMessages("DescribeAcls", "describe_acls", "1-3", 2),
    30: ApiMessages("CreateAcls", "create_acls", "1-3", 2),
    31: ApiMessages("DeleteAcls", "delete_acls", "1-3", 2),
    32: ApiMessages("DescribeConfigs", "describe_configs", "1-4", 4),
    33: ApiMessages("AlterConfigs", "alter_configs", "0-2", 2),
    34: ApiMessages("AlterReplicaLogDirs", "alter_replica_log_dirs", "1-2", 2),
    35: ApiMessages("DescribeLogDirs", "describe_log_dirs", "1-5", 2),
    36: ApiMessages("SaslAuthenticate", "sasl_authenticate", "0-2", 2),
    37: ApiMessages("CreatePartitions", "create_partitions", "0-3", 2),
    38: ApiMessages("CreateDelegationToken", "create_delegation_token", "1-3", 2),
    39: ApiMessages("RenewDelegationToken", "renew_delegation_token", "1-2", 2),
    40: ApiMessages("ExpireDelegationToken", "expire_delegation_token", "1-2", 2),
    41: ApiMessages("DescribeDelegationToken", "describe_delegation_token", "1-3", 2),
    42: ApiMessages("DeleteGroups", "delete_groups", "0-2", 2),
    43: ApiMessages("ElectLeaders", "elect_leaders", "0-2", 2),
    44: ApiMessages("IncrementalAlterConfigs", "incremental_alter_configs", "0-1", 1),
    45: ApiMessages("AlterPartitionReassignments", "alter_partition_reassignments", "0-1", 0),
    46: ApiMessages("ListPartitionReassignments", "list_partition_reassignments", "0", 0),
    47: ApiMessages("OffsetDelete", "offset_delete", "0", None),
    48: ApiMessages("DescribeClientQuotas", "describe_client_quotas", "0-1", 1),
    49: ApiMessages("AlterClientQuotas", "alter_client_quotas", "0-1", 1),
    50: ApiMessages("DescribeUserScramCredentials", "describe_user_scram_credentials", "0", 0),
    51: ApiMessages("AlterUserScramCredentials", "alter_user_scram_credentials", "0", 0),
    55: ApiMessages("DescribeQuorum", "describe_quorum", "0-2", 0),
    57: ApiMessages("UpdateFeatures", "update_features", "0-2", 0),
    60: ApiMessages("DescribeCluster", "describe_cluster", "0-2", 0),
    61: ApiMessages("DescribeProducers", "describe_producers", "0", 0),
    64: ApiMessages("UnregisterBroker", "unregister_broker", "0", 0),
    65: ApiMessages("DescribeTransactions", "describe_transactions", "0", 0),
    66: ApiMessages("ListTransactions", "list_transactions", "0-2", 0),
    68: ApiMessages("ConsumerGroupHeartbeat", "consumer_group_heartbeat", "0-1", 0),
    69: ApiMessages("ConsumerGroupDescribe", "consumer_group_describe", "0-1", 0),
    71: ApiMessages("GetTelemetrySubscriptions", "get_telemetry_subscriptions", "0", 0),
    72: ApiMessages("PushTelemetry", "push_telemetry", "0", 0),
    74: ApiMessages("ListConfigResources", "list_config_resources", "0-1", 0),
    75: ApiMessages("DescribeTopicPartitions", "describe_topic_partitions", "0", 0),
    76: ApiMessages("ShareGroupHeartbeat", "share_group_heartbeat", "1", 0),
    77: ApiMessages("ShareGroupDescribe", "share_group_describe", "1", 0),
    78: ApiMessages("ShareFetch", "share_fetch", "1-2", 0),
    79: ApiMessages("ShareAcknowledge", "share_acknowledge", "1-2", 0),
    80: ApiMessages("AddRaftVoter", "add_raft_voter", "0-1", 0),
    81: ApiMessages("RemoveRaftVoter", "remove_raft_voter", "0", 0),
    83: ApiMessages("InitializeShareGroupState", "initialize_share_group_state", "0", 0),
    84: ApiMessages("ReadShareGroupState", "read_share_group_state", "0", 0),
    85: ApiMessages("WriteShareGroupState", "write_share_group_state", "0-1", 0),
    86: ApiMessages("DeleteShareGroupState", "delete_share_group_state", "0", 0),
    87: ApiMessages("ReadShareGroupStateSummary", "read_share_group_state_summary", "0-1", 0),
    88: ApiMessages("StreamsGroupHeartbeat", "streams_group_heartbeat", "0", 0),
    89: ApiMessages("StreamsGroupDescribe", "streams_group_describe", "0", 0),
    90: ApiMessages("DescribeShareGroupOffsets", "describe_share_group_offsets", "0-1", 0),
    91: ApiMessages("AlterShareGroupOffsets", "alter_share_group_offsets", "0", 0),
    92: ApiMessages("DeleteShareGroupOffsets", "delete_share_group_offsets", "0", 0),
}
"""By API key: every API that a listener of Kafka 4.3.1's brokers has."""


def request_class(key: int) -> Any:
    """Raises: KeyError: there is no such API."""
    return _message_class(key, "Request")


def response_class(key: int) -> Any:
    """Raises: KeyError: there is no such API."""
    return _message_class(key, "Response")


def _message_class(key: int, kind: str) -> Any:
    api = MESSAGES[key]
    return getattr(import_module(f"{__name__}.{api.module}"), api.name + kind)
