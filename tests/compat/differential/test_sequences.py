"""Stories can be sent as they are told; drawn ones are the same for the same seed."""

import pytest

from broker.protocol.codec import encode
from broker.protocol.messages import MESSAGES
from compat.differential.episode import Episode
from compat.differential.sequences import declared, sequence, stories
from compat.differential.transcript import asked
from compat.differential.world import Side
from tests.compat.differential.fakes import FakeBroker

VERSIONS = {key: declared(key) for key in MESSAGES}


def send(episode: Episode) -> None:
    for step in episode.steps:
        encode(Side(FakeBroker("one"), "d1-").real(step.request), step.version)


@pytest.mark.parametrize("story", stories(), ids=lambda story: str(story.name))
def test_a_story_can_be_sent(story: Episode) -> None:
    send(story)


def test_a_drawn_sequence_can_be_sent_and_is_short() -> None:
    for number in range(50):
        episode = sequence(number, 3, VERSIONS)
        send(episode)
        assert 4 <= len(episode.steps) <= 14


def test_it_depends_on_its_number_and_the_seed_alone() -> None:
    def told(number: int, seed: int) -> list[str]:
        return [asked(step) for step in sequence(number, seed, VERSIONS).steps]

    assert told(1, 1) == told(1, 1)
    assert told(1, 1) != told(2, 1)
    assert told(1, 1) != told(1, 2)
