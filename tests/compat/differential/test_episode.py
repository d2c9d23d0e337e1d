"""Episodes over two brokers that are none."""

import asyncio
from typing import Any

from compat.differential.compare import Difference
from compat.differential.episode import OPENING, Episode, Found, Runner, create, created, produce
from compat.differential.exchange import Ask
from compat.differential.known import Known, KnownDifferences
from compat.differential.pools import DOOMED
from compat.differential.sequences import deleted, metadata
from compat.differential.symbols import Batch
from tests.compat.differential.fakes import FakeBroker, pair

WHERE = "responses[].partition_responses[].base_offset"
PLANTED = Known(api=("Produce",), where=(WHERE,), module="m")


def one_more_after_the_opening(ask: Ask, answer: Any) -> Any:
    """Produce to `alpha` tells an offset that is too high by one, but only a third batch's and later."""
    if ask.key == 0:
        for topic in answer.responses:
            for part in topic.partition_responses:
                part.base_offset += part.base_offset >= 3
    return answer


def played(
    *steps: Any, known: tuple[Known, ...] = (), independent: bool = False, **how: Any
) -> tuple[list[Found], Runner, tuple[FakeBroker, FakeBroker]]:
    brokers = pair(**how)
    runner = Runner(*brokers, KnownDifferences(known), pause_s=0)
    found = asyncio.run(runner.play(Episode("some", steps, independent), "d1-"))
    return found, runner, brokers


def test_brokers_that_only_have_other_ids_do_not_differ() -> None:
    steps = (create(created("~new", 2)), produce("~new", (1, Batch())), metadata("~new"), deleted("~new"))
    found, runner, _ = played(*steps)
    assert found == []
    assert [line.step for line in runner.heard] == list(steps)


def test_a_planted_difference_is_found_in_its_step() -> None:
    found, _, _ = played(
        metadata("~alpha"), produce("~alpha", (0, Batch())), quirk=one_more_after_the_opening
    )
    (only,) = found
    assert (only.position, only.differences) == (1, (Difference(WHERE, "3", "4"),))


def test_an_unknown_difference_in_a_change_ends_the_episode() -> None:
    step = produce("~alpha", (0, Batch()))
    found, _, _ = played(step, step, quirk=one_more_after_the_opening)
    assert len(found) == 1


def test_a_known_one_does_not() -> None:
    step = produce("~alpha", (0, Batch()))
    found, _, _ = played(step, step, quirk=one_more_after_the_opening, known=(PLANTED,))
    assert len(found) == 2


def test_what_is_left_of_independent_steps_can_be_asked_elsewhere() -> None:
    step, last = produce("~alpha", (0, Batch())), metadata("~beta")
    _, runner, _ = played(step, last, quirk=one_more_after_the_opening, independent=True)
    assert runner.left is not None
    assert runner.left.steps == (last,)


def test_what_becomes_known_late_is_waited_for() -> None:
    found, _, _ = played(create(created("~new", 1)), produce("~new", (0, Batch())), late=3)
    assert found == []


def test_topics_that_stay_different_are_told() -> None:
    found, _, _ = played(late=10**6)
    assert found[0].step.api == "Metadata"


def test_what_is_to_be_deleted_is_there() -> None:
    found, _, (kafka, _) = played(deleted(DOOMED), deleted(DOOMED))
    assert found == []
    assert sum(ask.key == 19 for ask in kafka.asked) == 1 + 2


def test_nothing_is_left_behind() -> None:
    _, _, brokers = played(create(created("~new", 1), created("elsewhere", 1)))
    assert [broker.topics for broker in brokers] == [["elsewhere"], ["elsewhere"]]


def test_the_opening_is_a_story_without_differences() -> None:
    _, _, (kafka, kawa) = played()
    assert len(kafka.asked) == len(kawa.asked) > len(OPENING)
