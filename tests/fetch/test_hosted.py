"""What a fetcher believes of a partition's leader."""

import pytest

from broker.fetch.hosted import check_leader_epoch
from broker.protocol.errors import ErrorCode, KafkaError
from tests.fakes.data_plane import DataPlane


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
