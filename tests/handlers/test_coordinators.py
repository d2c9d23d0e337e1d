"""FindCoordinator over a real cluster of three nodes."""

import asyncio

import pytest

from broker.cluster.coordinators import group_partition, transaction_partition
from broker.handlers.context import Broker
from broker.handlers.coordinators import GROUP, SHARE, TRANSACTION, find_coordinator
from broker.protocol.errors import ErrorCode
from broker.protocol.messages.find_coordinator import Coordinator, FindCoordinatorRequest
from tests.handlers.serving import context, nodes


async def found(key_type: int, *keys: str, version: int = 6) -> tuple[list[Coordinator], Broker]:
    async with nodes(3) as (_, broker, _):
        request = FindCoordinatorRequest(key=keys[0], key_type=key_type, coordinator_keys=list(keys))
        response = await find_coordinator(request, context(broker, 10, version), broker)
        if version < 4:
            return [
                Coordinator(
                    key=keys[0],
                    node_id=response.node_id,
                    host=response.host,
                    port=response.port,
                    error_code=response.error_code,
                    error_message=response.error_message,
                )
            ], broker
        return response.coordinators, broker


@pytest.mark.parametrize("version", range(7))
def test_a_group_is_coordinated_by_the_leader_of_its_partition(version: int) -> None:
    (coordinator,), broker = asyncio.run(found(GROUP, "billing", version=version))
    expected = group_partition(broker.cluster.topics, "billing").leader
    assert (coordinator.error_code, coordinator.node_id) == (ErrorCode.NONE, expected)
    assert coordinator.port == broker.cluster.nodes[expected].endpoints["PLAINTEXT"].port


@pytest.mark.parametrize(("version", "words"), [(1, "NONE"), (3, "NONE"), (4, ""), (6, "")])
def test_without_an_error_the_words_are_kafkas(version: int, words: str) -> None:
    (coordinator,), _ = asyncio.run(found(GROUP, "billing", version=version))
    assert coordinator.error_message == words


def test_each_of_many_keys_has_its_own_answer_in_the_order_asked() -> None:
    keys = [f"group-{number}" for number in range(20)]
    coordinators, broker = asyncio.run(found(GROUP, *keys))
    assert [each.key for each in coordinators] == keys
    assert {each.node_id for each in coordinators} == set(broker.cluster.nodes)


def test_a_transactional_id_has_a_coordinator() -> None:
    (coordinator,), broker = asyncio.run(found(TRANSACTION, "payments"))
    assert coordinator.node_id == transaction_partition(broker.cluster.topics, "payments").leader


SHARED = "group:with:colons:AAAAAAAAAAAAAAAAAAAAAQ:0"


def test_the_parts_of_share_groups_are_spread_over_the_nodes() -> None:
    keys = [f"group:AAAAAAAAAAAAAAAAAAAAAQ:{number}" for number in range(20)]
    coordinators, broker = asyncio.run(found(SHARE, SHARED, *keys))
    assert {each.error_code for each in coordinators} == {ErrorCode.NONE}
    assert {each.node_id for each in coordinators} == set(broker.cluster.nodes)


@pytest.mark.parametrize(
    ("key_type", "key", "version"),
    [
        (3, SHARED, 6),
        (SHARE, SHARED, 5),
        (SHARE, "group", 6),
        (SHARE, ":AAAAAAAAAAAAAAAAAAAAAQ:0", 6),
        (SHARE, "group:AAAA:0", 6),
        (SHARE, "group:AAAAAAAAAAAAAAAAAAAAAQ:x", 6),
    ],
)
def test_what_has_no_coordinator_is_refused(key_type: int, key: str, version: int) -> None:
    (coordinator,), _ = asyncio.run(found(key_type, key, version=version))
    assert (coordinator.error_code, coordinator.node_id) == (ErrorCode.INVALID_REQUEST, -1)
