"""Time, injected: one `Clock` for each broker, so that a test or a simulation can own it."""

import time
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """A callback that has been arranged and can still be called off."""

    def cancel(self) -> None:
        """Call it off; without effect once it has run."""


class Clock(Protocol):
    """What time it is, and a callback at a later time."""

    def wall_ms(self) -> int:
        """Milliseconds since the epoch, for what is stored: record timestamps, retention."""

    def monotonic_ms(self) -> int:
        """Milliseconds that never go back, for sessions, waits and deadlines."""

    def call_at(self, monotonic_ms: int, callback: Callable[[], object]) -> Timer:
        """Run `callback` on the event loop once `monotonic_ms()` has reached the given time."""


class SystemClock:
    """The machine's own clocks, with timers on the event loop."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop

    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic_ms(self) -> int:
        return int(self._loop.time() * 1000)

    def call_at(self, monotonic_ms: int, callback: Callable[[], object]) -> Timer:
        return self._loop.call_at(monotonic_ms / 1000, callback)
