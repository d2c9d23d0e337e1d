"""Faults in what is left of the logs when a broker ends: acknowledged batches are gone from their ends."""

from pathlib import Path

from broker.protocol.records.batch import iterate_headers
from tests.compat.faults.fault import Fault

LOST_BATCHES = 5


def lost_in_a_crash() -> Fault:
    """As if nobody had waited for the disk."""
    return Fault("a crash takes the last batches", on_kill=_cut)


def lost_by_a_stop() -> Fault:
    return Fault("a stop takes the last batches", on_stop=_cut)


def _cut(data_directory: Path) -> bool:
    cut = [_cut_file(path) for path in data_directory.rglob("*.log")]
    return any(cut)


def _cut_file(path: Path) -> bool:
    data = memoryview(path.read_bytes())
    positions = [position for position, _ in iterate_headers(data)]
    if len(positions) <= LOST_BATCHES:
        return False
    with path.open("r+b") as file:
        file.truncate(positions[-LOST_BATCHES])
    return True
