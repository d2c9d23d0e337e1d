"""A heartbeat that tells everything wants to be told everything."""

import pytest

from tests.coordinator.group.house import heartbeat_of


@pytest.mark.parametrize(
    ("told", "is_full"),
    [
        ({}, True),
        ({"topic_names": None, "topic_pattern": ""}, True),
        ({"topic_names": None}, False),
        ({"rebalance_timeout_ms": -1}, False),
        ({"owned": None}, False),
    ],
)
def test_it_is_full_with_its_timeout_its_subscription_and_what_it_owns(
    told: dict[str, object], is_full: bool
) -> None:
    assert heartbeat_of("m", **told).is_full is is_full
