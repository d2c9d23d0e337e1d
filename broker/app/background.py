"""Slow work with files that nobody waits for, in a few threads of its own.

Each piece is a large call that releases the interpreter's lock, such as a sync. It may be asked for from
any thread, also by another piece. What fails unexpectedly is told.
"""

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING

from broker.logger import Logger

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

THREADS = 4

Work = Callable[[], None]


class Background:
    """Does what it is called with; `close` waits for the rest. Threads start with the first piece."""

    def __init__(self, logger: Logger) -> None:
        self._logger = logger
        self._lock = Lock()
        self._executor: ThreadPoolExecutor | None = None
        self._is_closed = False

    def __call__(self, work: Work) -> None:
        """Do it soon; after `close`, when only other pieces still ask, at once."""
        with self._lock:
            if not self._is_closed:
                self._threads().submit(work).add_done_callback(self._tell)
                return
        work()

    def close(self) -> None:
        """Wait for what is under way, and for what that asks for. Idempotent."""
        with self._lock:
            self._is_closed = True
        if self._executor is not None:
            self._executor.shutdown()

    def _threads(self) -> "ThreadPoolExecutor":
        if self._executor is None:
            from concurrent.futures import ThreadPoolExecutor

            self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="kawa-files")
        return self._executor

    def _tell(self, done: "Future[None]") -> None:
        error = done.exception()
        if error is not None:
            self._logger.error("work on files failed", exc_info=error)
