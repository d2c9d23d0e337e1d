"""Producer ids are given once."""

import pytest

from broker.cluster.producer_ids import BLOCK, ProducerIds
from broker.state.errors import StateError
from broker.state.store import StateStore


def test_ids_are_given_once_also_across_restarts() -> None:
    state = StateStore.open(None, schedule=lambda write: None)
    first, second = ProducerIds(state), ProducerIds(state)
    given = [first.allocate() for _ in range(BLOCK + 1)]
    given += [second.allocate() for _ in range(3)]
    given += [ProducerIds(state).allocate()]
    assert len(set(given)) == len(given)
    assert given[:BLOCK] == list(range(given[0], given[0] + BLOCK))


def test_an_id_that_cannot_be_kept_is_not_given() -> None:
    state = StateStore.open(None, schedule=lambda write: None)
    ids = ProducerIds(state)
    ids.allocate()
    state.close()
    for _ in range(BLOCK - 1):
        ids.allocate()
    with pytest.raises(StateError):
        ids.allocate()
