"""Ranges of versions as Kafka writes them: `3+`, `0-12`, `7`, `none`."""

from typing import NamedTuple

NEWEST = 32767
"""The upper end of a range that is open; versions are 16-bit numbers."""


class Versions(NamedTuple):
    """Both ends belong to the range; it is empty when `lowest > highest`."""

    lowest: int
    highest: int

    @classmethod
    def parse(cls, text: str) -> "Versions":
        """Raises: ValueError: `text` is no range."""
        if text == "none":
            return NONE
        low, dash, high = text.partition("-")
        if dash:
            return cls(int(low), int(high))
        if text.endswith("+"):
            return cls(int(text[:-1]), NEWEST)
        return cls(int(text), int(text))

    def includes(self, version: int) -> bool:
        return self.lowest <= version <= self.highest

    def within(self, other: "Versions") -> "Versions":
        """The versions that both have; every empty range is `NONE`."""
        both = Versions(max(self.lowest, other.lowest), min(self.highest, other.highest))
        return both if both.lowest <= both.highest else NONE

    def __str__(self) -> str:
        if self == NONE:
            return "none"
        if self.highest == NEWEST:
            return f"{self.lowest}+"
        return str(self.lowest) if self.lowest == self.highest else f"{self.lowest}-{self.highest}"


NONE = Versions(0, -1)
EVERY = Versions(0, NEWEST)
