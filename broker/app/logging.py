"""The events of a running broker on stderr: lines for people on a terminal, JSON otherwise.

structlog takes 20 ms to import (with rich in sight 90 ms), so events wait in a list until the
broker answers and has a quiet moment; `load` then writes them, in order, with their own times.
"""

import sys
from collections.abc import Callable
from time import gmtime, localtime, strftime
from typing import Any, NamedTuple, TextIO

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
MOST_WAITING = 200


class _Event(NamedTuple):
    level: str
    event: str
    fields: dict[str, object]


class EventLog:
    """A `Logger` that writes to a stream. `wall_ms` gives each event its time."""

    def __init__(self, *, level: str, stream: TextIO, wall_ms: Callable[[], int]) -> None:
        self._least = LEVELS[level]
        self._stream = stream
        self._wall_ms = wall_ms
        self._human = stream.isatty()
        self._waiting: list[_Event] = []
        self._is_due = False
        self._loaded: Any = None

    def debug(self, event: str, **fields: object) -> None:
        self._tell("debug", event, fields)

    def info(self, event: str, **fields: object) -> None:
        self._tell("info", event, fields)

    def warning(self, event: str, **fields: object) -> None:
        self._tell("warning", event, fields)

    def error(self, event: str, **fields: object) -> None:
        self._tell("error", event, fields)

    def _tell(self, level: str, event: str, fields: dict[str, object]) -> None:
        if LEVELS[level] < self._least:
            return
        told = _Event(level, event, {"timestamp": self._time(), **fields})
        if self._loaded is not None:
            self._write(told)
            return
        self._waiting.append(told)
        if self._is_due or len(self._waiting) > MOST_WAITING:
            self.load()

    def _time(self) -> str:
        """Local time for people, UTC for machines."""
        now_ms = self._wall_ms()
        if self._human:
            return strftime("%H:%M:%S", localtime(now_ms // 1000)) + f".{now_ms % 1000:03d}"
        return strftime("%Y-%m-%dT%H:%M:%S", gmtime(now_ms // 1000)) + f".{now_ms % 1000:03d}Z"

    def _write(self, told: _Event) -> None:
        try:
            getattr(self._loaded, told.level)(told.event, **told.fields)
        except OSError:
            # Whoever read our stderr has gone; that must not stop a broker.
            pass

    def load(self) -> None:
        """Write what waits, and from now on at once. Idempotent."""
        self._is_due = True
        if self._loaded is None:
            try:
                self._loaded = _structlog_logger(self._stream, human=self._human)
            except (OSError, ImportError):  # without a free descriptor no module can be read: the next
                del self._waiting[:-MOST_WAITING]  # event tries again, and who tells of it goes on
                return
        waiting, self._waiting = self._waiting, []
        for told in waiting:
            self._write(told)

    def flush(self) -> None:
        """Write what waits, if anything does."""
        if self._waiting:
            self.load()


def _structlog_logger(stream: TextIO, *, human: bool) -> Any:
    """A logger of its own: structlog's global configuration belongs to the embedding program."""
    structlog = _import_structlog()
    processors = structlog.processors
    rendering: list[Any] = (
        # Where rich is loaded its tracebacks would show local variables, and so what clients sent.
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if human
        else [processors.format_exc_info, processors.JSONRenderer(default=str)]
    )
    return structlog.wrap_logger(
        structlog.WriteLogger(stream),
        processors=[processors.add_log_level, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(0),
        context_class=dict,
        cache_logger_on_first_use=True,
    )


def _import_structlog() -> Any:
    """structlog imports rich where it is installed, for tracebacks that are not shown here."""
    hidden: dict[str, Any] = {} if "rich" in sys.modules else {"rich": None}
    sys.modules.update(hidden)
    try:
        import structlog
    finally:
        for name in hidden:
            del sys.modules[name]
    return structlog
