import pytest

from broker.coordinator.group.assignors import ASSIGNORS
from broker.settings.broker import BrokerSettings
from broker.settings.errors import InvalidSetting
from broker.settings.group import GroupConfig
from broker.settings.rules import CONSUMER_ASSIGNORS, check_broker
from broker.settings.topic import TopicConfig


def refusal(values: dict[str, str]) -> str:
    with pytest.raises(InvalidSetting) as refused:
        BrokerSettings(values)
    return str(refused.value)


def test_the_defaults_keep_every_rule() -> None:
    settings = BrokerSettings()
    check_broker(settings)
    TopicConfig.effective({}, settings)
    GroupConfig.effective({}, settings)


@pytest.mark.parametrize(
    ("values", "refused"),
    [
        ({"process.roles": "controller"}, "process.roles=controller: must contain broker"),
        ({"log.roll.ms": "0"}, "log.roll.ms=0: must be at least 1"),
        ({"log.roll.jitter.ms": "-1"}, "log.roll.jitter.ms=-1: must be at least 0"),
        ({"log.retention.ms": "0"}, "log.retention.ms=0: must be -1, or at least 1"),
        ({"log.retention.minutes": "0"}, "log.retention.minutes=0: must be -1, or at least 1"),
        ({"log.retention.hours": "0"}, "log.retention.hours=0: must be -1, or at least 1"),
        (
            {"log.cleaner.min.compaction.lag.ms": "9", "log.cleaner.max.compaction.lag.ms": "8"},
            "log.cleaner.min.compaction.lag.ms=9: must be at most log.cleaner.max.compaction.lag.ms (8)",
        ),
        (
            {"queued.max.request.bytes": "1000"},
            "queued.max.request.bytes=1000: must be at least socket.request.max.bytes (104857600)",
        ),
        (
            {"max.connections.per.ip": "0"},
            "max.connections.per.ip=0: may be 0 only beside max.connections.per.ip.overrides",
        ),
        (
            {"max.connections.per.ip.overrides": "127.0.0.1:5,localhost"},
            "max.connections.per.ip.overrides=127.0.0.1:5,localhost: must be address:limit,...",
        ),
        ({"listeners": "PLAINTEXT://a"}, "listeners=PLAINTEXT://a: must be NAME://host:port"),
        (
            {"advertised.listeners": "A://b:1"},
            "advertised.listeners=A://b:1: listener.security.protocol.map has",
        ),
        (
            {"listener.security.protocol.map": "A:B"},
            "listener.security.protocol.map=A:B: must be NAME:PROTOCOL",
        ),
        ({"controller.quorum.voters": "1@a"}, "controller.quorum.voters=1@a: must be id@host:port,..."),
        ({"controller.quorum.voters": "a@b:1"}, "controller.quorum.voters=a@b:1: must be id@host:port,..."),
        (
            {"controller.quorum.bootstrap.servers": "a:99999"},
            "controller.quorum.bootstrap.servers=a:99999: must be host:port,...",
        ),
        (
            {"group.consumer.session.timeout.ms": "1000"},
            "group.consumer.session.timeout.ms=1000: must be at least group.consumer.min.",
        ),
        (
            {"group.share.assignment.interval.ms": "20000"},
            "group.share.assignment.interval.ms=20000: must be at most group.share.max.",
        ),
        (
            {
                "group.consumer.max.heartbeat.interval.ms": "50000",
                "group.consumer.heartbeat.interval.ms": "45000",
            },
            "group.consumer.session.timeout.ms=45000: must be more than group.consumer.heartbeat.",
        ),
        (
            {"group.streams.num.standby.replicas": "3"},
            "group.streams.num.standby.replicas=3: must be at most group.streams.max.standby.replicas (2)",
        ),
        ({"group.share.assignors": "a,b"}, "group.share.assignors=a,b: must name a single one"),
        (
            {"group.coordinator.rebalance.protocols": "consumer"},
            "group.coordinator.rebalance.protocols=consumer: must contain classic",
        ),
    ],
)
def test_a_broken_rule_is_told_by_name_value_and_limit(values: dict[str, str], refused: str) -> None:
    assert refusal(values).startswith(refused)


@pytest.mark.parametrize(
    "values",
    [
        {"queued.max.request.bytes": "-1"},
        {"max.connections.per.ip": "0", "max.connections.per.ip.overrides": "127.0.0.1:5"},
        {"controller.quorum.voters": "1@localhost:9093,2@[::1]:9093"},
        {"controller.quorum.bootstrap.servers": "localhost:9093"},
        {"process.roles": "broker"},
        {"log.retention.ms": "-1"},
    ],
)
def test_what_keeps_the_rules_is_taken(values: dict[str, str]) -> None:
    BrokerSettings(values)


def test_a_group_waits_longer_than_its_heartbeats_take() -> None:
    broker = BrokerSettings({"group.consumer.min.session.timeout.ms": "1000"})
    with pytest.raises(InvalidSetting, match=r"must be more than consumer.heartbeat.interval.ms \(1000\)"):
        GroupConfig.effective({"consumer.session.timeout.ms": "1000"}, broker)


def test_assignors_are_those_that_there_are() -> None:
    assert BrokerSettings({"group.consumer.assignors": "range"}).group_consumer_assignors == ["range"]
    with pytest.raises(InvalidSetting, match="must be among uniform, range"):
        BrokerSettings({"group.consumer.assignors": "uniform,sticky"})


def test_the_assignors_that_may_be_set_are_there() -> None:
    assert tuple(ASSIGNORS) == CONSUMER_ASSIGNORS
