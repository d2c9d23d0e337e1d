"""The bit fields are those that Kafka answers with where there is no authorizer."""

from broker.handlers import authorized_operations


def test_a_topic_allows_all_that_makes_sense_on_a_topic() -> None:
    assert authorized_operations.TOPIC == 3576


def test_a_cluster_allows_all_that_makes_sense_on_a_cluster() -> None:
    assert authorized_operations.CLUSTER == 8096


def test_what_was_not_asked_for_is_the_least_integer() -> None:
    assert authorized_operations.NOT_ASKED == -2147483648
