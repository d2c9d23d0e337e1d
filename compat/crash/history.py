"""What was sent and acknowledged, and whether what a log holds agrees with it.

A stream is what one producer sends to one partition: values numbered from 0. Of an idempotent producer
the log may hold each number once, in order and without a gap, and must hold whatever was acknowledged,
at the offset that the acknowledgement gave.
"""

import struct
from array import array
from typing import NamedTuple

_VALUE = struct.Struct(">iiq")
_FILL = b"." * 100


class Stream(NamedTuple):
    producer: int
    partition: int


def value_of(stream: Stream, number: int) -> bytes:
    return _VALUE.pack(*stream, number) + _FILL


class History:
    """Of all streams. `acknowledged` may be called from another thread than the checks."""

    def __init__(self, streams: list[Stream]) -> None:
        self.sent = dict.fromkeys(streams, 0)
        self.offsets: dict[Stream, array[int]] = {stream: array("q") for stream in streams}
        self.failures: list[str] = []

    def next_value(self, stream: Stream) -> bytes:
        """The next value to be sent; it counts as sent from here on."""
        number = self.sent[stream]
        self.sent[stream] = number + 1
        return value_of(stream, number)

    def acknowledged(self, stream: Stream, offset: int) -> None:
        """The first of the stream that was not acknowledged before: producers report in order."""
        self.offsets[stream].append(offset)

    def failed(self, what: str) -> None:
        """An idempotent producer without a deadline may not give up."""
        self.failures.append(what)

    @property
    def total_acknowledged(self) -> int:
        return sum(len(offsets) for offsets in self.offsets.values())

    def acknowledged_end(self, partition: int) -> int:
        """What follows the last acknowledged offset of the partition."""
        ends = [
            offsets[-1]
            for stream, offsets in self.offsets.items()
            if stream.partition == partition and offsets
        ]
        return max(ends, default=-1) + 1


class PartitionCheck:
    """Sees a partition's records in order, from offset 0 on; `wrong` tells what must not be."""

    def __init__(self, history: History, partition: int) -> None:
        self._history = history
        self._partition = partition
        self._next = {stream: 0 for stream in history.sent if stream.partition == partition}
        self.next_offset = 0
        self.wrong: list[str] = []

    def see(self, offset: int, value: bytes) -> None:
        place = f"partition {self._partition}, offset {offset}"
        if offset != self.next_offset:
            self.wrong.append(f"{place}: {self.next_offset} was expected")
        self.next_offset = offset + 1
        producer, partition, number = _VALUE.unpack_from(value)
        stream = Stream(producer, partition)
        expected = self._next.get(stream)
        if expected is None or value != value_of(stream, number):
            self.wrong.append(f"{place}: nobody has sent this")
            return
        if number != expected:
            kind = "twice or out of order" if number < expected else "after a gap"
            self.wrong.append(f"{place}: number {number} of {stream} {kind}, {expected} was expected")
        self._next[stream] = number + 1
        offsets = self._history.offsets[stream]
        if number < len(offsets) and offsets[number] != offset:
            self.wrong.append(f"{place}: number {number} of {stream} was acknowledged at {offsets[number]}")

    def end(self) -> None:
        """No more records are there: whatever was acknowledged must have been seen."""
        for stream, seen in self._next.items():
            acknowledged = len(self._history.offsets[stream])
            if seen < acknowledged:
                self.wrong.append(f"{stream}: {acknowledged} were acknowledged, {seen} are there")
