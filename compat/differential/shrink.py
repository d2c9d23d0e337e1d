"""The fewest and plainest steps that still show a difference."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from broker.protocol.fields import fields_of
from broker.protocol.message import Message
from compat.differential.cases import Step
from compat.differential.compare import Difference
from compat.differential.episode import Episode, Found
from compat.differential.world import changeable

MOST_TRIES = 120

Play = Callable[[Episode], Awaitable[list[Found]]]
"""Plays an episode in a new world."""


async def shrink(found: Found, difference: Difference, play: Play, *, tries: int = MOST_TRIES) -> Episode:
    """An episode with the same difference of the same API, from which nothing more can be taken.

    The one that was found, up to that step, if it does not show the difference again.
    """
    return await _Shrinker(found.step.api, difference, play, tries).run(found)


class _Shrinker:
    def __init__(self, api: str, difference: Difference, play: Play, tries: int) -> None:
        self._api = api
        self._difference = difference
        self._play = play
        self._tries = tries

    async def run(self, found: Found) -> Episode:
        steps = found.episode.steps[: max(0, found.position + 1)]
        name = found.episode.name
        if not await self._shows(Episode(name, steps)):
            return Episode(f"{name} (it did not happen again)", steps)
        steps = await self._fewer(name, steps)
        steps = await self._plainer(name, steps)
        return Episode(name, steps)

    async def _shows(self, episode: Episode) -> bool:
        if self._tries <= 0:
            return False
        self._tries -= 1
        return any(
            each.step.api == self._api and self._difference in each.differences
            for each in await self._play(episode)
        )

    async def _fewer(self, name: str, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        size = len(steps)
        while size > 0:
            start = 0
            while start < len(steps):
                rest = steps[:start] + steps[start + size :]
                if await self._shows(Episode(name, rest)):
                    steps = rest
                else:
                    start += size
            size //= 2
        return steps

    async def _plainer(self, name: str, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        for position in reversed(range(len(steps))):
            simpler = iter(_simpler_steps(steps[position]))
            while (step := next(simpler, None)) is not None:
                changed = (*steps[:position], step, *steps[position + 1 :])
                if await self._shows(Episode(name, changed)):
                    steps, simpler = changed, iter(_simpler_steps(step))
        return steps


def _simpler_steps(step: Step) -> Iterator[Step]:
    for request in _simpler(step.request, step.version):
        yield step._replace(request=request)


def _simpler(message: Any, version: int) -> Iterator[Any]:
    """The message with one thing less in it, or one field as it is by default."""
    for field in fields_of(changeable(message)):
        if not field.versions.includes(version):
            continue
        value = getattr(message, field.name)
        if isinstance(value, list):
            for position in range(len(value)):
                yield _with(message, field.name, value[:position] + value[position + 1 :])
            for position, item in enumerate(value):
                if isinstance(item, Message):
                    for inside in _simpler(item, version):
                        yield _with(message, field.name, [*value[:position], inside, *value[position + 1 :]])
        elif not field.required and value != field.default:
            yield _with(message, field.name, field.default)


def _with(message: Any, name: str, value: Any) -> Any:
    values = {each: getattr(message, each) for each in message.DECLARED}
    return changeable(message)(**{**values, name: value})
