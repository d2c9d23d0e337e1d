"""Faults in what a crash leaves: acknowledged batches are gone from the end of the logs."""

from pathlib import Path

from broker.protocol.records.batch import iterate_headers
from tests.compat.faults.fault import Fault


def lost_ends(batches: int = 10) -> Fault:
    """Of each log file the last batches are cut off, as if nobody had waited for the disk."""

    def on_kill(data_directory: Path) -> bool:
        cut = [_cut(path, batches) for path in data_directory.rglob("*.log")]
        return any(cut)

    return Fault("a crash takes the last batches", on_kill=on_kill)


def _cut(path: Path, batches: int) -> bool:
    data = memoryview(path.read_bytes())
    positions = [position for position, _ in iterate_headers(data)]
    if len(positions) <= batches:
        return False
    with path.open("r+b") as file:
        file.truncate(positions[-batches])
    return True
