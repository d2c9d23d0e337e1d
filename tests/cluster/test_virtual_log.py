"""The logs of internal topics: empty, and always there."""

import pytest

from broker.cluster.virtual_log import VirtualLog
from broker.log.engine import Isolation
from broker.protocol.errors import ErrorCode, KafkaError
from tests.cluster.house import house


def log() -> VirtualLog:
    found = house().cluster.topics.by_name["__consumer_offsets"].partitions[7].log
    assert isinstance(found, VirtualLog)
    return found


def test_it_is_empty() -> None:
    virtual = log()
    assert virtual.log_start_offset == virtual.high_watermark == virtual.log_end_offset == 0
    read = virtual.read(offset=0, max_bytes=100, at_least_one_batch=True)
    assert read.chunks == []
    read.release()
    committed = virtual.read(
        offset=0, max_bytes=100, at_least_one_batch=True, isolation=Isolation.READ_COMMITTED
    )
    assert committed.aborted_transactions == []


def test_it_can_be_asked_like_any_other() -> None:
    virtual = log()
    assert virtual.offset_for_timestamp(0) is None
    assert virtual.offset_of_max_timestamp() is None
    assert tuple(virtual.end_offset_for_epoch(0)) == (-1, -1)
    assert virtual.epoch_for_offset(0) == -1
    assert virtual.delete_records(before_offset=0) == 0
    assert virtual.active_producers() == []
    virtual.on_advance(lambda: None).cancel()


def test_an_offset_behind_its_end_is_out_of_range() -> None:
    with pytest.raises(KafkaError) as refused:
        log().read(offset=1, max_bytes=100, at_least_one_batch=True)
    assert refused.value.code is ErrorCode.OFFSET_OUT_OF_RANGE


def test_it_takes_no_records() -> None:
    with pytest.raises(KafkaError) as refused:
        log().append(memoryview(b""), leader_epoch=0)
    assert refused.value.code is ErrorCode.INVALID_TOPIC_EXCEPTION


def test_it_has_the_configs_of_a_compacted_topic() -> None:
    config = log().config
    assert (config.cleanup_policy, config.segment_bytes) == (["compact"], 104_857_600)
