"""All of it over brokers that are none: unknown differences, known ones, and known ones that are gone."""

import asyncio
from typing import Any

from broker.protocol.versions import Versions
from compat.differential.exchange import Ask
from compat.differential.known import Known, KnownDifferences
from compat.differential.report import has_failed, told
from compat.differential.run import Laboratory, Plan, Result, common_versions, episodes
from tests.compat.differential.fakes import APIS, FakeBroker

VERSIONS = {key: Versions(*versions) for key, versions in APIS.items()}
PLAN = Plan(seed=1, sequences=0, apis=frozenset({"CreateTopics"}), version=7)


def impatient(ask: Ask, answer: Any) -> Any:
    """CreateTopics takes -1 ms for too little time."""
    if ask.key == 19 and ask.request.timeout_ms == -1:
        for result in answer.topics:
            result.error_code = 7
    return answer


def carried_out(plan: Plan, *known: Known, quirk: Any = impatient) -> Result:
    kafka, kawa = FakeBroker("Apache Kafka"), FakeBroker("Kawa", first_id=900, quirk=quirk)
    laboratory = Laboratory(lambda: (kafka, kawa), KnownDifferences(known))
    return asyncio.run(laboratory.carry_out(plan, lambda done, total: None))


def test_a_planted_difference_is_found_shrunk_and_told_as_a_transcript() -> None:
    result = carried_out(PLAN)
    assert has_failed(result, is_everything=False)
    (failure,) = result.failures
    assert failure.kind.difference.where == "topics[].error_code"
    assert len(failure.transcript) == 1
    lines = told(result, is_everything=False)
    assert lines[0] == "DIFFERENT  CreateTopics: topics[].error_code"
    assert lines[1:3] == ["  Apache Kafka: NONE", "  Kawa:         REQUEST_TIMED_OUT"]
    assert "    1  CreateTopics v7 topics=[(name='~fresh' " in lines[4]
    assert "error_code=REQUEST_TIMED_OUT" in lines[6]


def test_a_known_one_is_accepted() -> None:
    known = Known(api=("CreateTopics",), where=("topics[].error_code",), module="m", kawa="REQUEST_*")
    result = carried_out(PLAN, known)
    assert result.failures == []
    assert not has_failed(result, is_everything=True)
    assert "0 unknown kinds of differences, 1 known ones, 0 vanished" in told(result, is_everything=True)[-1]


def test_a_vanished_one_is_reported() -> None:
    known = Known(api=("Fetch",), where=("error_code",), module="m", reason="Once it was so.")
    result = carried_out(PLAN, known, quirk=lambda ask, answer: answer)
    assert has_failed(result, is_everything=True)
    lines = told(result, is_everything=True)
    assert lines[0].startswith("VANISHED   Fetch v0+: error_code")
    assert "Once it was so." in lines[1]


def test_only_a_run_of_everything_can_miss_something() -> None:
    known = Known(api=("Fetch",), where=("error_code",), module="m")
    result = carried_out(PLAN, known, quirk=lambda ask, answer: answer)
    assert not has_failed(result, is_everything=False)
    assert len(told(result, is_everything=False)) == 1


def test_what_both_advertise_is_asked_in_the_versions_of_both() -> None:
    def fewer(ask: Ask, answer: Any) -> Any:
        if ask.key == 18:
            answer.api_keys = [key for key in answer.api_keys if key.api_key != 2]
            answer.api_keys[0].min_version, answer.api_keys[0].max_version = 0, 9
        return answer

    brokers = FakeBroker("Apache Kafka"), FakeBroker("Kawa", quirk=fewer)
    common = asyncio.run(common_versions(*brokers))
    assert common[0] == Versions(3, 9)
    assert 2 not in common


def test_every_version_of_every_api_is_asked() -> None:
    plan = Plan(seed=1, sequences=3)
    asked = {
        (step.key, step.version)
        for episode in episodes(plan, VERSIONS)
        if episode.independent
        for step in episode.steps
    }
    assert asked == {(key, version) for key, (low, high) in APIS.items() for version in range(low, high + 1)}


def test_a_plan_has_the_same_episodes_every_time_and_another_seed_other_ones() -> None:
    def names(seed: int) -> list[str]:
        return [repr(episode) for episode in episodes(Plan(seed=seed, sequences=5), VERSIONS)]

    assert names(1) == names(1)
    assert sorted(names(1)) != sorted(names(2))
