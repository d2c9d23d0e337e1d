"""Hold an index against the batches of its segment, one after the other.

`.index`: (offset relative to the segment's base i32, position i32)*, the last offset of a batch and
the byte where the batch starts. `.timeindex`: (timestamp i64, relative offset i32)*, the greatest
timestamp so far and an offset of the batch that has it. Entries ascend in both columns. Zeros at
the end are room that a running broker has made for more.
"""

from collections.abc import Callable
from struct import Struct
from typing import NamedTuple

from broker.protocol.records.batch import BatchHeader

Entry = tuple[int, int]


class IndexKind(NamedTuple):
    """How to read an index, and what an entry (its offset made absolute) says about a batch."""

    entry: Struct
    offset_column: int
    is_reached: Callable[[Entry, int, BatchHeader], bool]
    is_before: Callable[[Entry, int, BatchHeader], bool]
    contradiction: Callable[[Entry, BatchHeader], str | None]


class IndexCheck:
    """One index; `wrong` collects (byte in the index, message)."""

    def __init__(self, kind: IndexKind, path: str, data: bytes, base_offset: int) -> None:
        self.path = path
        self.wrong: list[tuple[int, str]] = []
        self._kind = kind
        self._seen = 0  # entries that have been held against a batch
        self._is_unsure = False  # the batch before was damaged
        self._entries = self._read(data, base_offset)

    def _read(self, data: bytes, base_offset: int) -> list[Entry]:
        """The entries, none if they do not ascend: one such fault would bring hundreds with it."""
        size = self._kind.entry.size
        whole = len(data) - len(data) % size
        if whole != len(data):
            self.wrong.append((whole, f"{len(data) - whole} bytes are no whole entry of {size}"))
        raw = list(self._kind.entry.iter_unpack(data[:whole]))
        while raw and not any(raw[-1]):
            raw.pop()
        entries: list[Entry] = []
        for number, (first, second) in enumerate(raw):
            entry = (
                (first, base_offset + second) if self._kind.offset_column else (base_offset + first, second)
            )
            if entries and not (entries[-1][0] < entry[0] and entries[-1][1] < entry[1]):
                self.wrong.append((number * size, f"the entry {entry} does not follow {entries[-1]}"))
                return []
            entries.append(entry)
        return entries

    def see(self, position: int, header: BatchHeader) -> None:
        """The next batch of the segment, and the byte where it starts."""
        while self._seen < len(self._entries):
            entry = self._entries[self._seen]
            if not self._kind.is_reached(entry, position, header):
                break
            message = None
            if self._kind.is_before(entry, position, header):
                if not self._is_unsure:
                    message = f"the entry {entry} points to no batch"
            else:
                message = self._kind.contradiction(entry, header)
            if message:
                self.wrong.append((self._seen * self._kind.entry.size, message))
            self._seen += 1
        self._is_unsure = False

    def pass_over(self) -> None:
        """The next batch is damaged; entries that point to it cannot be judged."""
        self._is_unsure = True

    def end(self) -> None:
        """The segment has ended: what no batch has reached points beyond it."""
        left = self._entries[self._seen :]
        if left and not self._is_unsure:
            place = self._seen * self._kind.entry.size
            self.wrong.append((place, f"{len(left)} entries, from {left[0]} on, point beyond the segment"))


def _starts_here(entry: Entry, position: int, _header: BatchHeader) -> bool:
    return entry[1] <= position


def _starts_before(entry: Entry, position: int, _header: BatchHeader) -> bool:
    return entry[1] < position


def _contradiction_of_offset(entry: Entry, header: BatchHeader) -> str | None:
    if entry[0] == header.last_offset:
        return None
    return f"the batch at byte {entry[1]} ends with offset {header.last_offset}, not {entry[0]}"


def _ends_here(entry: Entry, _position: int, header: BatchHeader) -> bool:
    return entry[1] <= header.last_offset


def _ends_before(entry: Entry, _position: int, header: BatchHeader) -> bool:
    return entry[1] < header.base_offset


def _contradiction_of_time(entry: Entry, header: BatchHeader) -> str | None:
    if entry[0] == header.max_timestamp:
        return None
    return (
        f"the greatest timestamp in the batch of offset {entry[1]} is {header.max_timestamp}, not {entry[0]}"
    )


OFFSET_INDEX = IndexKind(Struct(">ii"), 0, _starts_here, _starts_before, _contradiction_of_offset)
TIME_INDEX = IndexKind(Struct(">qi"), 1, _ends_here, _ends_before, _contradiction_of_time)
