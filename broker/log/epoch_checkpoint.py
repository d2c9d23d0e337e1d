"""The file `leader-epoch-checkpoint`: at which offset each leader epoch began (KIP-101, KIP-320).

    0                       version
    <count>
    <epoch> <start offset>  a line for each, both ascending

It is written to a temporary file that is synced and then takes the name. It can be made anew from
the batches, which carry their epochs.

Follows Kafka's LeaderEpochCheckpointFile and LeaderEpochFileCache.
"""

from bisect import bisect_right
from typing import NamedTuple

from broker.log.corrupt_file import CorruptFile
from broker.log.engine import EpochEndOffset

VERSION = 0
UNKNOWN = EpochEndOffset(leader_epoch=-1, end_offset=-1)


class EpochStart(NamedTuple):
    """The first offset that was written under an epoch."""

    epoch: int
    start_offset: int


class LeaderEpochs:
    """The epochs of one partition's log; both columns ascend."""

    def __init__(self) -> None:
        self._starts: list[EpochStart] = []

    @property
    def starts(self) -> tuple[EpochStart, ...]:
        return tuple(self._starts)

    @property
    def latest(self) -> int:
        """The newest epoch; -1 when there is none."""
        return self._starts[-1].epoch if self._starts else -1

    def assign(self, *, epoch: int, start_offset: int) -> bool:
        """An epoch begins, or goes on; whether there is something new to store.

        Entries that contradict it (a later epoch, or one that began at or after this offset) give
        way, as after a log was truncated.
        """
        if self._starts and self._starts[-1].epoch == epoch and self._starts[-1].start_offset <= start_offset:
            return False
        while self._starts and (
            self._starts[-1].epoch > epoch or self._starts[-1].start_offset >= start_offset
        ):
            del self._starts[-1]
        if self._starts and self._starts[-1].epoch == epoch:
            return True
        self._starts.append(EpochStart(epoch, start_offset))
        return True

    def end_offset_for(self, epoch: int, *, log_end_offset: int) -> EpochEndOffset:
        """The greatest known epoch up to `epoch` and where it ends; -1, -1: unknown."""
        if not self._starts or epoch < 0:
            return UNKNOWN
        following = bisect_right(self._starts, epoch, key=_epoch)
        if following == len(self._starts):
            # an epoch that has not begun here is unknown, the newest one ends where the log does
            return EpochEndOffset(epoch, log_end_offset) if epoch == self.latest else UNKNOWN
        end_offset = self._starts[following].start_offset
        found = epoch if following == 0 else self._starts[following - 1].epoch
        return EpochEndOffset(found, end_offset)

    def epoch_for_offset(self, offset: int) -> int:
        """Under which epoch an offset was, or would be, written; -1: unknown."""
        following = bisect_right(self._starts, offset, key=_start_offset)
        return self._starts[following - 1].epoch if following else -1

    def truncate_from_start(self, start_offset: int) -> bool:
        """The log starts at `start_offset`: the epoch there starts with it. Whether anything changed."""
        following = bisect_right(self._starts, start_offset, key=_start_offset)
        if following == 0 or (following == 1 and self._starts[0].start_offset == start_offset):
            return False
        self._starts[:following] = [EpochStart(self._starts[following - 1].epoch, start_offset)]
        return True

    def truncate_from_end(self, end_offset: int) -> bool:
        """The log ends before `end_offset`: epochs that begin there or later are gone."""
        kept = [start for start in self._starts if start.start_offset < end_offset]
        is_changed = len(kept) < len(self._starts)
        self._starts = kept
        return is_changed

    def to_text(self) -> bytes:
        """The contents of the file."""
        lines = [str(VERSION), str(len(self._starts))]
        lines += [f"{epoch} {start_offset}" for epoch, start_offset in self._starts]
        return "".join(f"{line}\n" for line in lines).encode()

    @classmethod
    def from_text(cls, data: bytes) -> "LeaderEpochs":
        """From the contents of the file; an empty one holds no epochs.

        Raises: CorruptFile: it is not what such a file contains.
        """
        epochs = cls()
        for epoch, start_offset in read_checkpoint(data):
            epochs.assign(epoch=epoch, start_offset=start_offset)
        return epochs


def read_checkpoint(data: bytes) -> list[EpochStart]:
    """The entries of the file as they stand, not ordered or checked against each other."""
    try:
        lines = data.decode("ascii").splitlines()
        if not lines:
            return []
        version, count = int(lines[0]), int(lines[1]) if len(lines) > 1 else 0
        pairs = [line.split() for line in lines[2:]]
        starts = [EpochStart(int(epoch), int(start_offset)) for epoch, start_offset in pairs]
    except ValueError as error:
        raise CorruptFile(f"No leader epoch checkpoint: {error}.") from None
    if version != VERSION:
        raise CorruptFile(f"A leader epoch checkpoint of version {version}, only {VERSION} is known.")
    if count != len(starts):
        raise CorruptFile(f"The leader epoch checkpoint claims {count} entries and has {len(starts)}.")
    if any(not (0 <= epoch < 2**31 and 0 <= start_offset < 2**63) for epoch, start_offset in starts):
        raise CorruptFile("The leader epoch checkpoint has an epoch or an offset that cannot be.")
    return starts


def _epoch(start: EpochStart) -> int:
    return start.epoch


def _start_offset(start: EpochStart) -> int:
    return start.start_offset
