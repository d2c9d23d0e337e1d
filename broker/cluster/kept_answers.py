"""Encoded answers that are worth keeping until the next change: Metadata of a large cluster.

Encoding a thousand topics takes milliseconds, and clients ask every few minutes, all at once.
"""

from collections.abc import Callable, Hashable
from typing import Any

MOST_KEPT = 16


class KeptAnswers:
    """Answers by what they depend on beside the topics; all are dropped when `version` has moved."""

    def __init__(self, version: Callable[[], int]) -> None:
        self._current = version
        self._version = version()
        self._answers: dict[Hashable, list[Any]] = {}

    def get(self, key: Hashable) -> list[Any] | None:
        if self._version != self._current():
            self._version = self._current()
            self._answers.clear()
        return self._answers.get(key)

    def put(self, key: Hashable, buffers: list[Any]) -> None:
        """Keep what was made since `get` has found nothing; the one kept longest makes room."""
        while len(self._answers) >= MOST_KEPT:
            del self._answers[next(iter(self._answers))]
        self._answers[key] = buffers
