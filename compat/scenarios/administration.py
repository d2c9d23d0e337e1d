"""Topics are created, described, grown and deleted; wrong requests get Kafka's errors."""

from compat.lab import Lab, expect, expect_error

NEEDS = frozenset({"admin", "create_partitions", "topic_configs"})


async def run(lab: Lab) -> None:
    client = lab.driver
    topic = await lab.topic(partitions=3, retention_ms="12345", cleanup_policy="compact,delete")
    configs = await client.call("topic_configs", topic=topic)
    expect("retention.ms", configs["retention.ms"], "12345")
    expect("cleanup.policy", configs["cleanup.policy"], "compact,delete")
    expect("a default", configs["segment.bytes"], "1073741824")

    await client.call("create_partitions", topic=topic, partitions=5)
    await lab.expect_partitions("partitions after growing", topic, 5)

    await errors(lab, topic)
    await client.call("delete_topic", topic=topic)
    await lab.expect_gone(topic)


async def errors(lab: Lab, topic: str) -> None:
    client, missing = lab.driver, lab.name_topic()
    await expect_error({"TOPIC_ALREADY_EXISTS"}, client.call("create_topic", topic=topic, partitions=1))
    await expect_error({"INVALID_PARTITIONS"}, client.call("create_partitions", topic=topic, partitions=2))
    await expect_error(
        {"INVALID_REPLICATION_FACTOR"},
        client.call("create_topic", topic=missing, partitions=1, replication_factor=100),
    )
    await expect_error(
        {"INVALID_TOPIC_EXCEPTION", "TOPIC_EXCEPTION", "INVALID_TOPIC"},
        client.call("create_topic", topic="not/a/name", partitions=1),
    )
    await expect_error(
        {"INVALID_CONFIG"},
        client.call("create_topic", topic=missing, partitions=1, configs={"retention.ms": "soon"}),
    )
    await expect_error(
        {"UNKNOWN_TOPIC_OR_PARTITION", "UNKNOWN_TOPIC_OR_PART"}, client.call("delete_topic", topic=missing)
    )
