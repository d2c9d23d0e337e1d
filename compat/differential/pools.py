"""What may stand in a field: its valid values, of which the first is the usual one, and others.

A field is looked up as `Api.field`, then as `field`, then by its wire type; so an API that is new here
is asked at once, if only at the boundaries of its types.
"""

from typing import Any, NamedTuple

from broker.protocol.compression import Codec
from broker.protocol.uuids import ZERO_UUID
from compat.differential.symbols import FIRST_TIMESTAMP_MS, SPOILERS, Batch, Id

FRESH = "~fresh"
"""A name that nothing has yet; every request of an episode that says it gets another one."""

DOOMED = "~doomed"
"""A topic that stands before each request that says it, so that it can be deleted or changed."""


class Pool(NamedTuple):
    valid: tuple[Any, ...]
    others: tuple[Any, ...] = ()


HIGHEST_16, HIGHEST_32, HIGHEST_64 = 2**15 - 1, 2**31 - 1, 2**63 - 1

BY_KIND = {
    "b": Pool((0, 1), (-1, 2, 127, -128)),
    "h": Pool((0, 1), (-1, HIGHEST_16, -HIGHEST_16 - 1)),
    "i": Pool((0, 1), (-1, HIGHEST_32, -HIGHEST_32 - 1)),
    "q": Pool((0, 1), (-1, HIGHEST_64, -HIGHEST_64 - 1)),
    "H": Pool((0, 1), (65535,)),
    "d": Pool((0.0, 1.0), (-1.0,)),
    "?": Pool((False, True)),
    "16s": Pool((ZERO_UUID,), (bytes(range(16)),)),
    "string": Pool(("some",), ("", "ä", "x" * 300)),
    "bytes": Pool((b"", b"some"), (bytes(range(256)),)),
    "records": Pool((Batch(),), (None,)),
}

TOPIC = Pool(("~alpha", "~beta", "~empty"), ("~unknown", "", ".", "..", "a b", "ä", "x" * 250))
TOPIC_IDS = Pool(
    (Id("topic_id", "alpha"), Id("topic_id", "beta"), Id("topic_id", "empty")),
    (ZERO_UUID, bytes(range(16)), bytes(15) + b"\1"),
)
PARTITION = Pool((0, 1, 2), (-1, 3, HIGHEST_32))
EPOCH = Pool((-1, 0), (-2, 1, HIGHEST_32))
TIMEOUT = Pool((5000,), (0, -1, HIGHEST_32))
NODES = Pool((1,), (2, -1, HIGHEST_32))
CONFIG_NAMES = (
    *("retention.ms", "cleanup.policy", "compression.type", "max.message.bytes", "min.insync.replicas"),
    *("preallocate", "min.cleanable.dirty.ratio", "leader.replication.throttled.replicas"),
)
CONFIG = Pool(CONFIG_NAMES, ("", "nope", "node.id", "consumer.session.timeout.ms", "interval.ms"))
CONFIG_VALUE = Pool(
    ("100000", "compact", "gzip", "true", "0.3", "1", "0:1"),
    ("", "x", "-1", "-2", " 7 ", "TRUE", "compact , delete", "delete,compact", "none", str(2**63), None),
)
TIMESTAMP = Pool(
    (-1, -2, -3, FIRST_TIMESTAMP_MS, FIRST_TIMESTAMP_MS + 1001),
    (-4, -5, -6, -7, 0, FIRST_TIMESTAMP_MS + 2001, HIGHEST_64, -HIGHEST_64 - 1),
)
OFFSET = Pool((0, 1, 3, 6), (2, 7, 100, -1, -2, HIGHEST_64, -HIGHEST_64 - 1))
RESOURCE_TYPE = Pool((2,), (4, 8, 16, 32, 0, 1, 3, 64, -1))
PRODUCER = Batch(producer="1")

