"""What is set, kept, judged and in force."""

import pytest

from broker.cluster.configs import EVERY_BROKER
from broker.protocol.errors import ErrorCode, KafkaError
from broker.settings.errors import InvalidSetting
from broker.state.errors import StateError
from broker.state.rows import ResourceType
from tests.cluster.house import house

TOPIC, BROKER, GROUP = ResourceType.TOPIC, ResourceType.BROKER, ResourceType.GROUP
LEAST, MOST = "log.cleaner.min.compaction.lag.ms", "log.cleaner.max.compaction.lag.ms"


def test_a_topic_falls_back_to_the_broker() -> None:
    configs = house(log_retention_ms=7).cluster.configs
    assert configs.topic("orders").retention_ms == 7
    configs.set(TOPIC, "orders", {"retention.ms": "5"})
    assert configs.topic("orders").retention_ms == 5
    configs.set(TOPIC, "orders", {})
    assert configs.topic("orders").retention_ms == 7
    assert configs.names(TOPIC).count("orders") == 0


def test_what_was_set_is_there_after_a_restart() -> None:
    here = house()
    here.cluster.configs.set(TOPIC, "orders", {"retention.ms": "5"})
    here.cluster.configs.set(GROUP, "readers", {"consumer.session.timeout.ms": "50000"})
    here.cluster.configs.set(BROKER, EVERY_BROKER, {"message.max.bytes": "77"})
    again = here.again().cluster.configs
    assert again.topic("orders").retention_ms == 5
    assert again.topic("orders").max_message_bytes == 77
    assert again.group("readers").consumer_session_timeout_ms == 50_000
    assert again.names(GROUP) == ["readers"]


def test_an_open_log_takes_a_change_at_once() -> None:
    here = house()
    log = here.make().partitions[0].log
    here.cluster.configs.set(TOPIC, "orders", {"max.message.bytes": "10"})
    assert log.config.max_message_bytes == 10
    here.cluster.configs.set(TOPIC, "orders", {})
    here.cluster.configs.set(BROKER, EVERY_BROKER, {"message.max.bytes": "77"})
    assert log.config.max_message_bytes == 77


def test_a_change_for_one_broker_is_not_one_for_the_others() -> None:
    configs = house(kawa_brokers=2).cluster.configs
    configs.set(BROKER, EVERY_BROKER, {"num.io.threads": "5"})
    configs.set(BROKER, "2", {"num.io.threads": "6"})
    assert (configs.broker(1).num_io_threads, configs.broker(2).num_io_threads) == (5, 6)
    configs.set(BROKER, "2", {})
    assert configs.broker(2).num_io_threads == 5


def test_what_cannot_be_kept_is_not_in_force() -> None:
    here = house()
    log = here.make().partitions[0].log
    here.state.close()
    for resource, name, values in (
        (TOPIC, "orders", {"max.message.bytes": "10"}),
        (BROKER, EVERY_BROKER, {"message.max.bytes": "10"}),
    ):
        with pytest.raises(StateError):
            here.cluster.configs.set(resource, name, values)
        assert here.cluster.configs.given(resource, name) == {}
    assert log.config.max_message_bytes == here.cluster.configs.topic("orders").max_message_bytes == 1_048_588


@pytest.mark.parametrize(
    ("resource", "name", "values"),
    [
        (TOPIC, "orders", {"no.such": "1"}),
        (TOPIC, "orders", {"retention.ms": "many"}),
        (TOPIC, "orders", {"min.compaction.lag.ms": "2", "max.compaction.lag.ms": "1"}),
        (GROUP, "readers", {"consumer.session.timeout.ms": "1"}),
        (BROKER, EVERY_BROKER, {"no.such": "1"}),
        (BROKER, "1", {"num.io.threads": "0"}),
    ],
)
def test_what_is_wrong_is_refused_and_not_kept(
    resource: ResourceType, name: str, values: dict[str, str]
) -> None:
    here = house()
    with pytest.raises(InvalidSetting):
        here.cluster.configs.set(resource, name, values)
    assert here.cluster.configs.given(resource, name) == {}
    assert here.state.configs.get(resource, name) == {}


def test_a_change_that_some_broker_could_not_start_with_is_refused() -> None:
    here = house(kawa_brokers=2)
    configs = here.cluster.configs
    configs.set(BROKER, "2", {LEAST: "5000"})
    with pytest.raises(InvalidSetting):
        configs.set(BROKER, EVERY_BROKER, {MOST: "1000"})
    fewer = here.again(kawa_brokers=1)
    with pytest.raises(InvalidSetting):
        fewer.cluster.configs.set(BROKER, EVERY_BROKER, {MOST: "1000"})  # broker 2 may come back
    assert fewer.again(kawa_brokers=2).cluster.configs.broker(2).log_cleaner_min_compaction_lag_ms == 5000


def test_a_change_is_judged_with_the_other_layer_in_place() -> None:
    configs = house().cluster.configs
    configs.set(BROKER, EVERY_BROKER, {MOST: "1000"})
    configs.set(BROKER, "1", {MOST: "10000", LEAST: "5000"})
    with pytest.raises(InvalidSetting):
        configs.set(BROKER, "1", {LEAST: "5000"})


def test_read_only_settings_do_not_change() -> None:
    configs = house().cluster.configs
    with pytest.raises(KafkaError) as refused:
        configs.check(BROKER, "1", {"log.dirs": "/elsewhere"})
    assert refused.value.code is ErrorCode.INVALID_REQUEST


def test_a_topic_at_odds_with_a_later_broker_setting_goes_on() -> None:
    here = house()
    topic = here.make("orders", 1, min_compaction_lag_ms=5000)
    here.cluster.configs.set(BROKER, EVERY_BROKER, {MOST: "1000"})
    assert topic.partitions[0].log.config.min_compaction_lag_ms == 5000
    assert here.again().cluster.configs.topic("orders").max_compaction_lag_ms == 1000


def test_a_group_at_odds_with_a_later_broker_setting_goes_on() -> None:
    configs = house().cluster.configs
    configs.set(GROUP, "readers", {"consumer.session.timeout.ms": "50000"})
    assert configs.group("readers").consumer_session_timeout_ms == 50_000
    assert configs.group("others").consumer_session_timeout_ms == 45_000


def test_client_metrics_are_judged_too() -> None:
    configs = house().cluster.configs
    with pytest.raises(KafkaError):
        configs.set(ResourceType.CLIENT_METRICS, "all", {"interval.ms": "1"})
    configs.set(ResourceType.CLIENT_METRICS, "all", {"interval.ms": "1000"})
    assert configs.names(ResourceType.CLIENT_METRICS) == ["all"]
