"""Groups of both protocols look alike, and what the broker says against it is told."""

from typing import Any

import pytest

from broker.cli.errors import CommandError
from broker.cli.group_descriptions import (
    GroupMember,
    classic_group,
    consumer_group,
    describe_groups,
    listed_groups,
)
from broker.cli.group_offsets import Place
from broker.protocol.message import blank
from broker.protocol.messages.consumer_group_describe import (
    Assignment,
    DescribedGroup,
    Member,
    TopicPartitions,
)
from tests.cli.fake_admin import fake_admin

NOWHERE = "127.0.0.1:1"


def classic(**changes: Any) -> dict[str, Any]:
    return {"group_id": "g", "group_state": "Stable", "members": [], "error": None, **changes}


def test_share_groups_are_not_listed() -> None:
    assert list(listed_groups(fake_admin())) == ["busy", "idle"]


def test_groups_of_brokers_before_types_are_classic() -> None:
    class OldAdmin:
        def list_groups(self) -> list[dict[str, str]]:
            return [{"group_id": "old", "protocol_type": "consumer"}]

    old: Any = OldAdmin()
    assert listed_groups(old)["old"]["type"] == "classic"


def test_groups_are_described_in_the_order_they_were_named() -> None:
    described = describe_groups(fake_admin(), NOWHERE, ["idle", "busy"])
    assert [(group.group_id, group.state) for group in described] == [("idle", "Empty"), ("busy", "Stable")]
    assert [member.member_id for member in described[1].members] == ["m2", "m1"]


def test_members_of_the_classic_protocol_have_what_their_leader_assigned() -> None:
    assigned = {"assigned_partitions": [{"topic": "t", "partitions": [0, 1]}], "user_data": None}
    member = {"member_id": "m", "client_host": "/h", "client_id": "c", "member_assignment": assigned}
    found = classic_group(classic(members=[member]))
    assert found.members == [GroupMember("m", "/h", "c", [Place("t", 0), Place("t", 1)])]


def test_members_of_the_consumer_protocol_have_what_they_own() -> None:
    has = Assignment(topic_partitions=[TopicPartitions(topic_id=bytes(16), topic_name="t", partitions=[2])])
    none = Assignment(topic_partitions=[])
    member = blank(
        Member, member_id="m", client_host="/h", client_id="c", assignment=has, target_assignment=none
    )
    found = consumer_group(blank(DescribedGroup, group_id="g", group_state="Reconciling", members=[member]))
    assert (found.group_id, found.state) == ("g", "Reconciling")
    assert found.members == [GroupMember("m", "/h", "c", [Place("t", 2)])]


def test_errors_name_the_group() -> None:
    with pytest.raises(CommandError, match=r"^group g: \[Error 16\]"):
        classic_group(classic(error="[Error 16] NotCoordinatorError"))
    with pytest.raises(CommandError, match=r"^group g: not a consumer group$"):
        consumer_group(
            blank(DescribedGroup, group_id="g", error_code=69, error_message="not a consumer group")
        )
