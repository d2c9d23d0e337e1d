"""InitProducerId and DescribeProducers."""

import pytest

from broker.handlers.producers import describe_producers, init_producer_id
from broker.log.engine import ActiveProducer
from broker.protocol.errors import RETRIABLE, ErrorCode
from broker.protocol.messages.describe_producers import (
    DescribeProducersRequest,
    PartitionResponse,
    ProducerState,
    TopicRequest,
)
from broker.protocol.messages.init_producer_id import InitProducerIdRequest
from tests.fakes.data_plane import NODE, OTHER_NODE, DataPlane, log_of


def ask_id(
    plane: DataPlane, *, transactional_id: str | None = None, had: tuple[int, int] = (-1, -1)
) -> tuple[int, int, int]:
    """The error code, the id and the epoch."""
    request = InitProducerIdRequest(
        transactional_id=transactional_id,
        transaction_timeout_ms=1000,
        producer_id=had[0],
        producer_epoch=had[1],
    )
    answer = init_producer_id(request, plane.context(22, 5), plane.broker)
    return answer.error_code, answer.producer_id, answer.producer_epoch


def test_every_producer_gets_an_id_of_its_own_at_epoch_0() -> None:
    plane = DataPlane()
    assert [ask_id(plane), ask_id(plane)] == [(0, 1000, 0), (0, 1001, 0)]


def test_a_producer_that_had_an_id_gets_another() -> None:
    assert ask_id(DataPlane(), had=(40, 2)) == (0, 1000, 0)


@pytest.mark.parametrize("had", [(40, -1), (-1, 2)])
def test_an_id_without_epoch_or_an_epoch_without_id_is_refused(had: tuple[int, int]) -> None:
    assert ask_id(DataPlane(), had=had) == (ErrorCode.INVALID_REQUEST, -1, -1)


@pytest.mark.parametrize("transactional_id", ["mine", ""])
def test_a_transactional_id_is_refused_for_good(transactional_id: str) -> None:
    code, producer_id, epoch = ask_id(DataPlane(), transactional_id=transactional_id)
    assert (code, producer_id, epoch) == (ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, -1, -1)
    assert code not in RETRIABLE


def describe(plane: DataPlane, name: str = "orders", number: int = 0) -> PartitionResponse:
    request = DescribeProducersRequest(topics=[TopicRequest(name=name, partition_indexes=[number])])
    answer = describe_producers(request, plane.context(61, 0), plane.broker)
    (part,) = answer.topics[0].partitions
    assert (answer.topics[0].name, part.partition_index) == (name, number)
    return part


def test_producers_are_described() -> None:
    plane = DataPlane()
    topic = plane.add_topic()
    log_of(topic.partitions[0]).producers = [ActiveProducer(1000, 2, 30, 1_700_000, -1, -1)]
    part = describe(plane)
    assert (part.error_code, part.error_message) == (ErrorCode.NONE, None)
    assert part.active_producers == [
        ProducerState(
            producer_id=1000,
            producer_epoch=2,
            last_sequence=30,
            last_timestamp=1_700_000,
            coordinator_epoch=-1,
            current_txn_start_offset=-1,
        )
    ]


def test_any_replica_describes_producers() -> None:
    plane = DataPlane()
    plane.add_topic(leader=OTHER_NODE, replicas=(OTHER_NODE, NODE))
    assert describe(plane).error_code == ErrorCode.NONE


@pytest.mark.parametrize(
    ("name", "number", "code"),
    [
        ("orders", 1, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        ("nothing", 0, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        ("no good", 0, ErrorCode.INVALID_TOPIC_EXCEPTION),
        ("elsewhere", 0, ErrorCode.NOT_LEADER_OR_FOLLOWER),
    ],
)
def test_what_cannot_be_described_is_told_with_a_reason(name: str, number: int, code: ErrorCode) -> None:
    plane = DataPlane()
    plane.add_topic()
    plane.add_topic("elsewhere", number=2, leader=OTHER_NODE, replicas=(OTHER_NODE,))
    part = describe(plane, name, number)
    assert part.error_code == code
    assert part.error_message
    assert part.active_producers == []
