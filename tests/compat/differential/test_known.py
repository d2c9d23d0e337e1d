"""Known differences: what fits them, which have vanished, and that the file is in order."""

from pathlib import Path
from typing import Any

import pytest

from broker.protocol.message import blank
from broker.protocol.messages import MESSAGES
from broker.protocol.messages.list_offsets import ListOffsetsRequest
from broker.protocol.versions import Versions
from compat.differential.cases import Step
from compat.differential.compare import Difference
from compat.differential.known import Known, KnownDifferences, load, reasons

ROOT = Path(__file__).parent.parent.parent.parent
STEP = Step(2, 7, blank(ListOffsetsRequest, replica_id=-1, isolation_level=2))
DIFFERENCE = Difference("topics[].partitions[].offset", "5", "-1")


def known(**fields: Any) -> Known:
    values: dict[str, Any] = {"api": ("ListOffsets",), "where": (DIFFERENCE.where,), "module": "m", **fields}
    return Known(**values)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"api": ("Fetch", "ListOffsets")},
        {"where": ("error_code", "topics[].partitions[].*")},
        {"versions": Versions.parse("7+")},
        {"asked": "* isolation_level=2 *"},
        {"kafka": "5", "kawa": "-*"},
    ],
)
def test_an_entry_fits_if_all_it_says_does(fields: dict[str, Any]) -> None:
    assert known(**fields).fits(STEP, DIFFERENCE)


@pytest.mark.parametrize(
    "fields",
    [
        {"api": ("Fetch",)},
        {"where": ("topics[].partitions[]",)},
        {"versions": Versions.parse("0-6")},
        {"asked": "* isolation_level=1 *"},
        {"kafka": "6"},
        {"kawa": "1"},
    ],
)
def test_an_entry_does_not_fit_if_one_thing_is_otherwise(fields: dict[str, Any]) -> None:
    assert not known(**fields).fits(STEP, DIFFERENCE)


def test_all_differences_must_be_known() -> None:
    differences = KnownDifferences([known()])
    assert differences.accepts(STEP, [DIFFERENCE])
    assert not differences.accepts(STEP, [DIFFERENCE, Difference("error_code", "1", "2")])


def test_an_episode_ends_with_what_is_unknown_or_said_to_end_it() -> None:
    assert not KnownDifferences([known()]).ends(STEP, [DIFFERENCE])
    assert KnownDifferences([known(ends=True)]).ends(STEP, [DIFFERENCE])
    assert KnownDifferences([]).ends(STEP, [DIFFERENCE])
    assert not KnownDifferences([]).ends(STEP, [])


def test_an_entry_that_nothing_fits_has_vanished() -> None:
    met, gone = known(), known(kafka="7")
    differences = KnownDifferences([met, gone])
    differences.accepts(STEP, [DIFFERENCE])
    assert differences.vanished() == [gone]


def test_an_entry_that_only_some_seeds_meet_does_not_vanish() -> None:
    assert KnownDifferences([known(kafka="7", rare=True)]).vanished() == []


def test_a_file_with_an_unknown_word_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "known.toml"
    path.write_text('[[difference]]\napi = "Fetch"\nwhere = ""\nmodule = "m"\nbecause = "so"\n')
    with pytest.raises(ValueError, match="because"):
        load(path)


def test_reasons_stand_by_module_and_each_once() -> None:
    entries = [known(reason="So."), known(reason="So."), known(reason="And so."), known(module="n")]
    assert reasons(entries) == {"m": ["So.", "And so."], "n": []}


@pytest.mark.parametrize("entry", load(), ids=str)
def test_every_entry_names_what_there_is_and_says_why(entry: Known) -> None:
    names = {api.name for api in MESSAGES.values()}
    assert set(entry.api) <= names
    text = (ROOT / f"{entry.module}.py").read_text()
    assert entry.reason or "Differences from Apache Kafka:" in text
