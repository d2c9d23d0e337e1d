"""Producer ids: handed out one by one, taken from the state store by the block.

A block that was begun is not finished after a restart: ids are never given twice.
"""

from broker.state.store import StateStore

BLOCK = 1_000


class ProducerIds:
    """The source of producer ids for all nodes of a process."""

    def __init__(self, state: StateStore) -> None:
        self._state = state
        self._block = iter(range(0))

    def allocate(self) -> int:
        """An id that nobody has. Raises: StateError."""
        for producer_id in self._block:
            return producer_id
        self._block = iter(self._state.producer_ids.allocate_block(BLOCK))
        return next(self._block)
