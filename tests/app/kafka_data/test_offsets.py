from broker.app.kafka_data.internal_log import Batch
from broker.app.kafka_data.offsets import Place, committed_offsets
from broker.protocol.records.batch import BatchHeader
from broker.protocol.records.control import ControlType, write_end_txn_marker
from tests.app.kafka_data.kafka_directory import batch, commit_of


def found(*batches: bytes) -> dict[Place, int]:
    parsed = [Batch(BatchHeader.parse(data), memoryview(data)) for data in batches]
    return {place: value.offset for place, value in committed_offsets(parsed).items()}


def marker(kind: ControlType) -> bytes:
    return bytes(
        write_end_txn_marker(kind, coordinator_epoch=0, producer_id=7, producer_epoch=0, timestamp_ms=0)
    )


def test_the_last_commit_of_each_partition_counts() -> None:
    commits = [commit_of("g", "t", 0, 1), commit_of("g", "t", 1, 5), commit_of("g", "t", 0, 2)]
    assert found(batch(commits)) == {Place("g", "t", 0): 2, Place("g", "t", 1): 5}


def test_a_tombstone_takes_a_commit_away() -> None:
    assert found(batch([commit_of("g", "t", 0, 1), commit_of("g", "t", 0, None)])) == {}


def test_records_of_another_kind_are_passed_over() -> None:
    assert found(batch([(b"\0\2\0\1g", b"a group")])) == {}


def test_commits_of_a_transaction_count_when_it_was_committed() -> None:
    pending = batch([commit_of("g", "t", 0, 9)], producer_id=7, is_transactional=True)
    plain = batch([commit_of("g", "t", 0, 4)])
    place = Place("g", "t", 0)
    assert found(pending, plain) == {place: 4}
    assert found(pending, plain, marker(ControlType.ABORT)) == {place: 4}
    assert found(pending, plain, marker(ControlType.COMMIT)) == {place: 9}
