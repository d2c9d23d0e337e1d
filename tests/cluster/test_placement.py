"""Replicas and leaders, for any number of nodes."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from broker.cluster.placement import in_sync, new_leader, spread

node_lists = st.lists(st.integers(0, 99), min_size=1, max_size=9, unique=True)


@given(node_lists, st.integers(1, 60), st.data())
def test_replicas_differ_and_leaders_are_spread_evenly(
    nodes: list[int], partitions: int, data: st.DataObject
) -> None:
    replicas = data.draw(st.integers(1, len(nodes)))
    start = data.draw(st.integers(0, 1000))
    placed = spread(nodes, partitions=partitions, replicas=replicas, start=start)
    assert len(placed) == partitions
    for each in placed:
        assert len(set(each)) == len(each) == replicas
        assert set(each) <= set(nodes)
    leaders = Counter(each[0] for each in placed)
    assert max(leaders.values()) - min(leaders[node] for node in nodes) <= 1
    held = Counter(node for each in placed for node in each)
    assert max(held.values()) - min(held[node] for node in nodes) <= replicas


@given(node_lists)
def test_topics_of_one_partition_are_spread_like_one_of_many(nodes: list[int]) -> None:
    leaders = [spread(nodes, partitions=1, replicas=1, start=start)[0][0] for start in range(len(nodes))]
    assert sorted(leaders) == sorted(nodes)


@given(node_lists, node_lists)
def test_a_new_leader_lives_and_is_in_sync(replicas: list[int], live: list[int]) -> None:
    leader = new_leader(replicas, live)
    assert leader in live
    assert leader in replicas or not set(replicas) & set(live)
    isr = in_sync(replicas, live, leader=leader)
    assert leader in isr
    assert set(isr) <= set(live)
    assert list(isr) == [node for node in replicas if node in live] or isr == (leader,)


def test_the_first_replica_that_lives_leads() -> None:
    assert new_leader((3, 2, 1), [1, 2]) == 2
    assert new_leader((3,), [1, 2]) == 1
