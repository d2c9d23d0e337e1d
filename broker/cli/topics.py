"""`kawa topics`: list, describe, create, delete, alter."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from broker.cli import client
from broker.cli.admin_command import add_action, run_action
from broker.cli.errors import CommandError
from broker.cli.parser import Subparsers, add_bootstrap, pairs
from broker.cli.tables import is_terminal, show_table

if TYPE_CHECKING:
    from kafka import KafkaAdminClient


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("topics", help="list, describe, create, delete and grow topics")
    add_bootstrap(parser)
    parser.set_defaults(action=list_topics, json=False)
    actions = parser.add_subparsers(metavar="list|describe|create|delete|alter")

    listing = add_action(actions, "list", list_topics, "the topics and their partitions (the default)")
    listing.add_argument("--internal", action="store_true", help="also Kafka's own topics")

    describing = add_action(actions, "describe", describe, "partitions, leaders, offsets and configuration")
    describing.add_argument("names", nargs="+", metavar="TOPIC")

    creating = add_action(actions, "create", create, "make a topic")
    creating.add_argument("names", nargs="+", metavar="TOPIC")
    creating.add_argument(
        "-p", "--partitions", type=int, default=-1, help="default: the broker's num.partitions"
    )
    creating.add_argument("-r", "--replication-factor", type=int, default=-1, help="default: the broker's")
    creating.add_argument("-c", "--config", action="append", default=[], metavar="NAME=VALUE")
    creating.add_argument("--if-not-exists", action="store_true", help="no error when it is there")

    deleting = add_action(actions, "delete", delete, "delete topics and all their records")
    deleting.add_argument("names", nargs="+", metavar="TOPIC")
    deleting.add_argument("--if-exists", action="store_true", help="no error when it is not there")

    altering = add_action(actions, "alter", alter, "add partitions, or change the configuration")
    altering.add_argument("names", nargs=1, metavar="TOPIC")
    altering.add_argument("-p", "--partitions", type=int, help="how many there shall be in all")
    altering.add_argument("-c", "--config", action="append", default=[], metavar="NAME=VALUE")
    altering.add_argument("--reset", action="append", default=[], metavar="NAME", help="back to the default")


def run(arguments: argparse.Namespace) -> int:
    return run_action(arguments)


def list_topics(admin: "KafkaAdminClient", arguments: argparse.Namespace) -> None:
    topics = sorted(admin.describe_topics(), key=lambda topic: str(topic["name"]))
    if not getattr(arguments, "internal", False):
        topics = [topic for topic in topics if not topic["is_internal"]]
    rows = [
        {"topic": topic["name"], "partitions": len(topic["partitions"]), "id": _id(topic)} for topic in topics
    ]
    if arguments.json:
        print(json.dumps(rows, indent=2))
    elif is_terminal():
        show_table(
            ["topic", "partitions", "id"], [list(row.values()) for row in rows], to_the_right=["partitions"]
        )
    else:
        for row in rows:
            print(row["topic"])


def _id(topic: dict[str, Any]) -> str:
    """As Kafka writes topic ids: URL-safe base64 without padding."""
    from base64 import urlsafe_b64encode
    from uuid import UUID

    return urlsafe_b64encode(UUID(str(topic["topic_id"])).bytes).decode().rstrip("=")


def describe(admin: "KafkaAdminClient", arguments: argparse.Namespace) -> None:
    described = [_description(admin, arguments, topic) for topic in _topics(admin, arguments.names)]
    if arguments.json:
        print(json.dumps(described, indent=2))
        return
    for topic in described:
        print(f"{topic['topic']}  id {topic['id']}")
        for name, value in topic["config"].items():
            print(f"  {name} = {value}")
        columns = ["partition", "leader", "replicas", "in sync", "begins at", "ends at"]
        show_table(columns, [list(row.values()) for row in topic["partitions"]], to_the_right=columns)


def _topics(admin: "KafkaAdminClient", names: list[str]) -> list[dict[str, Any]]:
    from kafka.errors import for_code

    topics: list[dict[str, Any]] = admin.describe_topics(names)
    for topic in topics:
        if topic["error_code"]:
            raise CommandError(f"topic {topic['name']}: {for_code(topic['error_code']).message}")
    return topics


def _description(
    admin: "KafkaAdminClient", arguments: argparse.Namespace, topic: dict[str, Any]
) -> dict[str, Any]:
    from kafka import TopicPartition
    from kafka.admin import ConfigResource

    name = topic["name"]
    partitions = sorted(topic["partitions"], key=lambda row: int(row["partition_index"]))
    places = [TopicPartition(name, row["partition_index"]) for row in partitions]
    reader = client.consumer(arguments.bootstrap)
    try:
        begins, ends = reader.beginning_offsets(places), reader.end_offsets(places)
    finally:
        reader.close()
    configs = admin.describe_configs([ConfigResource("TOPIC", name)])["topic"].get(name, {})
    return {
        "topic": name,
        "id": _id(topic),
        "config": {key: row["value"] for key, row in sorted(configs.items())},
        "partitions": [
            {
                "partition": row["partition_index"],
                "leader": row["leader_id"],
                "replicas": list(row["replica_nodes"]),
                "in_sync": list(row["isr_nodes"]),
                "begins_at": begins[place],
                "ends_at": ends[place],
            }
            for row, place in zip(partitions, places, strict=True)
        ],
    }


def create(admin: "KafkaAdminClient", arguments: argparse.Namespace) -> None:
    from kafka.errors import TopicAlreadyExistsError

    options = {
        "num_partitions": arguments.partitions,
        "replication_factor": arguments.replication_factor,
        "configs": pairs(arguments.config, what="--config"),
    }
    for name in arguments.names:
        answer = admin.create_topics({name: options}, raise_errors=False)["topics"][0]
        is_there = answer["error_code"] == TopicAlreadyExistsError.errno
        if not (is_there and arguments.if_not_exists):
            check(name, answer["error_code"], answer["error_message"])


def check(topic: str, error_code: int, message: str | None) -> None:
    """Raises: CommandError: the broker has refused."""
    from kafka.errors import for_code

    if error_code:
        raise CommandError(f"topic {topic}: {message or for_code(error_code).description}")


def delete(admin: "KafkaAdminClient", arguments: argparse.Namespace) -> None:
    from kafka.errors import UnknownTopicOrPartitionError

    for name in arguments.names:
        answer = admin.delete_topics([name], raise_errors=False)["topics"][0]
        if answer["error_code"] != UnknownTopicOrPartitionError.errno:
            check(name, answer["error_code"], answer["error_message"])
        elif not arguments.if_exists:
            raise CommandError(f"there is no topic {name}")


def alter(admin: "KafkaAdminClient", arguments: argparse.Namespace) -> None:
    name = arguments.names[0]
    changes: dict[str, Any] = dict(pairs(arguments.config, what="--config"))
    changes.update(dict.fromkeys(arguments.reset, ("DELETE", None)))
    if arguments.partitions is None and not changes:
        raise CommandError("nothing to alter: give --partitions, --config or --reset", status=2)
    if arguments.partitions is not None:
        answer = admin.create_partitions({name: arguments.partitions}, raise_errors=False).results[0]
        check(name, answer.error_code, answer.error_message)
    if changes:
        from kafka.admin import ConfigResource

        resources = [ConfigResource("TOPIC", name, configs=changes)]
        outcome = admin.alter_configs(resources, raise_on_unknown=False)["topic"][name]
        if outcome != "OK":
            raise CommandError(f"topic {name}: {outcome}")
