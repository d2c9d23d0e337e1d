"""Files of segments that a log has given up: renamed at once, and gone `file.delete.delay.ms` later.

Readers do not need the delay (see `open_files`), people who come to regret a setting may. To remove a large
file takes the system long enough to be done in the background. What a stop or a kill leaves is removed when
the log is opened. In memory nothing is kept: the bytes are wanted back.

Follows Kafka's LocalLog.deleteSegmentFiles.

Differences from Apache Kafka: the files of a deleted topic go at once, without `file.delete.delay.ms`.
"""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import count

from broker.clock import Clock, Timer
from broker.log.files import Files
from broker.logger import Logger

DELETED = ".deleted"


class Removal:
    """The removals of one data directory."""

    def __init__(
        self,
        files: Files,
        clock: Clock,
        logger: Logger,
        *,
        in_background: Callable[[Callable[[], None]], None],
    ) -> None:
        self._files = files
        self._clock = clock
        self._logger = logger
        self._in_background = in_background
        self._numbers = count()
        self._timers: dict[int, Timer] = {}

    def remove(self, paths: Iterable[str], *, delay_ms: int) -> None:
        """From now on there is no file of these names. Those that are not there are passed over.

        Raises: OSError: some still have their names.
        """
        if self._files.is_memory:
            self._remove(paths)
            return
        aside = [path + DELETED for path in paths if self._set_aside(path)]
        number = next(self._numbers)
        due_ms = self._clock.monotonic_ms() + delay_ms
        self._timers[number] = self._clock.call_at(due_ms, partial(self._end, number, aside))

    def close(self) -> None:
        """What is not due yet stays for the next opening of its log."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _end(self, number: int, paths: Iterable[str]) -> None:
        del self._timers[number]
        self._in_background(partial(self._try_to_remove, paths))

    def _set_aside(self, path: str) -> bool:
        try:
            self._files.rename(path, path + DELETED)
        except FileNotFoundError:  # an index that was never written
            return False
        return True

    def _try_to_remove(self, paths: Iterable[str]) -> None:
        try:
            self._remove(paths)
        except OSError as error:
            self._logger.warning("deleted segment not removed", error=str(error))

    def _remove(self, paths: Iterable[str]) -> None:
        for path in paths:
            self._files.remove(path)
