"""Bytes of the classic consumers' own protocol, made by another implementation than ours."""

from collections.abc import Iterable, Mapping

from kafka.protocol.consumer.metadata import ConsumerProtocolAssignment, ConsumerProtocolSubscription


def subscription(topics: Iterable[str], owned: Mapping[str, list[int]] | None = None) -> bytes:
    places = [
        ConsumerProtocolSubscription.TopicPartition(topic=topic, partitions=each)
        for topic, each in (owned or {}).items()
    ]
    message = ConsumerProtocolSubscription(topics=list(topics), user_data=None, owned_partitions=places)
    return bytes(message.encode(version=1))


def assignment(partitions: Mapping[str, list[int]], user_data: bytes = b"") -> bytes:
    places = [
        ConsumerProtocolAssignment.TopicPartition(topic=topic, partitions=each)
        for topic, each in partitions.items()
    ]
    message = ConsumerProtocolAssignment(assigned_partitions=places, user_data=user_data)
    return bytes(message.encode(version=1))
