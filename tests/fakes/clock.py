"""A clock that stands still until a test moves it."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count


@dataclass(order=True)
class _Timer:
    at_ms: int
    order: int
    callback: Callable[[], object] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        self.cancelled = True


class VirtualClock:
    """`Clock` whose two times move together, and only by `advance`."""

    def __init__(self, *, wall_ms: int = 1_700_000_000_000, monotonic_ms: int = 1_000) -> None:
        self._wall_ms = wall_ms
        self._monotonic_ms = monotonic_ms
        self._timers: list[_Timer] = []
        self._order = count()

    def wall_ms(self) -> int:
        return self._wall_ms

    def monotonic_ms(self) -> int:
        return self._monotonic_ms

    def call_at(self, monotonic_ms: int, callback: Callable[[], object]) -> _Timer:
        timer = _Timer(monotonic_ms, next(self._order), callback)
        heapq.heappush(self._timers, timer)
        return timer

    def next_timer_ms(self) -> int | None:
        """When the earliest timer that still stands is due; None when there is none."""
        while self._timers and self._timers[0].cancelled:
            heapq.heappop(self._timers)
        return self._timers[0].at_ms if self._timers else None

    def advance(self, milliseconds: int) -> None:
        """Let time pass; each timer runs at its own moment, those it arranges on the way included."""
        end_ms = self._monotonic_ms + milliseconds
        while (due_ms := self.next_timer_ms()) is not None and due_ms <= end_ms:
            timer = heapq.heappop(self._timers)
            self._move_to(max(due_ms, self._monotonic_ms))
            timer.callback()
        self._move_to(end_ms)

    def jump_wall(self, milliseconds: int) -> None:
        """Set the wall clock forward or back, as an administrator might; sessions do not notice."""
        self._wall_ms += milliseconds

    def _move_to(self, monotonic_ms: int) -> None:
        self._wall_ms += monotonic_ms - self._monotonic_ms
        self._monotonic_ms = monotonic_ms
