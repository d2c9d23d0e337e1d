"""The differences that are meant: `known.toml`, each with its reason, and the module that has it.

An entry fits a difference if all that it says does; in patterns `*` stands for anything.

    [[difference]]
    api = "ListOffsets"                 # or several, in a list
    versions = "1-11"                   # default: every
    where = "topics[].partitions[].timestamp"
    asked = "*timeout_ms=0*"            # default: whatever was asked; the step as transcripts show it
    kafka = "-1"                        # default: whatever it says
    kawa = "0"
    module = "broker/handlers/offsets"  # whose line of the README tells of it
    ends = true                         # default: false; nothing that comes after it can be compared
    rare = true                         # default: false; only some seeds meet it, so it has not vanished
    reason = "…"                        # default: the head of that module tells it already
"""

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from broker.protocol.versions import EVERY, Versions
from compat.differential.cases import Step
from compat.differential.compare import Difference
from compat.differential.transcript import asked

FILE = Path(__file__).with_name("known.toml")


class Known(NamedTuple):
    """One entry of the file; patterns as they are written there."""

    api: tuple[str, ...]
    where: tuple[str, ...]
    module: str
    reason: str = ""
    versions: Versions = EVERY
    asked: str = "*"
    ends: bool = False
    rare: bool = False
    kafka: str = "*"
    kawa: str = "*"

    def fits(self, step: Step, difference: Difference) -> bool:
        return (
            (step.api in self.api or "*" in self.api)
            and self.versions.includes(step.version)
            and any(_fits(where, difference.where) for where in self.where)
            and _fits(self.kafka, difference.kafka)
            and _fits(self.kawa, difference.kawa)
            and (self.asked == "*" or _fits(self.asked, asked(step)))
        )

    def __str__(self) -> str:
        return f"{', '.join(self.api)} v{self.versions}: {', '.join(self.where)} ({self.kafka} / {self.kawa})"


class KnownDifferences:
    """All entries, and how often each was met."""

    def __init__(self, entries: Sequence[Known]) -> None:
        self.entries = tuple(entries)
        self.met: Counter[Known] = Counter()

    def accepts(self, step: Step, differences: Sequence[Difference]) -> bool:
        """Whether each of these differences is known; those that are count as met."""
        found = [self.find(step, difference) for difference in differences]
        return None not in found

    def ends(self, step: Step, differences: Sequence[Difference]) -> bool:
        """Whether one of them leaves the brokers in different states, so that all else would differ, too."""
        found = [self.find(step, difference) for difference in differences]
        return any(entry is None or entry.ends for entry in found)

    def find(self, step: Step, difference: Difference) -> Known | None:
        for entry in self.entries:
            if entry.fits(step, difference):
                self.met[entry] += 1
                return entry
        return None

    def vanished(self) -> list[Known]:
        """Entries that nothing fitted: Kawa, Apache Kafka or the cases have changed."""
        return [entry for entry in self.entries if not self.met[entry] and not entry.rare]


def load(path: Path = FILE) -> list[Known]:
    """Raises: ValueError: an entry is none."""
    return [_entry(table) for table in tomllib.loads(path.read_text())["difference"]]


def _entry(table: dict[str, Any]) -> Known:
    try:
        return Known(
            **{
                **table,
                "api": _several(table["api"]),
                "where": _several(table["where"]),
                "versions": Versions.parse(table["versions"]) if "versions" in table else EVERY,
            }
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"{FILE.name}: {table} is no entry: {error}") from None


def reasons(entries: Sequence[Known]) -> dict[str, list[str]]:
    """By module, what the README adds to what the module says itself; each reason once."""
    found: dict[str, list[str]] = {}
    for entry in entries:
        told = found.setdefault(entry.module, [])
        if entry.reason and entry.reason not in told:
            told.append(entry.reason)
    return found


def _several(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _fits(pattern: str, text: str) -> bool:
    return pattern == "*" or _compiled(pattern).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)
