"""Who is told what happens: one `Logger` for each broker, so that embedding programs and tests can own it.

Importing structlog costs more than all the rest of a start, so no room does it; `broker.app.logging` does.
"""

from typing import Protocol


class Logger(Protocol):
    """One event a line: a short constant text, and what belongs to it as fields. Never payloads."""

    def debug(self, event: str, **fields: object) -> None:
        """What only a developer of Kawa wants to know."""

    def info(self, event: str, **fields: object) -> None:
        """What a user may want to read afterwards: a client came, a topic was made."""

    def warning(self, event: str, **fields: object) -> None:
        """What works, but should be looked at."""

    def error(self, event: str, **fields: object) -> None:
        """What does not work."""


class SilentLogger:
    """Tells nobody."""

    def debug(self, event: str, **fields: object) -> None:
        pass

    def info(self, event: str, **fields: object) -> None:
        pass

    def warning(self, event: str, **fields: object) -> None:
        pass

    def error(self, event: str, **fields: object) -> None:
        pass
