"""A broker that somebody else has started is used, never stopped."""

import asyncio

import pytest

from compat.brokers.broker import BrokerOptions
from compat.brokers.running import RunningBroker
from compat.failures import BadUsage, NotRun


def test_it_is_its_own_shared_broker() -> None:
    broker = RunningBroker("127.0.0.1:1")
    assert asyncio.run(broker.shared("lane")) is broker
    assert (broker.name, broker.is_running) == ("127.0.0.1:1", True)


def test_a_scenario_that_stops_its_broker_is_not_run() -> None:
    broker = RunningBroker("127.0.0.1:1")
    with pytest.raises(NotRun, match="that the harness has started"):
        broker.own(BrokerOptions())
    for ending in (broker.start, broker.stop, broker.kill):
        with pytest.raises(NotRun):
            asyncio.run(ending())


@pytest.mark.parametrize("address", ["", "host", "host:", ":9092", "host:port", "127.0.0.1:99999"])
def test_an_address_where_nobody_can_answer_is_bad_usage(address: str) -> None:
    with pytest.raises(BadUsage, match="--bootstrap"):
        RunningBroker.at(address)
