"""What `kawa groups` asks for and prints."""

import json

import pytest

from broker.cli.errors import CommandError
from broker.cli.group_descriptions import GroupDescription, GroupMember
from broker.cli.group_offsets import Place
from broker.cli.groups import delete, describe, list_groups, offset_rows
from tests.cli.fake_admin import fake_admin, parsed


def test_without_a_terminal_the_list_is_one_group_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    list_groups(fake_admin(), parsed())
    assert capsys.readouterr().out == "busy\nidle\n"


def test_types_and_states_are_in_the_json_list(capsys: pytest.CaptureFixture[str]) -> None:
    list_groups(fake_admin(), parsed("list", "--json"))
    assert json.loads(capsys.readouterr().out)[1] == {
        "group": "idle",
        "type": "classic",
        "state": "Empty",
        "protocol_type": "consumer",
    }


def test_a_group_is_described_as_kafkas_tool_does(capsys: pytest.CaptureFixture[str]) -> None:
    describe(fake_admin(), parsed("describe", "busy"))
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [
        "GROUP\tTOPIC\tPARTITION\tCURRENT-OFFSET\tLOG-END-OFFSET\tLAG\tCONSUMER-ID\tHOST\tCLIENT-ID",
        "busy\tt\t0\t12\t20\t8\tm1\t/h\tc",
        "busy\tt\t1\t5\t5\t0\tm1\t/h\tc",
        "busy\tt\t2\t-\t0\t-\tm1\t/h\tc",
    ]
    assert shown.err == ""


def test_offsets_without_members_and_of_topics_that_are_gone_are_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    describe(fake_admin(), parsed("describe", "idle"))
    shown = capsys.readouterr()
    assert shown.out.splitlines()[1:] == [
        "idle\tgone\t0\t7\t-\t-\t-\t-\t-",
        "idle\tt\t0\t15\t20\t5\t-\t-\t-",
    ]
    assert shown.err == "Consumer group 'idle' has no active members.\n"


def test_all_groups_are_described_when_none_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    describe(fake_admin(), parsed("describe", "--json"))
    rows = json.loads(capsys.readouterr().out)
    assert {row["group"] for row in rows} == {"busy", "idle"}
    assert rows[0]["log_end_offset"] == 20
    assert rows[2]["current_offset"] is None


def test_what_nobody_is_assigned_comes_after_the_members_with_most_first() -> None:
    few = GroupMember("few", "/h", "c", [Place("t", 2)])
    many = GroupMember("many", "/h", "c", [Place("t", 1), Place("t", 0)])
    group = GroupDescription("g", "Stable", [few, many])
    rows = offset_rows(group, {Place("a", 0): 1, Place("t", 0): 1}, {})
    assert [(row[1], row[2], row[6]) for row in rows] == [
        ("t", 0, "many"),
        ("t", 1, "many"),
        ("t", 2, "few"),
        ("a", 0, "-"),
    ]


def test_a_group_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(CommandError, match=r"^there is no group absent$"):
        describe(fake_admin(), parsed("describe", "absent"))


def test_groups_are_deleted_and_why_one_was_not_is_told() -> None:
    admin = fake_admin()
    with pytest.raises(CommandError, match=r"^could not delete busy: NonEmptyGroupError$"):
        delete(admin, parsed("delete", "idle", "busy"))
    assert admin.deleted == ["idle"]


def test_the_broker_may_be_named_before_or_after_what_to_do() -> None:
    for words in (["-b", "other:1"], ["-b", "other:1", "list"], ["describe", "g", "-b", "other:1"]):
        assert parsed(*words).bootstrap == "other:1"
    assert parsed("list").bootstrap == "127.0.0.1:9092"
