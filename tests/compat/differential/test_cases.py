"""Requests out of the declarations: of every API, in every version, and all of them can be sent."""

from random import Random
from typing import Any

import pytest

from broker.protocol.codec import encode
from broker.protocol.messages import MESSAGES
from broker.protocol.versions import Versions
from compat.differential.cases import drawn, systematic
from compat.differential.transcript import asked
from compat.differential.world import Side
from tests.compat.differential.fakes import FakeBroker

NAMES = {api.name: key for key, api in MESSAGES.items()}


def sent(request: Any, version: int) -> bytes:
    return b"".join(map(bytes, encode(Side(FakeBroker("one"), "d1-").real(request), version)))


@pytest.mark.parametrize("name", NAMES)
def test_every_request_can_be_sent_in_every_version(name: str) -> None:
    low, high = Versions.parse(MESSAGES[NAMES[name]].versions)
    for version in range(low, high + 1):
        for step in systematic(NAMES[name], version):
            sent(step.request, version)
        for number in range(20):
            sent(drawn(NAMES[name], version, Random(number)).request, version)


def test_each_field_takes_each_of_its_values() -> None:
    told = [asked(step) for step in systematic(NAMES["ListOffsets"], 11)]
    for text in (
        "topics=[]",
        "isolation_level=1",
        "name='a b'",
        "partition_index=2147483647",
        "current_leader_epoch=-2",
        "timestamp=-5",
        "without its last 1 bytes",
        "and 3 bytes more",
    ):
        assert any(text in line for line in told), text
    assert len(told) == len(set(told))


def test_the_same_seed_draws_the_same() -> None:
    first, again = (asked(drawn(NAMES["Fetch"], 12, Random("1/7"))) for _ in range(2))
    assert first == again


def test_a_drawn_produce_names_a_partition_once() -> None:
    for number in range(300):
        request = drawn(NAMES["Produce"], 9, Random(number)).request
        places = [(topic.name, part.index) for topic in request.topic_data for part in topic.partition_data]
        assert len(places) == len(set(places))
