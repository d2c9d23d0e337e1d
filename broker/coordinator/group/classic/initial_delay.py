"""How long the first members of a group wait for others (`group.initial.rebalance.delay.ms`, KIP-134).

Each time that somebody has come meanwhile they wait once more, in all no longer than a rebalance may take.
"""


class InitialDelay:
    """Of one rebalance at a time."""

    def __init__(self) -> None:
        self.is_on = False
        self._step_ms = 0
        self._left_ms = 0
        self._has_newcomer = False

    def begin(self, *, delay_ms: int, rebalance_timeout_ms: int) -> int | None:
        """How long to wait; None: not at all."""
        self._step_ms = min(delay_ms, rebalance_timeout_ms)
        self._left_ms = rebalance_timeout_ms - self._step_ms
        self._has_newcomer = False
        self.is_on = self._step_ms > 0
        return self._step_ms if self.is_on else None

    def note_newcomer(self) -> None:
        self._has_newcomer = True

    def again(self) -> int | None:
        """The time is up: how long to wait once more; None: it is over."""
        wait_ms = min(self._step_ms, self._left_ms)
        self.is_on = self.is_on and self._has_newcomer and wait_ms > 0
        if not self.is_on:
            return None
        self._left_ms -= wait_ms
        self._has_newcomer = False
        return wait_ms

    def end(self) -> None:
        self.is_on = False
