"""FindCoordinator (key 10): the node that coordinates a group, a transactional id or a share group's part.

Differences from Apache Kafka: transactions and share groups are not there yet. Their coordinators are
named all the same; what a client asks them for then is refused.
"""

from broker.cluster.coordinators import group_partition, share_node, transaction_partition
from broker.handlers.context import Broker, RequestContext
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.messages.find_coordinator import (
    Coordinator,
    FindCoordinatorRequest,
    FindCoordinatorResponse,
)

GROUP, TRANSACTION, SHARE = 0, 1, 2
FIRST_WITH_MANY_KEYS = 4
FIRST_WITH_SHARE = 6
NOBODY = -1


async def find_coordinator(
    request: FindCoordinatorRequest, context: RequestContext, broker: Broker
) -> FindCoordinatorResponse:
    """One key, or from version 4 on any number of them, each with its own answer."""
    if context.api_version >= FIRST_WITH_MANY_KEYS:
        return FindCoordinatorResponse(
            coordinators=[_find(key, request.key_type, context, broker) for key in request.coordinator_keys]
        )
    found = _find(request.key, request.key_type, context, broker)
    return FindCoordinatorResponse(
        error_code=found.error_code,
        error_message=found.error_message or ErrorCode.NONE.name,  # so Kafka says that there is none
        node_id=found.node_id,
        host=found.host,
        port=found.port,
        coordinators=[],
    )


def _find(key: str, key_type: int, context: RequestContext, broker: Broker) -> Coordinator:
    try:
        node_id = _node(key, key_type, context.api_version, broker)
    except KafkaError as error:
        return Coordinator(
            key=key, node_id=NOBODY, host="", port=NOBODY, error_code=error.code, error_message=error.message
        )
    host, port = broker.cluster.endpoint(node_id, context)
    return Coordinator(
        key=key, node_id=node_id, host=host, port=port, error_code=ErrorCode.NONE, error_message=""
    )


def _node(key: str, key_type: int, version: int, broker: Broker) -> int:
    topics = broker.cluster.topics
    if key_type == GROUP:
        return group_partition(topics, key).leader
    if key_type == TRANSACTION:
        return transaction_partition(topics, key).leader
    if key_type == SHARE and version >= FIRST_WITH_SHARE:
        try:
            count = broker.settings.share_coordinator_state_topic_num_partitions
            return share_node(list(broker.cluster.nodes), key, partitions=count)
        except ValueError as error:
            raise KafkaError(ErrorCode.INVALID_REQUEST, str(error)) from error
    raise KafkaError(ErrorCode.INVALID_REQUEST, f"There are no coordinators for keys of type {key_type}.")
