"""Both brokers, all episodes, several beside each other."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any, NamedTuple

from broker.protocol.errors import ErrorCode
from broker.protocol.messages import MESSAGES
from broker.protocol.messages.api_versions import ApiVersionsRequest
from broker.protocol.messages.find_coordinator import FindCoordinatorRequest
from broker.protocol.versions import NONE, Versions
from compat.brokers.apache_kafka import ApacheKafkaBroker
from compat.brokers.broker import BrokerOptions
from compat.brokers.kawa import KawaBroker
from compat.differential.cases import MUTATING, systematic
from compat.differential.compare import Difference
from compat.differential.episode import Episode, Found, Runner, init_producer
from compat.differential.exchange import UNANSWERED, Ask, Connection, Exchange
from compat.differential.known import KnownDifferences
from compat.differential.sequences import declared, sequence, stories
from compat.differential.shrink import shrink
from compat.differential.transcript import Line
from compat.failures import ScenarioFailed

OPTIONS = BrokerOptions(settings=(("log.message.timestamp.after.max.ms", str(10**12)),))
"""Which allows the timestamps of `symbols.FIRST_TIMESTAMP_MS`."""
LANES = 4
STEPS_TOGETHER = 30
"""Requests of an API that changes something, in one episode."""
MOST_SHRUNK = 10
START_PATIENCE_S = 60.0
NOT_YET = (ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, ErrorCode.COORDINATOR_NOT_AVAILABLE)
SOFTWARE = ApiVersionsRequest(client_software_name="kawa", client_software_version="1")
CHANGING = MUTATING | {0, 21}


class Plan(NamedTuple):
    """What is to be asked; `apis` and `version` narrow it down."""

    seed: int
    sequences: int
    apis: frozenset[str] = frozenset()
    version: int | None = None
    shrinks: bool = True

    @property
    def is_everything(self) -> bool:
        """Whether each known difference should turn up."""
        return not self.apis and self.version is None


class Kind(NamedTuple):
    """All differences of one API in one place with the same two answers."""

    api: str
    difference: Difference


class Failure(NamedTuple):
    """An unknown kind of difference: how often, where first, and the steps that show it."""

    kind: Kind
    times: int
    first: Found
    transcript: list[Line]


class Result(NamedTuple):
    """`episodes` and `asked` count what was done."""

    episodes: int
    asked: int
    failures: list[Failure]
    known: KnownDifferences


def episodes(plan: Plan, versions: Mapping[int, Versions]) -> list[Episode]:
    """In an order that mixes the slow ones among the others; the same for the same plan and versions."""
    found = list(_systematic(plan, versions))
    if plan.is_everything:
        found += stories()
        found += [sequence(number, plan.seed, versions) for number in range(plan.sequences)]
    Random(plan.seed).shuffle(found)
    return found


def _systematic(plan: Plan, versions: Mapping[int, Versions]) -> Iterator[Episode]:
    for key, (low, high) in sorted(versions.items()):
        name = MESSAGES[key].name
        for version in range(low, high + 1):
            if (plan.apis and name not in plan.apis) or plan.version not in (None, version):
                continue
            steps = tuple(systematic(key, version))
            size = STEPS_TOGETHER if key in CHANGING else len(steps)
            for start in range(0, len(steps), size):
                yield Episode(
                    f"{name} v{version}, from {start}", steps[start : start + size], independent=True
                )


async def common_versions(*exchanges: Exchange) -> dict[int, Versions]:
    """Of every API that all of them advertise, the versions that all of them and the declarations have."""
    common = {key: declared(key) for key in MESSAGES}
    for exchange in exchanges:
        answer = await exchange.ask(Ask(18, 3, SOFTWARE))
        if isinstance(answer, str):
            raise ScenarioFailed(f"{exchange.name} {answer} when asked for its versions")
        shown = {each.api_key: Versions(each.min_version, each.max_version) for each in answer.api_keys}  # type: ignore[attr-defined]
        common = {key: common[key].within(shown.get(key, NONE)) for key in common}
    return {key: versions for key, versions in common.items() if versions != NONE}


class Laboratory:
    """Runners over two brokers that answer, and prefixes that nobody has used."""

    def __init__(self, connect: Callable[[], tuple[Exchange, Exchange]], known: KnownDifferences) -> None:
        self._connect = connect
        self._known = known
        self._numbers = itertools.count(1)

    async def carry_out(self, plan: Plan, finished: Callable[[int, int], None]) -> Result:
        versions = await common_versions(*self._connect())
        waiting = episodes(plan, versions)
        total = len(waiting)
        runners = [self._runner() for _ in range(LANES)]
        found: list[Found] = []

        async def lane(runner: Runner) -> None:
            while waiting:
                episode = waiting.pop()
                played = await runner.play(episode, self._prefix())
                if any(UNANSWERED in (each.kafka, each.kawa) for each in self._unknown(played)):
                    # Silence may only have been a long moment: it counts if it happens again.
                    played = await runner.play(episode, self._prefix())
                found.extend(played)
                if runner.left is not None and runner.left.steps:
                    waiting.append(runner.left)
                finished(max(0, total - len(waiting)), total)

        async with asyncio.TaskGroup() as group:
            for runner in runners:
                group.create_task(lane(runner))
        failures = await self._failures(found, shrinks=plan.shrinks)
        asked = sum(runner.asked for runner in runners)
        return Result(total, asked, failures, self._known)

    def _unknown(self, found: Sequence[Found]) -> list[Found]:
        return [each for each in found if not self._known.accepts(each.step, each.differences)]

    async def _failures(self, found: Sequence[Found], *, shrinks: bool) -> list[Failure]:
        kinds: dict[Kind, list[Found]] = {}
        for each in found:
            for difference in each.differences:
                if self._known.find(each.step, difference) is None:
                    kinds.setdefault(Kind(each.step.api, difference), []).append(each)
        runner = self._runner()
        failures = []
        for number, (kind, all_of_it) in enumerate(sorted(kinds.items(), key=repr)):
            first = min(all_of_it, key=lambda each: len(each.episode.steps[: each.position + 1]))
            episode = first.episode._replace(steps=first.episode.steps[: max(0, first.position + 1)])
            if shrinks and number < MOST_SHRUNK:
                episode = await shrink(
                    first, kind.difference, lambda shorter: runner.play(shorter, self._prefix())
                )
            await runner.play(episode, self._prefix())
            failures.append(Failure(kind, len(all_of_it), first, runner.heard))
        return failures

    def _runner(self) -> Runner:
        return Runner(*self._connect(), self._known)

    def _prefix(self) -> str:
        return f"d{next(self._numbers)}-"


@asynccontextmanager
async def both_brokers() -> AsyncIterator[Callable[[], tuple[Exchange, Exchange]]]:
    """Apache Kafka and Kawa, started and awake; a function that connects to them."""
    async with ApacheKafkaBroker(OPTIONS) as kafka, KawaBroker(OPTIONS) as kawa:
        ports = [int(broker.bootstrap.rpartition(":")[2]) for broker in (kafka, kawa)]

        def connect() -> tuple[Exchange, Exchange]:
            return Connection("Apache Kafka", ports[0]), Connection("Kawa", ports[1])

        await wake(Connection("Apache Kafka", ports[0], patience_s=START_PATIENCE_S))
        yield connect


async def wake(exchange: Exchange) -> None:
    """Asks until there are producer ids, and the topics of coordinators, which are made when asked for."""
    async with asyncio.timeout(START_PATIENCE_S):
        await _until_answered(exchange, 22, 4, init_producer().request)
        for key_type, key in ((0, "group"), (1, "transaction"), (2, "group:AAAAAAAAAAAAAAAAAAAAAQ:0")):
            await _until_answered(exchange, 10, 3, FindCoordinatorRequest(key=key, key_type=key_type))


async def _until_answered(exchange: Exchange, key: int, version: int, request: Any) -> None:
    while await _error(exchange, key, version, request) in NOT_YET:  # noqa: ASYNC110 (nobody tells us)
        await asyncio.sleep(0.1)


async def _error(exchange: Exchange, key: int, version: int, request: Any) -> int:
    outcome = await exchange.ask(Ask(key, version, request))
    return -1 if isinstance(outcome, str) else int(outcome.error_code)  # type: ignore[attr-defined]
