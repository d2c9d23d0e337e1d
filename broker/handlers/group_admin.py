"""Groups as administrators see them.

DescribeGroups 15   ListGroups 16 (filters KIP-518, KIP-848)   DeleteGroups 42 (KIP-229)

Differences from Apache Kafka: none known.
"""

from asyncio import Future
from typing import TYPE_CHECKING

from broker.handlers import authorized_operations
from broker.log.steps import carry_out
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.messages.delete_groups import (
    DeletableGroupResult,
    DeleteGroupsRequest,
    DeleteGroupsResponse,
)
from broker.protocol.messages.describe_groups import (
    DescribedGroup,
    DescribedGroupMember,
    DescribeGroupsRequest,
    DescribeGroupsResponse,
)
from broker.protocol.messages.list_groups import ListedGroup, ListGroupsRequest, ListGroupsResponse

if TYPE_CHECKING:
    from broker.handlers.context import Broker, RequestContext
    from broker.log.steps import Steps

FIRST_THAT_TELLS_UNKNOWN_GROUPS = 6
DEAD = "Dead"


async def describe_groups(
    request: DescribeGroupsRequest, context: "RequestContext", broker: "Broker"
) -> DescribeGroupsResponse:
    """Every group that was asked for, each once and in that order; of an unknown one that it is dead."""
    operations = (
        authorized_operations.GROUP
        if request.include_authorized_operations
        else authorized_operations.NOT_ASKED
    )
    return DescribeGroupsResponse(
        groups=[_described(group_id, context.api_version, operations, broker) for group_id in request.groups]
    )


def _described(group_id: str, version: int, operations: int, broker: "Broker") -> DescribedGroup:
    try:
        found = broker.groups.describe(group_id)
    except KafkaError as error:
        is_unknown = error.code is ErrorCode.GROUP_ID_NOT_FOUND
        tells = not is_unknown or version >= FIRST_THAT_TELLS_UNKNOWN_GROUPS
        return DescribedGroup(
            error_code=error.code if tells else ErrorCode.NONE,
            error_message=error.message if tells else None,
            group_id=group_id,
            group_state=DEAD if is_unknown else "",
            protocol_type="",
            protocol_data="",
            members=[],
            authorized_operations=authorized_operations.NOT_ASKED if tells else operations,
        )
    return DescribedGroup(
        error_code=ErrorCode.NONE,
        group_id=group_id,
        group_state=found.state,
        protocol_type=found.protocol_type,
        protocol_data=found.protocol_name,
        members=[
            DescribedGroupMember(
                member_id=member.member_id,
                group_instance_id=member.instance_id,
                client_id=member.client_id,
                client_host=member.client_host,
                member_metadata=member.metadata,
                member_assignment=member.assignment,
            )
            for member in found.members
        ],
        authorized_operations=operations,
    )


async def list_groups(
    request: ListGroupsRequest, context: "RequestContext", broker: "Broker"
) -> ListGroupsResponse:
    """This node's groups, of the states and types that are asked for."""
    states = {state.lower() for state in request.states_filter}
    types = {kind.lower() for kind in request.types_filter}
    return ListGroupsResponse(
        error_code=ErrorCode.NONE,
        groups=[
            ListedGroup(
                group_id=group.group_id,
                protocol_type=group.protocol_type,
                group_state=group.state,
                group_type=group.kind,
            )
            for group in await broker.groups.listed()
            if (not states or group.state.lower() in states) and (not types or group.kind.lower() in types)
        ],
    )


def delete_groups(
    request: DeleteGroupsRequest, context: "RequestContext", broker: "Broker"
) -> "DeleteGroupsResponse | Future[DeleteGroupsResponse]":
    return carry_out(_deleting(request, broker))


def _deleting(request: DeleteGroupsRequest, broker: "Broker") -> "Steps[DeleteGroupsResponse]":
    """Each group once, whether it can be deleted or not."""
    results = []
    for group_id in dict.fromkeys(request.groups_names):
        code = ErrorCode.NONE
        try:
            yield broker.groups.delete(group_id)
        except KafkaError as error:
            code = error.code
        results.append(DeletableGroupResult(group_id=group_id, error_code=code))
    return DeleteGroupsResponse(results=results)
