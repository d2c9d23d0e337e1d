"""What `kawa topics` asks for and prints."""

import json
from argparse import Namespace
from typing import Any

import pytest

from broker.cli.errors import CommandError
from broker.cli.parser import OneLineParser
from broker.cli.topics import alter, create, delete, list_topics, register

TOPIC_ID = "00010203-0405-0607-0809-0a0b0c0d0e0f"


class FakeAdmin:
    """Knows one topic, `there`, and remembers what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.outcome = "OK"

    def describe_topics(self) -> list[dict[str, Any]]:
        return [
            {"name": "there", "is_internal": False, "partitions": [1, 2], "topic_id": TOPIC_ID},
            {"name": "__offsets", "is_internal": True, "partitions": [1], "topic_id": TOPIC_ID},
        ]

    def create_topics(self, topics: dict[str, Any], *, raise_errors: bool) -> dict[str, Any]:
        self.asked.append(topics)
        if "there" in topics:
            return self._answered(36, "Topic 'there' already exists.")
        return self._answered(17, "a blank") if "a b" in topics else self._answered(0, None)

    def delete_topics(self, names: list[str], *, raise_errors: bool) -> dict[str, Any]:
        self.asked.append(names)
        return self._answered(0 if names == ["there"] else 3, None)

    def create_partitions(self, counts: dict[str, int], *, raise_errors: bool) -> Any:
        self.asked.append(counts)
        refused = counts["there"] < 3
        message = "would not be an increase" if refused else None
        return Namespace(results=[Namespace(error_code=37 if refused else 0, error_message=message)])

    def _answered(self, error_code: int, message: str | None) -> dict[str, Any]:
        assert self.asked
        return {"topics": [{"error_code": error_code, "error_message": message}]}

    def alter_configs(self, resources: list[Any], *, raise_on_unknown: bool) -> dict[str, Any]:
        self.asked.append(resources[0].configs)
        return {"topic": {"there": self.outcome}}


def parsed(*words: str) -> Namespace:
    parser = OneLineParser(prog="kawa")
    register(parser.add_subparsers())
    return parser.parse_args(["topics", *words])


def admin() -> Any:
    return FakeAdmin()


def test_without_a_terminal_the_list_is_one_name_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    list_topics(admin(), parsed())
    assert capsys.readouterr().out == "there\n"


def test_internal_topics_are_listed_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    list_topics(admin(), parsed("list", "--internal"))
    assert capsys.readouterr().out == "__offsets\nthere\n"


def test_ids_are_written_as_kafka_writes_them(capsys: pytest.CaptureFixture[str]) -> None:
    list_topics(admin(), parsed("list", "--json"))
    assert json.loads(capsys.readouterr().out) == [
        {"topic": "there", "partitions": 2, "id": "AAECAwQFBgcICQoLDA0ODw"}
    ]


def test_a_topic_is_created_with_its_configuration() -> None:
    fake = admin()
    create(fake, parsed("create", "new", "-p", "3", "-c", "retention.ms=5"))
    options = {"num_partitions": 3, "replication_factor": -1, "configs": {"retention.ms": "5"}}
    assert fake.asked == [{"new": options}]


def test_a_topic_that_is_there_is_an_error_unless_told() -> None:
    with pytest.raises(CommandError, match="topic there: Topic 'there' already exists"):
        create(admin(), parsed("create", "there"))
    create(admin(), parsed("create", "there", "--if-not-exists"))


def test_a_topic_that_is_not_there_cannot_be_deleted_unless_told() -> None:
    with pytest.raises(CommandError, match="there is no topic absent"):
        delete(admin(), parsed("delete", "absent"))
    delete(admin(), parsed("delete", "absent", "--if-exists"))


def test_partitions_and_configuration_are_altered() -> None:
    fake = admin()
    alter(fake, parsed("alter", "there", "-p", "4", "-c", "a=1", "--reset", "b"))
    assert fake.asked == [{"there": 4}, {"a": "1", "b": ("DELETE", None)}]


def test_why_the_broker_has_refused_is_told_in_its_own_words() -> None:
    with pytest.raises(CommandError, match=r"^topic a b: a blank$"):
        create(admin(), parsed("create", "a b"))
    with pytest.raises(CommandError, match=r"^topic there: would not be an increase$"):
        alter(admin(), parsed("alter", "there", "-p", "1"))


def test_a_refused_alteration_is_told() -> None:
    fake = admin()
    fake.outcome = "[Error 40] InvalidConfigurationError"
    with pytest.raises(CommandError, match=r"topic there: \[Error 40\]"):
        alter(fake, parsed("alter", "there", "-c", "a=1"))


def test_the_broker_may_be_named_before_or_after_what_to_do() -> None:
    parser = OneLineParser(prog="kawa")
    register(parser.add_subparsers())
    for words in (["-b", "other:1"], ["-b", "other:1", "list"], ["list", "-b", "other:1"]):
        assert parser.parse_args(["topics", *words]).bootstrap == "other:1"
    for words in ([], ["list"]):
        assert parser.parse_args(["topics", *words]).bootstrap == "127.0.0.1:9092"


def test_nothing_to_alter_is_an_error() -> None:
    with pytest.raises(CommandError, match="nothing to alter"):
        alter(admin(), parsed("alter", "there"))
