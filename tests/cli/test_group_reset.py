"""Which offsets `kawa groups reset-offsets` sets, and when it does."""

import json
from argparse import ArgumentTypeError

import pytest

from broker.cli.errors import CommandError
from broker.cli.group_offsets import Place, committed_offsets
from broker.cli.group_reset import duration_ms, offsets_to_set, reset_offsets, timestamp_ms, topic_scope
from tests.cli.fake_admin import fake_admin, parsed

PLACES = [Place("t", 0), Place("t", 1)]


def offsets(*target: str) -> list[int]:
    """What the target makes of partition 0 with records [10, 20), at 15, and 1 with [0, 5), at 5."""
    arguments = parsed("reset-offsets", "g", "--topic", "t:0,1", *target)
    return list(offsets_to_set(fake_admin(), arguments, PLACES, {PLACES[0]: 15, PLACES[1]: 5}).values())


def test_to_the_beginning_and_to_the_end() -> None:
    assert offsets("--to-earliest") == [10, 0]
    assert offsets("--to-latest") == [20, 5]


def test_to_an_offset_and_by_a_number_of_records() -> None:
    assert offsets("--to-offset", "12") == [12, 5]
    assert offsets("--to-offset", "3") == [10, 3]
    assert offsets("--shift-by", "-4") == [11, 1]
    assert offsets("--shift-by", "100") == [20, 5]
    assert offsets("--shift-by", "-100") == [10, 0]


def test_to_a_time_and_to_the_end_where_nothing_is_as_young() -> None:
    assert offsets("--to-datetime", "1970-01-01T00:00:01") == [11, 1]
    assert offsets("--to-datetime", "1970-01-01T00:00:02") == [20, 5]
    assert offsets("--by-duration", "P1D") == [20, 5]
    assert offsets("--by-duration", "P40000D") == [11, 1]


def test_a_partition_without_an_offset_cannot_be_shifted() -> None:
    arguments = parsed("reset-offsets", "g", "--topic", "t", "--shift-by", "1")
    with pytest.raises(CommandError, match="cannot shift t:0, which has no committed offset"):
        offsets_to_set(fake_admin(), arguments, PLACES, {})


def test_offsets_are_shown_and_not_set_without_execute(capsys: pytest.CaptureFixture[str]) -> None:
    admin = fake_admin()
    for dry_run in ([], ["--dry-run"]):
        reset_offsets(admin, parsed("reset-offsets", "idle", "--topic", "t:0,1", "--to-earliest", *dry_run))
        shown = capsys.readouterr()
        assert shown.out == "GROUP\tTOPIC\tPARTITION\tNEW-OFFSET\nidle\tt\t0\t10\nidle\tt\t1\t0\n"
        assert "nothing has changed" in shown.err
    assert committed_offsets(admin, "idle")[Place("t", 0)] == 15


def test_execute_sets_them(capsys: pytest.CaptureFixture[str]) -> None:
    admin = fake_admin()
    reset_offsets(
        admin, parsed("reset-offsets", "idle", "--topic", "t", "--to-latest", "--execute", "--json")
    )
    shown = capsys.readouterr()
    assert json.loads(shown.out)[0] == {"group": "idle", "topic": "t", "partition": 0, "new_offset": 20}
    assert shown.err == ""
    assert committed_offsets(admin, "idle") == {
        Place("t", 0): 20,
        Place("t", 1): 5,
        Place("t", 2): 0,
        Place("gone", 0): 7,
    }


def test_a_group_that_does_not_exist_may_be_given_offsets() -> None:
    admin = fake_admin()
    reset_offsets(admin, parsed("reset-offsets", "new", "--topic", "t:1", "--to-offset", "3", "--execute"))
    assert committed_offsets(admin, "new") == {Place("t", 1): 3}


def test_all_topics_are_those_with_committed_offsets() -> None:
    admin = fake_admin()
    del admin.committed["idle"]["gone", 0]
    reset_offsets(admin, parsed("reset-offsets", "idle", "--all-topics", "--to-earliest", "--execute"))
    assert committed_offsets(admin, "idle") == {Place("t", 0): 10}


def test_a_group_with_members_is_left_alone() -> None:
    with pytest.raises(CommandError, match="busy is Stable: offsets can only be set while it has no members"):
        reset_offsets(fake_admin(), parsed("reset-offsets", "busy", "--topic", "t", "--to-latest"))


def test_a_refusal_of_the_broker_is_told() -> None:
    admin = fake_admin()
    admin.refuses = True
    with pytest.raises(CommandError, match=r"^t:1: UNKNOWN_MEMBER_ID: "):
        reset_offsets(admin, parsed("reset-offsets", "idle", "--topic", "t:1", "--to-latest", "--execute"))


@pytest.mark.parametrize(
    ("topic", "message"),
    [("absent", "there is no topic absent"), ("t:3", "topic t has 3 partitions, and no 3")],
)
def test_a_partition_that_does_not_exist_is_an_error(topic: str, message: str) -> None:
    with pytest.raises(CommandError, match=message):
        reset_offsets(fake_admin(), parsed("reset-offsets", "idle", "--topic", topic, "--to-latest"))


def test_topics_may_be_given_with_partitions() -> None:
    assert topic_scope("t") == ("t", None)
    assert topic_scope("t:0,12") == ("t", [0, 12])
    for text in ("", ":1", "t:", "t:x", "t:0,", "t:-1"):
        with pytest.raises(ArgumentTypeError):
            topic_scope(text)


def test_times_are_utc_unless_they_say_otherwise() -> None:
    assert timestamp_ms("1970-01-02T00:00:00.500") == 86_400_500
    assert timestamp_ms("1970-01-02T00:00:00Z") == 86_400_000
    assert timestamp_ms("1970-01-02T00:00:00+01:00") == 82_800_000
    with pytest.raises(ArgumentTypeError, match="YYYY-MM-DD"):
        timestamp_ms("yesterday")


def test_durations_are_those_of_iso_8601_up_to_days() -> None:
    assert duration_ms("P1DT2H3M4.5S") == 93_784_500
    assert duration_ms("pt1m") == 60_000
    for text in ("P", "PT", "P1DT", "1D", "P1M", "P1H"):
        with pytest.raises(ArgumentTypeError, match="PnDTnHnMnS"):
            duration_ms(text)


@pytest.mark.parametrize(
    "words",
    [
        ["--topic", "t"],
        ["--to-earliest"],
        ["--topic", "t", "--all-topics", "--to-earliest"],
        ["--topic", "t", "--to-earliest", "--to-latest"],
        ["--topic", "t", "--to-earliest", "--execute", "--dry-run"],
        ["--topic", "t", "--to-offset", "x"],
    ],
)
def test_one_scope_and_one_target_are_asked_for(words: list[str]) -> None:
    with pytest.raises(CommandError):
        parsed("reset-offsets", "g", *words)