POOLS = {
    # Things with names and numbers
    "topic": TOPIC,
    "topic_name": TOPIC,
    "topic_names": TOPIC,
    "topic_id": TOPIC_IDS,
    "partition": PARTITION,
    "partitions": PARTITION,
    "partition_index": PARTITION,
    "partition_indexes": PARTITION,
    "index": PARTITION,
    "group_id": Pool(("~group",), ("", "~other")),
    "member_id": Pool(("",), ("nobody",)),
    "group_instance_id": Pool((None, "instance"), ("",)),
    "transactional_id": Pool((None,), ("~transaction", "")),
    "broker_ids": NODES,
    "replicas": NODES,
    "rack_id": Pool(("",), ("some",)),
    "cluster_id": Pool((None,), ("some", "")),
    # Times and sizes
    "timeout_ms": TIMEOUT,
    "max_wait_ms": Pool((0,), (1, -1, -HIGHEST_32 - 1)),
    "min_bytes": Pool((0, 1), (-1, HIGHEST_32)),
    "max_bytes": Pool((HIGHEST_32, 1 << 20), (0, 1, 200, -1)),
    "partition_max_bytes": Pool((1 << 20, HIGHEST_32), (0, 1, 100, -1)),
    "timestamp": TIMESTAMP,
    "offset": OFFSET,
    "fetch_offset": OFFSET,
    "log_start_offset": Pool((-1, 0), (1, -2, HIGHEST_64)),
    "high_watermark": Pool((HIGHEST_64,), (0, -1)),
    "response_partition_limit": Pool((2000, 1, 2, 3), (0, -1, HIGHEST_32)),
    # Replication
    "replica_id": Pool((-1,), (-2, 1, 2, -3)),
    "replica_epoch": Pool((-1,), (0, HIGHEST_64)),
    "replica_directory_id": Pool((ZERO_UUID,), (bytes(range(16)),)),
    "current_leader_epoch": EPOCH,
    "leader_epoch": Pool((0, 1), (-1, -2, HIGHEST_32)),
    "last_fetched_epoch": Pool((-1, 0), (1, -2, HIGHEST_32)),
    "isolation_level": Pool((0, 1), (2, -1)),
    "session_id": Pool((0,), (Id("session_id", "1"), -1, HIGHEST_32)),
    "session_epoch": Pool((-1, 0), (1, 2, HIGHEST_32, -2)),
    # Producing
    "acks": Pool((-1, 1, 0), (2, -2, HIGHEST_16)),
    "records": Pool(
        (
            *(Batch(size=2, codec=codec) for codec in Codec),
            *(PRODUCER, PRODUCER._replace(sequence=1), PRODUCER._replace(epoch=1)),
        ),
        (
            None,
            *(Batch(size=2, spoiled=name) for name in SPOILERS if name),
            *(PRODUCER._replace(sequence=sequence) for sequence in (5, -1, HIGHEST_32)),
            *(PRODUCER._replace(epoch=-1), PRODUCER._replace(transactional=True)),
            *(Batch(transactional=True), Batch(producer="9"), Batch(producer="9", sequence=4)),
        ),
    ),
    "producer_id": Pool((-1,), (Id("producer_id", "1"), 0, HIGHEST_64, -2)),
    "producer_epoch": Pool((-1,), (0, 1, HIGHEST_16, -2)),
    "transaction_timeout_ms": Pool((60000,), (0, -1, HIGHEST_32)),
    # Configurations
    "resource_type": RESOURCE_TYPE,
    "resource_types": RESOURCE_TYPE,
    "resource_name": Pool(("~alpha", "~beta"), ("~unknown", "", "1", "7", "a b")),
    "configuration_keys": Pool(CONFIG_NAMES, ("", "nope", "node.id")),
    "value": CONFIG_VALUE,
    "config_operation": Pool((0, 1, 2, 3), (4, -1)),
    # One API's own
    "Metadata.name": TOPIC,
    "Metadata.topic_id": Pool((ZERO_UUID,), (Id("topic_id", "alpha"), bytes(range(16)))),
    "Metadata.allow_auto_topic_creation": Pool((False, True)),
    "ListOffsets.name": TOPIC,
    "ListPartitionReassignments.name": TOPIC,
    "AlterPartitionReassignments.name": TOPIC,
    "DescribeProducers.name": TOPIC,
    "DescribeTopicPartitions.name": TOPIC,
    "DescribeTopicPartitions.cursor": Pool((None,)),
    "OffsetForLeaderEpoch.current_leader_epoch": EPOCH,
    "Produce.name": TOPIC,
    "DeleteRecords.name": TOPIC,
    "CreateTopics.name": Pool(
        (FRESH,), ("~alpha", "", ".", "..", "a b", "ä", "x" * 250, "__cluster_metadata", "~al.pha", "~al_pha")
    ),
    "CreateTopics.num_partitions": Pool((1, 3, -1), (0, -2, HIGHEST_32)),
    "CreateTopics.replication_factor": Pool((1, -1), (0, -2, 2, HIGHEST_16)),
    "CreateTopics.assignments": Pool(([],)),
    "CreateTopics.CreatableTopicConfig.name": CONFIG,
    "DeleteTopics.name": Pool((DOOMED,), ("~unknown", "", "a b", None)),
    "DeleteTopics.topic_id": Pool((ZERO_UUID,), (Id("topic_id", "doomed"), bytes(range(16)))),
    "DeleteTopics.topic_names": Pool((DOOMED,), ("~unknown", "", "a b")),
    "CreatePartitions.name": Pool((DOOMED, "~empty"), ("~unknown", "", "a b")),
    "CreatePartitions.count": Pool((2, 3), (1, 0, -1, HIGHEST_32)),
    "CreatePartitions.assignments": Pool((None,)),
    "IncrementalAlterConfigs.name": CONFIG,
    "AlterConfigs.name": CONFIG,
    "ElectLeaders.election_type": Pool((0, 1), (2, -1)),
    "DescribeCluster.endpoint_type": Pool((1,), (2, 3, 0, -1)),
    "FindCoordinator.key": Pool(("~group",), ("",)),
    "FindCoordinator.coordinator_keys": Pool(("~group", "~other"), ("",)),
    "FindCoordinator.key_type": Pool((0, 1, 2), (3, -1)),
    "client_software_name": Pool(("some",), ("", "a b", "-x", "x" * 300)),
    "client_software_version": Pool(("1.0",), ("", "a b", "-x")),
}


def pool_of(api: str, struct: str, field: str, kind: str) -> Pool:
    """By name, if values of that name are of this kind here, too; else by kind (structs have no pool)."""
    for name in (f"{api}.{struct}.{field}", f"{api}.{field}", field):
        if name in POOLS and _is_of_kind(POOLS[name], kind):
            return POOLS[name]
    return BY_KIND.get(kind, Pool(()))


TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "bytes": (bytes,),
    "16s": (bytes, Id),
    "records": (Batch,),
    "d": (float,),
    "?": (bool,),
    "struct": (list,),
}


def _is_of_kind(pool: Pool, kind: str) -> bool:
    types = TYPES.get(kind, (int, Id))
    return all(value is None or isinstance(value, types) for value in (*pool.valid, *pool.others))
