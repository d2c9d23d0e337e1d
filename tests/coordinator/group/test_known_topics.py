"""Consumer groups see the cluster's topics as they are."""

from tests.coordinator.group.house import House, run


def test_topics_are_found_by_name_and_id_and_changes_raise_the_version() -> None:
    async def scenario(made: House) -> None:
        known = made.machines.topics
        before = known.version
        topic_id = made.topic("orders", partitions=3)
        assert known.version > before
        shape = known.named("orders")
        assert shape == known.with_id(topic_id) == ("orders", topic_id, 3)
        assert known.named("bills") is known.with_id(bytes(16)) is None

    run(scenario)


def test_internal_topics_are_there_for_those_who_name_them_only() -> None:
    async def scenario(made: House) -> None:
        made.topic("orders")
        known = made.machines.topics
        assert list(known.names()) == ["orders"]
        assert known.named("__consumer_offsets") is not None

    run(scenario)
