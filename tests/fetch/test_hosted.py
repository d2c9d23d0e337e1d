"""What a fetcher believes of a partition's leader."""

import pytest

from broker.fetch.hosted import check_leader_epoch, end_of_epoch
from broker.log.engine import EpochEndOffset
from broker.protocol.errors import ErrorCode, KafkaError
from tests.fakes.data_plane import DataPlane, batch, log_of


def test_the_current_epoch_is_right() -> None:
    check_leader_epoch(3, DataPlane().add_topic(leader_epoch=3).partitions[0])


@pytest.mark.parametrize(
    ("epoch", "code"),
    [(2, ErrorCode.FENCED_LEADER_EPOCH), (4, ErrorCode.UNKNOWN_LEADER_EPOCH)],
)
def test_any_other_epoch_is_refused(epoch: int, code: ErrorCode) -> None:
    with pytest.raises(KafkaError) as error:
        check_leader_epoch(epoch, DataPlane().add_topic(leader_epoch=3).partitions[0])
    assert error.value.code is code


@pytest.mark.parametrize("records", [0, 2])
def test_the_leaders_own_epoch_ends_where_the_log_does(records: int) -> None:
    partition = DataPlane().add_topic(leader_epoch=3).partitions[0]
    for _ in range(records):
        log_of(partition).append(batch(), leader_epoch=1)
    assert end_of_epoch(partition, 3) == EpochEndOffset(3, records)


def test_an_epoch_under_which_nothing_was_written_ends_as_the_one_before_it() -> None:
    partition = DataPlane().add_topic(leader_epoch=3).partitions[0]
    log = log_of(partition)
    log.append(batch(), leader_epoch=1)
    log.epochs[1] = EpochEndOffset(1, 1)
    assert end_of_epoch(partition, 2) == EpochEndOffset(1, 1)


def test_in_an_empty_log_every_epoch_up_to_the_leaders_ends_at_once() -> None:
    partition = DataPlane().add_topic(leader_epoch=3).partitions[0]
    assert [end_of_epoch(partition, epoch) for epoch in (0, 3)] == [
        EpochEndOffset(0, 0),
        EpochEndOffset(3, 0),
    ]


@pytest.mark.parametrize("epoch", [-1, 4])
def test_no_other_epoch_is_known(epoch: int) -> None:
    partition = DataPlane().add_topic(leader_epoch=3).partitions[0]
    assert end_of_epoch(partition, epoch) == EpochEndOffset(-1, -1)


def test_epochs_that_are_lost_are_not_guessed() -> None:
    partition = DataPlane().add_topic(leader_epoch=3).partitions[0]
    log_of(partition).append(batch(), leader_epoch=1)
    assert end_of_epoch(partition, 2) == EpochEndOffset(-1, -1)
