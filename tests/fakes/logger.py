"""A logger that remembers."""

from typing import Any


class RecordingLogger:
    """`events` holds (level, event, fields) in order."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str, dict[str, Any]]] = []

    def debug(self, event: str, **fields: object) -> None:
        self.events.append(("debug", event, fields))

    def info(self, event: str, **fields: object) -> None:
        self.events.append(("info", event, fields))

    def warning(self, event: str, **fields: object) -> None:
        self.events.append(("warning", event, fields))

    def error(self, event: str, **fields: object) -> None:
        self.events.append(("error", event, fields))

    def told(self, level: str) -> list[str]:
        """The events of one level."""
        return [event for at, event, _ in self.events if at == level]
