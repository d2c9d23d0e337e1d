"""`kawa log repair DIR`: what is whole stays, what is not is given up by name; the broker must not run."""

import argparse

from broker.cli.errors import CommandError
from broker.cli.tables import say, show_table
from broker.log.files import DiskFiles, InUse
from broker.log.inspect import find_partitions, verify_partition
from broker.log.repair import Loss, repair_partition

COLUMNS = ("file", "byte", "bytes", "lost offsets")
LOCK_NAME = ".lock"


def repair(files: DiskFiles, partitions: list[str], arguments: argparse.Namespace) -> int:
    """Exit status 1 where something is left that cannot be mended."""
    root = arguments.directory.rstrip("/") or "/"
    if find_partitions(files, root) == [root]:
        root = root.rpartition("/")[0] or "."
    try:
        lock = files.lock(f"{root}/{LOCK_NAME}")
    except InUse as error:
        raise CommandError(f"stop the broker first: {error}") from None
    try:
        done = [one for partition in partitions for one in repair_partition(files, partition)]
        left = [text for partition in partitions for text in verify_partition(files, partition).problems]
    finally:
        lock.release()
    rows = [[one.path, *loss_cells(loss)] for one in done for loss in one.losses]
    if rows:
        show_table(COLUMNS, rows)
    for one in done:
        if not one.losses:
            say(f"{one.path}: removed; it is made anew when the log is opened")
    if not done:
        say("nothing had to be mended")
    for problem in left:
        say(f"left as it is: {problem}", style="red")
    return 1 if left else 0


def loss_cells(loss: Loss) -> list[str]:
    """A loss in the order of COLUMNS, without the file."""
    offsets = f"{loss.first_offset}-" + ("" if loss.end_offset is None else str(loss.end_offset - 1))
    return [str(loss.position), str(loss.size_bytes), offsets]
