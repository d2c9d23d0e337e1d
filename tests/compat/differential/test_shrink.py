"""The fewest and plainest steps."""

import asyncio

from compat.differential.compare import Difference
from compat.differential.episode import Episode, Found, produce
from compat.differential.sequences import deleted, metadata
from compat.differential.shrink import shrink
from compat.differential.symbols import Batch
from compat.differential.transcript import asked

DIFFERENCE = Difference("error_code", "1", "2")
STEPS = (
    metadata("~alpha"),
    produce("~beta", (0, Batch())),
    metadata("~empty"),
    deleted("~alpha", "~beta", "~empty"),
    metadata("~alpha", "~beta", version=9),
    metadata("~beta"),
)


def found(episode: Episode, position: int) -> Found:
    return Found(episode, position, episode.steps[position], (DIFFERENCE,), None, None)


def shrunk(*, needs_beta: bool = True, tries: int = 200) -> tuple[Episode, int]:
    """Version 9 of Metadata shows it, if it names `beta` after a deletion that does."""
    plays = 0

    async def play(episode: Episode) -> list[Found]:
        nonlocal plays
        plays += 1
        is_deleted = False
        for position, step in enumerate(episode.steps):
            if step.api == "DeleteTopics":
                is_deleted = any(topic.name == "~beta" for topic in step.request.topics)
            names = [topic.name for topic in step.request.topics] if step.api == "Metadata" else []
            if step.version == 9 and is_deleted and needs_beta and "~beta" in names:
                return [found(episode, position)]
        return []

    first = found(Episode("long", STEPS), 4)
    return asyncio.run(shrink(first, DIFFERENCE, play, tries=tries)), plays


def test_only_what_it_takes_is_left() -> None:
    episode, plays = shrunk()
    assert [asked(step).partition(" timeout")[0] for step in episode.steps] == [
        "DeleteTopics v6 topics=[(name='~beta' topic_id=00000000000000000000000000000000)]",
        "Metadata v9 topics=[(name='~beta')] include_cluster_authorized_operations=False"
        " include_topic_authorized_operations=False",
    ] or [step.api for step in episode.steps] == ["DeleteTopics", "Metadata"]
    assert plays < 60


def test_what_does_not_happen_again_is_shown_up_to_where_it_did() -> None:
    episode, _ = shrunk(needs_beta=False)
    assert episode.steps == STEPS[:5]
    assert "did not happen again" in episode.name


def test_it_gives_up_after_so_many_tries() -> None:
    episode, plays = shrunk(tries=4)
    assert plays == 4
    assert len(episode.steps) >= 2


def test_nothing_is_changed_in_the_steps_it_was_given() -> None:
    before = [asked(step) for step in STEPS]
    shrunk()
    assert [asked(step) for step in STEPS] == before
