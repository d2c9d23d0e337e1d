"""A broker that keeps topics and counts records: enough for what an episode begins with."""

from collections.abc import Callable
from typing import Any

from broker.protocol.message import Message, blank
from broker.protocol.messages import create_topics, delete_records, list_offsets, metadata, produce
from broker.protocol.messages.api_versions import ApiVersion, ApiVersionsResponse
from broker.protocol.messages.delete_topics import DeletableTopicResult, DeleteTopicsResponse
from broker.protocol.messages.init_producer_id import InitProducerIdResponse
from compat.differential.exchange import CLOSED, Ask, Outcome

TOPIC_ALREADY_EXISTS, UNKNOWN_TOPIC = 36, 3
APIS = {0: (3, 13), 2: (1, 11), 3: (0, 13), 18: (0, 4), 19: (2, 7), 20: (1, 6), 21: (0, 2), 22: (0, 5)}

Quirk = Callable[[Ask, Any], Any]


class FakeBroker:
    """`Exchange`. `quirk` may change each answer; `late` answers pass before a new topic is shown."""

    def __init__(
        self, name: str, *, first_id: int = 1, quirk: Quirk = lambda ask, answer: answer, late: int = 0
    ) -> None:
        self.name = name
        self.port = 9000 + first_id
        self.asked: list[Ask] = []
        self._quirk = quirk
        self._late = late
        self._next_id = first_id
        self._topics: dict[str, tuple[bytes, list[int]]] = {}
        self._hidden: dict[str, int] = {}

    @property
    def topics(self) -> list[str]:
        return sorted(self._topics)

    async def ask(self, ask: Ask) -> Outcome:
        self.asked.append(ask)
        answers: dict[int, Callable[[Any], Message]] = {
            0: self._produce,
            2: self._list_offsets,
            3: self._metadata,
            18: self._api_versions,
            19: self._create,
            20: self._delete,
            21: self._delete_records,
            22: self._init_producer,
        }
        if ask.key not in answers:
            return CLOSED
        outcome: Outcome = self._quirk(ask, answers[ask.key](ask.request))
        return outcome

    def _new_id(self) -> int:
        self._next_id += 1
        return self._next_id

    def _api_versions(self, request: Any) -> Any:
        keys = [
            ApiVersion(api_key=key, min_version=low, max_version=high) for key, (low, high) in APIS.items()
        ]
        return ApiVersionsResponse(error_code=0, api_keys=keys)

    def _create(self, request: Any) -> Any:
        results = []
        for topic in request.topics:
            known = topic.name in self._topics
            if not known:
                topic_id = self._new_id().to_bytes(16, "big")
                self._topics[topic.name] = (topic_id, [0] * min(3, max(1, topic.num_partitions)))
                self._hidden[topic.name] = self._late
            results.append(
                blank(
                    create_topics.CreatableTopicResult,
                    name=topic.name,
                    topic_id=bytes(16) if known else self._topics[topic.name][0],
                    error_code=TOPIC_ALREADY_EXISTS if known else 0,
                )
            )
        return create_topics.CreateTopicsResponse(topics=results)

    def _delete(self, request: Any) -> Any:
        results = []
        for topic in request.topics:
            known = self._topics.pop(topic.name, None)
            error = 0 if known else UNKNOWN_TOPIC
            results.append(blank(DeletableTopicResult, name=topic.name, error_code=error))
        return DeleteTopicsResponse(responses=results)

    def _metadata(self, request: Any) -> Any:
        names = list(self._topics) if request.topics is None else [topic.name for topic in request.topics]
        return metadata.MetadataResponse(
            brokers=[metadata.MetadataResponseBroker(node_id=1, host="127.0.0.1", port=self.port)],
            topics=[self._topic(name) for name in names],
            error_code=0,
        )

    def _topic(self, name: str) -> Any:
        hidden = self._hidden.get(name, 0)
        if hidden or name not in self._topics:
            self._hidden[name] = max(0, hidden - 1)
            return blank(metadata.MetadataResponseTopic, name=name, error_code=UNKNOWN_TOPIC)
        topic_id, ends = self._topics[name]
        partitions = [
            blank(metadata.MetadataResponsePartition, partition_index=index, leader_id=1)
            for index in range(len(ends))
        ]
        return blank(metadata.MetadataResponseTopic, name=name, topic_id=topic_id, partitions=partitions)

    def _list_offsets(self, request: Any) -> Any:
        return list_offsets.ListOffsetsResponse(
            topics=[
                list_offsets.ListOffsetsTopicResponse(
                    name=topic.name,
                    partitions=[
                        list_offsets.ListOffsetsPartitionResponse(
                            partition_index=part.partition_index,
                            error_code=0 if topic.name in self._topics else UNKNOWN_TOPIC,
                            offset=self._end(topic.name, part.partition_index),
                        )
                        for part in topic.partitions
                    ],
                )
                for topic in request.topics
            ]
        )

    def _end(self, name: str, partition: int) -> int:
        ends = self._topics.get(name, (b"", []))[1]
        return ends[partition] if 0 <= partition < len(ends) else -1

    def _produce(self, request: Any) -> Any:
        topics = []
        for topic in request.topic_data:
            parts = []
            for part in topic.partition_data:
                offset = self._end(topic.name, part.index)
                if offset >= 0:
                    self._topics[topic.name][1][part.index] += 1
                error = UNKNOWN_TOPIC if offset < 0 else 0
                parts.append(
                    blank(
                        produce.PartitionProduceResponse,
                        index=part.index,
                        error_code=error,
                        base_offset=offset,
                    )
                )
            topics.append(produce.TopicProduceResponse(name=topic.name, partition_responses=parts))
        return produce.ProduceResponse(responses=topics)

    def _delete_records(self, request: Any) -> Any:
        return delete_records.DeleteRecordsResponse(topics=[])

    def _init_producer(self, request: Any) -> Any:
        return InitProducerIdResponse(error_code=0, producer_id=self._new_id(), producer_epoch=0)


def pair(**how: Any) -> tuple[FakeBroker, FakeBroker]:
    """Apache Kafka and Kawa, which give out ids of their own; `how` is Kawa's."""
    return FakeBroker("Apache Kafka", first_id=100), FakeBroker("Kawa", first_id=500, **how)
