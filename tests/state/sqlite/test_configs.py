from broker.state.rows import ResourceType
from broker.state.sqlite.configs import Configs
from broker.state.sqlite.database import Database

TOPIC, BROKER = ResourceType.TOPIC, ResourceType.BROKER


def test_configs_are_kept_for_each_resource(database: Database) -> None:
    kept = Configs(database)
    kept.put(TOPIC, "a", {"retention.ms": "5", "cleanup.policy": ""})
    kept.put(BROKER, "", {"message.max.bytes": "6"})
    assert kept.get(TOPIC, "a") == {"retention.ms": "5", "cleanup.policy": ""}
    assert kept.get(TOPIC, "b") == {}
    assert kept.all() == {
        (TOPIC, "a"): {"retention.ms": "5", "cleanup.policy": ""},
        (BROKER, ""): {"message.max.bytes": "6"},
    }


def test_what_is_put_again_takes_the_place_of_all_that_was(database: Database) -> None:
    kept = Configs(database)
    kept.put(TOPIC, "a", {"retention.ms": "5", "segment.ms": "6"})
    kept.put(TOPIC, "a", {"retention.ms": "7"})
    assert kept.get(TOPIC, "a") == {"retention.ms": "7"}


def test_a_resource_may_lose_all_its_configs(database: Database) -> None:
    kept = Configs(database)
    kept.put(TOPIC, "a", {"retention.ms": "5"})
    kept.put(BROKER, "a", {"message.max.bytes": "6"})
    kept.remove(TOPIC, "a")
    assert kept.all() == {(BROKER, "a"): {"message.max.bytes": "6"}}
