"""Groups as `kawa groups` shows them, whichever protocol their members use.

The client library describes groups of the classic protocol; those of KIP-848 are asked for here.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from broker.cli import client
from broker.cli.errors import CommandError
from broker.cli.exchange import ask
from broker.cli.group_offsets import Place

if TYPE_CHECKING:
    from kafka import KafkaAdminClient

    from broker.protocol.messages.consumer_group_describe import DescribedGroup

INACTIVE = ("Empty", "Dead")
"""States of groups without members."""


class GroupMember(NamedTuple):
    member_id: str
    host: str
    client_id: str
    assigned: list[Place]


class GroupDescription(NamedTuple):
    group_id: str
    state: str
    members: list[GroupMember]


def listed_groups(admin: "KafkaAdminClient") -> dict[str, dict[str, str]]:
    """Group id -> its type and state, as ListGroups tells them; share groups are left out."""
    found: list[dict[str, Any]] = sorted(admin.list_groups(), key=lambda row: str(row["group_id"]))
    rows = {
        str(row["group_id"]): {
            "type": str(row.get("group_type") or "classic").lower(),  # brokers from before KIP-848 do not say
            "state": str(row.get("group_state") or "Unknown"),
            "protocol_type": str(row["protocol_type"]),
        }
        for row in found
    }
    return {group_id: row for group_id, row in rows.items() if row["type"] in ("classic", "consumer")}


def describe_groups(
    admin: "KafkaAdminClient", bootstrap: str, group_ids: Iterable[str]
) -> list[GroupDescription]:
    """In that order; all groups if none is named. Raises: CommandError: one of them does not exist."""
    listed = listed_groups(admin)
    wanted = list(group_ids) or list(listed)
    for group_id in wanted:
        if group_id not in listed:
            raise CommandError(f"there is no group {group_id}")
    classic = [group_id for group_id in wanted if listed[group_id]["type"] == "classic"]
    answers = admin.describe_groups(classic) if classic else {}
    found = {group_id: classic_group(answer) for group_id, answer in answers.items()}
    for group_id in wanted:
        if group_id not in found:
            found[group_id] = _ask_for_consumer_group(bootstrap, group_id)
    return [found[group_id] for group_id in wanted]


def classic_group(answer: dict[str, Any]) -> GroupDescription:
    """From the client library's dictionary. Raises: CommandError: it holds an error."""
    if answer["error"]:
        raise CommandError(f"group {answer['group_id']}: {answer['error']}")
    members = []
    for row in answer["members"]:
        assignment = row["member_assignment"]
        # Text stands for what is no assignment of a consumer: nothing, or another protocol's bytes.
        topics = assignment["assigned_partitions"] if isinstance(assignment, dict) else []
        places = [Place(topic["topic"], partition) for topic in topics for partition in topic["partitions"]]
        members.append(GroupMember(row["member_id"], row["client_host"], row["client_id"], places))
    return GroupDescription(answer["group_id"], answer["group_state"], members)


def _ask_for_consumer_group(bootstrap: str, group_id: str) -> GroupDescription:
    from broker.protocol.messages.consumer_group_describe import (
        ConsumerGroupDescribeRequest,
        ConsumerGroupDescribeResponse,
    )

    request = ConsumerGroupDescribeRequest(group_ids=[group_id], include_authorized_operations=False)
    coordinator = _coordinator(bootstrap, group_id)
    return consumer_group(ask(coordinator, request, ConsumerGroupDescribeResponse, version=0).groups[0])


def consumer_group(answer: "DescribedGroup") -> GroupDescription:
    """From ConsumerGroupDescribe. Raises: CommandError: it holds an error."""
    _check(answer.group_id, answer.error_code, answer.error_message)
    members = []
    for member in answer.members:
        topics = member.assignment.topic_partitions
        places = [Place(topic.topic_name, partition) for topic in topics for partition in topic.partitions]
        members.append(GroupMember(member.member_id, member.client_host, member.client_id, places))
    return GroupDescription(answer.group_id, answer.group_state, members)


def _coordinator(bootstrap: str, group_id: str) -> tuple[str, int]:
    from broker.protocol.messages.find_coordinator import FindCoordinatorRequest, FindCoordinatorResponse

    request = FindCoordinatorRequest(coordinator_keys=[group_id])
    found = ask(client.addresses(bootstrap)[0], request, FindCoordinatorResponse, version=4).coordinators[0]
    _check(group_id, found.error_code, found.error_message)
    return found.host, found.port


def _check(group_id: str, error_code: int, message: str | None) -> None:
    from kafka.errors import for_code

    if error_code:
        raise CommandError(f"group {group_id}: {message or for_code(error_code).description}")
