"""From what was asked for to a topic that can be made: names, counts, placement and configs are judged.

Follows Kafka's ReplicationControlManager.createTopic.
"""

from collections.abc import Mapping, Sequence

from broker.cluster.cluster import Cluster
from broker.cluster.placement import spread
from broker.cluster.topic_names import CLUSTER_METADATA, check_collision, check_topic_name
from broker.cluster.topics import NewTopic, Topic
from broker.protocol.errors import ErrorCode, KafkaError
from broker.settings.errors import InvalidSetting
from broker.state.rows import ResourceType

BROKERS_DEFAULT = -1
MOST_PARTITIONS = 10_000
"""Made at once, as in Kafka."""


def plan_topic(
    cluster: Cluster,
    name: str,
    *,
    partitions: int = BROKERS_DEFAULT,
    replication_factor: int = BROKERS_DEFAULT,
    assignments: Sequence[tuple[int, Sequence[int]]] = (),
    configs: Mapping[str, str | None] | None = None,
) -> NewTopic:
    """What `Topics.create` takes; `assignments` are partitions with their replicas.

    Raises: KafkaError: it cannot be made, and why.
    """
    check_topic_name(name)
    if name == CLUSTER_METADATA:
        raise KafkaError(ErrorCode.INVALID_REQUEST, f"Creation of internal topic {name} is prohibited.")
    if name in cluster.topics.by_name:
        raise KafkaError(ErrorCode.TOPIC_ALREADY_EXISTS, f"Topic '{name}' already exists.")
    check_collision(name, cluster.topics.by_name)
    values = check_configs(cluster, name, configs or {})
    if not assignments:
        return NewTopic(name, place(cluster, partitions, replication_factor), values)
    if {partitions, replication_factor} != {BROKERS_DEFAULT}:
        raise KafkaError(
            ErrorCode.INVALID_REQUEST,
            "With a manual assignment the number of partitions and the replication factor must be -1.",
        )
    return NewTopic(name, check_assignments(cluster, assignments), values)


def check_configs(cluster: Cluster, name: str, configs: Mapping[str, str | None]) -> dict[str, str]:
    """The configs of a new topic. Raises: KafkaError(INVALID_CONFIG)."""
    values = {key: value for key, value in configs.items() if value is not None}
    if len(values) < len(configs):
        without = ",".join(key for key in configs if key not in values)
        raise KafkaError(ErrorCode.INVALID_CONFIG, f"Null value not supported for topic configs: {without}")
    try:
        cluster.configs.check(ResourceType.TOPIC, name, values)
    except InvalidSetting as error:
        raise KafkaError(ErrorCode.INVALID_CONFIG, error.kafka_message()) from error
    return values


def place(cluster: Cluster, partitions: int, replication_factor: int) -> list[tuple[int, ...]]:
    """Replicas for a new topic. Raises: KafkaError(INVALID_PARTITIONS, INVALID_REPLICATION_FACTOR)."""
    settings = cluster.configs.broker(min(cluster.nodes))
    if replication_factor == BROKERS_DEFAULT:
        replication_factor = min(settings.default_replication_factor, len(cluster.nodes))
    check_replication_factor(cluster, replication_factor)
    if partitions == BROKERS_DEFAULT:
        partitions = settings.num_partitions
    check_partitions(partitions)
    return spread(
        sorted(cluster.nodes),
        partitions=partitions,
        replicas=replication_factor,
        start=len(cluster.topics.by_name),
    )


def check_partitions(partitions: int) -> None:
    """Raises: KafkaError(INVALID_PARTITIONS, POLICY_VIOLATION)."""
    if partitions <= 0:
        raise KafkaError(ErrorCode.INVALID_PARTITIONS, "Number of partitions must be larger than 0.")
    if partitions > MOST_PARTITIONS:
        raise KafkaError(
            ErrorCode.POLICY_VIOLATION, f"{partitions} partitions: at most {MOST_PARTITIONS} at once."
        )


def check_replication_factor(cluster: Cluster, replication_factor: int) -> None:
    """Raises: KafkaError(INVALID_REPLICATION_FACTOR)."""
    if not 0 < replication_factor <= len(cluster.nodes):
        raise KafkaError(
            ErrorCode.INVALID_REPLICATION_FACTOR,
            f"Replication factor {replication_factor}: the number of brokers is {len(cluster.nodes)}.",
        )


def check_assignments(
    cluster: Cluster, assignments: Sequence[tuple[int, Sequence[int]]]
) -> list[tuple[int, ...]]:
    """Replicas as a client wants them. Raises: KafkaError(INVALID_REPLICA_ASSIGNMENT)."""
    if sorted(index for index, _ in assignments) != list(range(len(assignments))):
        raise KafkaError(
            ErrorCode.INVALID_REPLICA_ASSIGNMENT,
            "Partitions must be numbered from 0 on, without gaps, each once.",
        )
    replicas = [tuple(nodes) for _, nodes in sorted(assignments)]
    for nodes in replicas:
        check_replicas(cluster, nodes)
    if len({len(nodes) for nodes in replicas}) > 1:
        raise KafkaError(
            ErrorCode.INVALID_REPLICA_ASSIGNMENT, "All partitions must have the same number of replicas."
        )
    return replicas


def check_replicas(cluster: Cluster, nodes: Sequence[int]) -> None:
    """Raises: KafkaError(INVALID_REPLICA_ASSIGNMENT): none, one twice, or no such node."""
    if not nodes:
        raise KafkaError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, "A partition must have replicas.")
    if len(set(nodes)) != len(nodes):
        raise KafkaError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, f"Replicas {list(nodes)} name a broker twice.")
    for node_id in nodes:
        if node_id not in cluster.nodes:
            raise KafkaError(
                ErrorCode.INVALID_REPLICA_ASSIGNMENT, f"Replicas {list(nodes)}: there is no broker {node_id}."
            )


def plan_growth(
    cluster: Cluster, topic: Topic, *, count: int, assignments: Sequence[Sequence[int]] | None
) -> list[tuple[int, ...]]:
    """The replicas of the partitions to be added, until there are `count`. Raises: KafkaError."""
    there = len(topic.partitions)
    if count == there:
        raise KafkaError(ErrorCode.INVALID_PARTITIONS, f"Topic already has {there} partition(s).")
    if count < there:
        raise KafkaError(
            ErrorCode.INVALID_PARTITIONS,
            f"The topic {topic.name} currently has {there} partition(s); {count} would not be an increase.",
        )
    factor = len(topic.partitions[0].replicas)
    if assignments is None:
        check_partitions(count - there)
        check_replication_factor(cluster, factor)
        return spread(sorted(cluster.nodes), partitions=count - there, replicas=factor, start=there)
    if len(assignments) != count - there:
        raise KafkaError(
            ErrorCode.INVALID_REPLICA_ASSIGNMENT,
            f"{count - there} additional partition(s) and {len(assignments)} assignment(s) were specified.",
        )
    for nodes in assignments:
        check_replicas(cluster, nodes)
        if len(nodes) != factor:
            raise KafkaError(
                ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                f"The topic has replication factor {factor}, {list(nodes)} has {len(nodes)}.",
            )
    return [tuple(nodes) for nodes in assignments]
