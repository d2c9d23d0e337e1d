"""What a fetcher in a session has been told of a partition decides whether it is told again."""

from broker.fetch.partitions import PartitionFetch, PartitionRead
from broker.log.engine import EpochEndOffset
from broker.protocol.errors import ErrorCode
from broker.protocol.messages.fetch import FetchPartition


def fetch() -> PartitionFetch:
    asked = FetchPartition(partition=0, fetch_offset=0, partition_max_bytes=100)
    return PartitionFetch("orders", bytes(16), asked)


def test_the_first_thing_told_is_news_and_the_same_again_is_not() -> None:
    wanted = fetch()
    read = PartitionRead(wanted, high_watermark=5, log_start_offset=0)
    assert wanted.told(read)
    assert not wanted.told(read)


def test_records_moved_offsets_errors_and_divergence_are_news() -> None:
    wanted = fetch()
    read = PartitionRead(wanted, high_watermark=5, log_start_offset=0)
    wanted.told(read)
    for news in (
        read._replace(size_bytes=1),
        read._replace(high_watermark=6),
        read._replace(log_start_offset=1, high_watermark=6),
        read._replace(diverging=EpochEndOffset(1, 2), log_start_offset=1, high_watermark=6),
        read._replace(error=ErrorCode.NOT_LEADER_OR_FOLLOWER),
    ):
        assert wanted.told(news), news


def test_after_an_error_the_partition_is_told_as_soon_as_the_error_is_gone() -> None:
    wanted = fetch()
    read = PartitionRead(wanted, high_watermark=5, log_start_offset=0)
    wanted.told(read)
    wanted.told(read._replace(error=ErrorCode.KAFKA_STORAGE_ERROR))
    assert wanted.told(read)
