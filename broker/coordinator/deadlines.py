"""When something has to happen, by name: what a state machine has instead of timers.

Moving a deadline costs one assignment, since members do so with every heartbeat: `next_ms` may be
too early then, never too late, and looking at what is due puts it right.
"""

from collections.abc import Hashable
from typing import Generic, TypeVar

Name = TypeVar("Name", bound=Hashable)


class Deadlines(Generic[Name]):
    """Times are milliseconds of the monotonic clock."""

    def __init__(self) -> None:
        self._at_ms: dict[Name, int] = {}
        self.next_ms: int | None = None
        """When to look the next time; None: nothing will be due."""

    def set(self, name: Name, at_ms: int) -> None:
        """Once for each name: a later call moves it."""
        self._at_ms[name] = at_ms
        if self.next_ms is None or at_ms < self.next_ms:
            self.next_ms = at_ms

    def __contains__(self, name: Name) -> bool:
        return name in self._at_ms

    def cancel(self, name: Name) -> None:
        """Without effect where there is none."""
        self._at_ms.pop(name, None)

    def take_due(self, now_ms: int) -> list[Name]:
        """Those that are due, the earliest first; they are not there any more."""
        due = [name for name, at_ms in self._at_ms.items() if at_ms <= now_ms]
        due.sort(key=self._at_ms.__getitem__)
        for name in due:
            del self._at_ms[name]
        self.next_ms = min(self._at_ms.values(), default=None)
        return due
