"""Values that stand in a request until it is sent: every broker has its own of them."""

from collections.abc import Callable
from typing import NamedTuple

from broker.protocol.compression import Codec
from broker.protocol.crc32c import crc32c
from broker.protocol.records.batch import CRC_END, CRC_START
from broker.protocol.records.record import Record
from broker.protocol.records.writer import write_batch

FIRST_TIMESTAMP_MS = 2_000_000_000_000
"""In 2033: requests are the same in every run, and nothing that happens to be old is ever cleaned up."""


class Id(NamedTuple):
    """An id that a broker gives out, by the order in which an episode saw it: `producer_id` 1, 2, ...

    Topic ids go by the topic's name: `alpha` is its present id, `alpha#1` the first it had.
    """

    kind: str
    label: str

    def __repr__(self) -> str:
        return f"<{self.kind} {self.label}>"


class Batch(NamedTuple):
    """A record batch, made when it is sent. `spoiled` names what is wrong with it (`SPOILERS`)."""

    size: int = 1
    codec: Codec = Codec.NONE
    age: int = 0
    """Seconds after `FIRST_TIMESTAMP_MS`."""
    producer: str | None = None
    epoch: int = 0
    sequence: int = 0
    transactional: bool = False
    spoiled: str = ""

    def __repr__(self) -> str:
        shown = [f"{name}={value}" for name, value in zip(self._fields, self, strict=True)]
        given = [text for text, value, usual in zip(shown, self, Batch(), strict=True) if value != usual]
        return f"<batch {' '.join(given)}>" if given else "<batch>"

    def to_bytes(self, producer_id: int) -> bytes:
        timestamp = FIRST_TIMESTAMP_MS + 1000 * self.age
        records = [
            Record(index, timestamp + index, b"key", b"value %d" % index) for index in range(self.size)
        ]
        has_producer = self.producer is not None
        batch = write_batch(
            records,
            codec=self.codec,
            producer_id=producer_id if has_producer else -1,
            producer_epoch=self.epoch if has_producer else -1,
            base_sequence=self.sequence if has_producer else -1,
            is_transactional=self.transactional,
        )
        return SPOILERS[self.spoiled](batch)


def _with(position: int, raw: bytes, *, checksum: bool = True) -> Callable[[bytearray], bytes]:
    def spoiled(batch: bytearray) -> bytes:
        batch[position : position + len(raw)] = raw
        if checksum:
            batch[CRC_START:CRC_END] = crc32c(memoryview(batch)[CRC_END:]).to_bytes(4, "big")
        return bytes(batch)

    return spoiled


SPOILERS: dict[str, Callable[[bytearray], bytes]] = {
    "": bytes,
    "empty": lambda batch: b"",
    "cut": lambda batch: bytes(batch[:-1]),
    "short": lambda batch: bytes(batch[:20]),
    "doubled": lambda batch: bytes(batch + batch),
    "trailing": lambda batch: bytes(batch + b"\0"),
    "checksum": _with(CRC_START, b"\0\0\0\0", checksum=False),
    "magic 1": _with(16, b"\1"),
    "magic 3": _with(16, b"\3"),
    "length": _with(8, (20).to_bytes(4, "big")),
    "base offset": _with(0, (5).to_bytes(8, "big")),
    "leader epoch": _with(12, (9).to_bytes(4, "big")),
    "control": _with(22, b"\x20"),
    "log append time": _with(22, b"\x08"),
    "codec 5": _with(22, b"\5"),
    "no gzip": _with(22, b"\1"),
    "delta": _with(23, (7).to_bytes(4, "big")),
    "negative delta": _with(23, b"\xff\xff\xff\xff"),
    "base timestamp": _with(27, b"\xff" * 8),
    "late": _with(35, (2**62).to_bytes(8, "big")),
    "no records": _with(57, bytes(4)),
    "more records": _with(57, (7).to_bytes(4, "big")),
}
"""By name, what is done to the bytes of a good batch; the checksum is right again unless it is the point."""
