"""Elections and reassignments."""

import pytest

from broker.cluster.leadership import PREFERRED, UNCLEAN, elect, reassign
from broker.protocol.errors import ErrorCode, KafkaError
from tests.cluster.house import house


def test_the_preferred_replica_leads_again() -> None:
    here = house(kawa_brokers=2, default_replication_factor=2)
    partition = here.make().partitions[0]
    preferred, other = partition.replicas
    here.cluster.topics.lead(partition, other)
    elect(here.cluster, partition, PREFERRED)
    assert (partition.leader, partition.leader_epoch) == (preferred, 2)


@pytest.mark.parametrize("election_type", [PREFERRED, UNCLEAN])
def test_an_election_that_changes_nothing_is_not_needed(election_type: int) -> None:
    here = house(kawa_brokers=2)
    partition = here.make().partitions[0]
    if election_type == UNCLEAN:
        here.cluster.topics.lead(partition, 2)
    with pytest.raises(KafkaError) as refused:
        elect(here.cluster, partition, election_type)
    assert refused.value.code is ErrorCode.ELECTION_NOT_NEEDED


def test_an_absent_replica_cannot_lead() -> None:
    here = house(kawa_brokers=2)
    here.cluster.topics.lead(here.make().partitions[0], 2, replicas=(2, 1))
    fewer = here.again(kawa_brokers=1).cluster
    with pytest.raises(KafkaError) as refused:
        elect(fewer, fewer.topics.by_name["orders"].partitions[0], PREFERRED)
    assert refused.value.code is ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE


def test_a_leader_that_stays_a_replica_stays_the_leader() -> None:
    here = house(kawa_brokers=3)
    partition = here.make().partitions[0]
    before = partition.leader
    others = tuple(node for node in (1, 2, 3) if node != before)
    reassign(here.cluster, partition, (others[0], before), factor_may_change=True)
    assert (partition.leader, partition.replicas) == (before, (others[0], before))
    reassign(here.cluster, partition, others, factor_may_change=False)
    assert (partition.leader, partition.leader_epoch) == (others[0], 2)
    reassign(here.cluster, partition, others, factor_may_change=False)
    assert partition.leader_epoch == 2


def test_a_reassignment_that_cannot_be() -> None:
    here = house(kawa_brokers=2)
    partition = here.make().partitions[0]
    for replicas, code in (
        (None, ErrorCode.NO_REASSIGNMENT_IN_PROGRESS),
        ((1, 2), ErrorCode.INVALID_REPLICATION_FACTOR),
        ((9,), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
    ):
        with pytest.raises(KafkaError) as refused:
            reassign(here.cluster, partition, replicas, factor_may_change=False)
        assert refused.value.code is code
    assert partition.leader_epoch == 0
