"""Single changes and whole replacements, without a cluster."""

import pytest

from broker.cluster.config_changes import Change, Operation, changed, check_broker_changes, check_changes
from broker.protocol.errors import ErrorCode, KafkaError
from broker.settings.errors import InvalidSetting
from broker.state.rows import ResourceType

TOPIC, BROKER = ResourceType.TOPIC, ResourceType.BROKER
SET, DELETE, APPEND, SUBTRACT = Operation


@pytest.mark.parametrize(
    ("given", "change", "after"),
    [
        ({}, Change("retention.ms", SET, "5"), {"retention.ms": "5"}),
        ({"retention.ms": "5"}, Change("retention.ms", SET, "6"), {"retention.ms": "6"}),
        ({"retention.ms": "5"}, Change("retention.ms", DELETE, None), {}),
        ({}, Change("retention.ms", DELETE, "5"), {}),
        ({}, Change("cleanup.policy", APPEND, "compact"), {"cleanup.policy": "delete,compact"}),
        (
            {"cleanup.policy": "compact"},
            Change("cleanup.policy", APPEND, "compact"),
            {"cleanup.policy": "compact"},
        ),
        ({}, Change("cleanup.policy", SUBTRACT, "delete"), {"cleanup.policy": ""}),
        ({"cleanup.policy": "a,b,c"}, Change("cleanup.policy", SUBTRACT, "c,a,x"), {"cleanup.policy": "b"}),
    ],
)
def test_a_change_of_one_config(given: dict[str, str], change: Change, after: dict[str, str]) -> None:
    before = dict(given)
    assert changed(TOPIC, given, [change]) == after
    assert given == before


def test_the_lists_of_brokers_begin_with_their_default() -> None:
    change = Change("log.cleanup.policy", APPEND, "compact")
    assert changed(BROKER, {}, [change]) == {"log.cleanup.policy": "delete,compact"}


@pytest.mark.parametrize("resource", ResourceType)
@pytest.mark.parametrize("operation", [APPEND, SUBTRACT])
@pytest.mark.parametrize("name", ["retention.ms", "no.such"])
def test_only_lists_can_be_appended_to(resource: ResourceType, operation: Operation, name: str) -> None:
    with pytest.raises(KafkaError) as refused:
        changed(resource, {}, [Change(name, operation, "1")])
    assert refused.value.code is ErrorCode.INVALID_CONFIG


@pytest.mark.parametrize("operation", [SET, APPEND])
def test_a_value_has_its_limit(operation: Operation) -> None:
    changed(TOPIC, {}, [Change("cleanup.policy", operation, "x" * 32_000)])
    with pytest.raises(KafkaError, match="32767") as refused:
        changed(TOPIC, {}, [Change("cleanup.policy", operation, "x" * 32_768)])
    assert refused.value.code is ErrorCode.INVALID_CONFIG


@pytest.mark.parametrize(
    "changes",
    [
        [Change("a", SET, "1"), Change("a", DELETE, None)],
        [Change("a", SET, None)],
        [Change("a", APPEND, None)],
        [Change("a", 4, "1")],
        [Change("a", -1, "1")],
    ],
)
def test_changes_that_make_no_sense(changes: list[Change]) -> None:
    with pytest.raises(KafkaError) as refused:
        check_changes(changes)
    assert refused.value.code is ErrorCode.INVALID_REQUEST


def test_changes_that_make_sense() -> None:
    check_changes([Change("a", SET, ""), Change("b", DELETE, None), Change("c", SUBTRACT, "x")])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("log.dirs", r"Cannot update these configs dynamically: \[log.dirs\]"),
        ("ssl.keystore.location", "only per-listener"),
        ("listeners", "broker id must be specified"),
        ("listener.name.plaintext.ssl.keystore.location", "broker id must be specified"),
    ],
)
def test_settings_that_do_not_change_for_all_brokers(name: str, message: str) -> None:
    with pytest.raises(KafkaError, match=message) as refused:
        check_broker_changes({name: "x"}, for_every_broker=True)
    assert refused.value.code is ErrorCode.INVALID_REQUEST


def test_settings_that_change_for_one_broker() -> None:
    check_broker_changes(
        {"listeners": "x", "listener.name.plaintext.ssl.keystore.location": "x", "num.io.threads": "2"},
        for_every_broker=False,
    )
    with pytest.raises(InvalidSetting):
        check_broker_changes({"no.such": "1"}, for_every_broker=False)
