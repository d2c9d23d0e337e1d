"""Producers: their ids, and what partitions remember of them.

InitProducerId 22 (KIP-98)   DescribeProducers 61 (KIP-664)

A transactional id is refused with TRANSACTIONAL_ID_AUTHORIZATION_FAILED, which all clients take for
final. It is one of the few that librdkafka does (`rd_kafka_idemp_check_error`): after most others,
INVALID_REQUEST and INVALID_TXN_STATE among them, it asks again without end. Java (TransactionManager),
kafka-python and aiokafka fail for good after any error that is not retriable.

Differences from Apache Kafka: transactions are refused.
"""

from typing import TYPE_CHECKING

from broker.cluster.topic_names import check_topic_name
from broker.handlers.leaders import find_partition, not_leader
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.messages.describe_producers import (
    DescribeProducersRequest,
    DescribeProducersResponse,
    PartitionResponse,
    ProducerState,
    TopicResponse,
)
from broker.protocol.messages.init_producer_id import InitProducerIdRequest, InitProducerIdResponse

if TYPE_CHECKING:
    from broker.handlers.context import Broker, RequestContext
    from broker.log.engine import ActiveProducer

NO_PRODUCER_ID = NO_PRODUCER_EPOCH = -1


def init_producer_id(
    request: InitProducerIdRequest, context: "RequestContext", broker: "Broker"
) -> InitProducerIdResponse:
    """Without a transactional id every request gets an id of its own, also one that names an old id."""
    if request.transactional_id is not None:
        return refused(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
    if (request.producer_id == NO_PRODUCER_ID) != (request.producer_epoch == NO_PRODUCER_EPOCH):
        return refused(ErrorCode.INVALID_REQUEST)
    return InitProducerIdResponse(
        error_code=ErrorCode.NONE, producer_id=broker.cluster.producer_ids.allocate(), producer_epoch=0
    )


def refused(code: ErrorCode) -> InitProducerIdResponse:
    return InitProducerIdResponse(error_code=code, producer_epoch=NO_PRODUCER_EPOCH)


def describe_producers(
    request: DescribeProducersRequest, context: "RequestContext", broker: "Broker"
) -> DescribeProducersResponse:
    return DescribeProducersResponse(
        topics=[
            TopicResponse(
                name=topic.name,
                partitions=[
                    partition_producers(topic.name, number, broker) for number in topic.partition_indexes
                ],
            )
            for topic in request.topics
        ]
    )


def partition_producers(name: str, number: int, broker: "Broker") -> PartitionResponse:
    """What one partition remembers; any node that holds a replica can tell."""
    try:
        check_topic_name(name)
        partition = find_partition(broker, name, number)
        if broker.node_id not in partition.replicas:
            raise not_leader(partition)
        producers = [producer_state(producer) for producer in partition.log.active_producers()]
    except KafkaError as error:
        return PartitionResponse(
            partition_index=number, error_code=error.code, error_message=error.message, active_producers=[]
        )
    return PartitionResponse(partition_index=number, error_code=ErrorCode.NONE, active_producers=producers)


def producer_state(producer: "ActiveProducer") -> ProducerState:
    return ProducerState(
        producer_id=producer.producer_id,
        producer_epoch=producer.producer_epoch,
        last_sequence=producer.last_sequence,
        last_timestamp=producer.last_timestamp_ms,
        coordinator_epoch=producer.coordinator_epoch,
        current_txn_start_offset=producer.current_txn_start_offset,
    )
