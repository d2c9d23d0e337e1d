from typing import Any

import pytest

from broker.protocol.codec import CannotEncode, encode
from broker.protocol.messages.consumer_group_heartbeat import ConsumerGroupHeartbeatResponse
from broker.protocol.messages.describe_cluster import DescribeClusterBroker, DescribeClusterResponse
from broker.protocol.messages.fetch import FetchableTopicResponse, FetchResponse, PartitionData
from broker.protocol.messages.metadata import MetadataRequest, MetadataRequestTopic
from broker.protocol.messages.sync_group import SyncGroupRequest, SyncGroupRequestAssignment
from broker.protocol.mistakes import mistakes


def topic(name: Any) -> MetadataRequest:
    return MetadataRequest(topics=[MetadataRequestTopic(name="a"), MetadataRequestTopic(name=name)])


def cluster(**values: Any) -> DescribeClusterResponse:
    fitting: dict[str, Any] = {"error_code": 0, "cluster_id": "c", "brokers": []}
    return DescribeClusterResponse(**{**fitting, **values})


def partition(records: Any) -> FetchResponse:
    data = PartitionData(
        partition_index=0, error_code=0, high_watermark=0, aborted_transactions=None, records=records
    )
    return FetchResponse(error_code=0, responses=[FetchableTopicResponse(partitions=[data])])


def assignment(assigned: Any) -> SyncGroupRequest:
    assignments = [SyncGroupRequestAssignment(member_id="m", assignment=assigned)]
    return SyncGroupRequest(group_id="g", generation_id=1, member_id="m", assignments=assignments)


def heartbeat(assigned: Any) -> ConsumerGroupHeartbeatResponse:
    return ConsumerGroupHeartbeatResponse(
        error_code=0, member_epoch=0, heartbeat_interval_ms=1, assignment=assigned
    )


def unset() -> DescribeClusterBroker:
    broker = DescribeClusterBroker(broker_id=1, host="h", port=1, is_fenced=False)
    del broker.host
    return broker


@pytest.mark.parametrize(
    ("message", "version", "mistake"),
    [
        (topic(None), 9, r"topics\[1\]\.name is None"),
        (topic(5), 9, r"topics\[1\]\.name is 5, and no str"),
        (topic("\ud800"), 9, r"topics\[1\]\.name is no text"),
        (topic("x" * 40_000), 8, r"topics\[1\]\.name has 40000 bytes, and 32767 is the limit"),
        (MetadataRequest(topics=5), 9, r"topics is 5, and no list"),  # type: ignore[arg-type]
        (MetadataRequest(topics=["a"]), 9, r"topics\[0\] is 'a', and no MetadataRequestTopic"),  # type: ignore[list-item]
        (cluster(error_code=None), 0, r"error_code is None"),
        (cluster(error_code=70_000), 0, r"error_code is 70000: "),
        (cluster(cluster_id=None), 0, r"cluster_id is None"),
        (cluster(brokers=None), 0, r"brokers is None"),
        (cluster(brokers=[None]), 0, r"brokers\[0\] is None, and no DescribeClusterBroker"),
        (cluster(brokers=[unset()]), 0, r"brokers\[0\]\.host is None"),
        (partition(5), 12, r"responses\[0\]\.partitions\[0\]\.records is 5, and no records"),
        (
            partition((b"a", b"b")),
            12,
            r"responses\[0\]\.partitions\[0\]\.records is \(b'a', b'b'\), and no records",
        ),
        (assignment("text"), 0, r"assignments\[0\]\.assignment is 'text', and no bytes"),
        (
            heartbeat([]),
            0,
            r"assignment is \[\], and no Assignment",
        ),
    ],
)
def test_the_value_that_cannot_be_encoded_is_named(message: Any, version: int, mistake: str) -> None:
    with pytest.raises(CannotEncode, match=f"{type(message).__name__} v{version}: {mistake}"):
        encode(message, version)


def test_a_message_without_mistakes_has_none() -> None:
    assert list(mistakes(topic("b"), 9, compact=True)) == []
    assert list(mistakes(partition([memoryview(b"x")]), 12, compact=True)) == []


def test_only_what_the_version_has_counts() -> None:
    assert list(mistakes(cluster(endpoint_type=None), 0, compact=True)) == []
    assert list(mistakes(cluster(endpoint_type=None), 1, compact=True)) == ["endpoint_type is None"]


def test_an_error_that_no_value_explains_is_told_as_it_is() -> None:
    class Broken(list[MetadataRequestTopic]):
        def __iter__(self) -> Any:
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        encode(MetadataRequest(topics=Broken()), 9)
