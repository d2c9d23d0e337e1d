"""What a benchmark found: rows of medians, and each row's ratio to the yardstick of its table."""

from collections.abc import Iterable
from statistics import median
from typing import NamedTuple


class Row(NamedTuple):
    """One server's figure: all runs of one measurement, in `unit`; `bar` says what is aimed at."""

    what: str
    server: str
    unit: str
    values: list[float]
    bar: str = ""

    @property
    def median(self) -> float:
        return median(self.values)


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which `share` of them lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def show(title: str, rows: list[Row]) -> None:
    """A table on the terminal; the same figures as Markdown are a copy away."""
    print(f"\n## {title}\n")
    print("| what | server | median | least | most | unit | bar |")
    print("| --- | --- | ---: | ---: | ---: | --- | --- |")
    for row in rows:
        least, most = min(row.values), max(row.values)
        figures = " | ".join(
            f"{figure:,.3g}" if figure < 100 else f"{figure:,.0f}" for figure in (row.median, least, most)
        )
        print(f"| {row.what} | {row.server} | {figures} | {row.unit} | {row.bar} |", flush=True)
