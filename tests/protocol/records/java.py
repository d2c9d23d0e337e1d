"""Batches that Kafka 4.3.1's own Java builder (MemoryRecords) has written, kept as hexadecimal text.

One line for each codec holds `RECORDS`, built with the codec's default level, and one line the
marker of a committed transaction: offset 77, time 1700000000000, leader epoch 3, producer 5 with
epoch 6, coordinator epoch 9.
"""

from pathlib import Path

from broker.protocol.compression import Codec
from broker.protocol.records.record import Record

RECORDS = [
    Record(0, 1_700_000_000_000, b"key", b"a" * 32, (("näme", b"x"), ("null", None))),
    Record(1, 1_700_000_000_500, None, b"b" * 32),
    Record(2, 1_699_999_999_999, b"", None),
]


def java_batches() -> dict[str, bytes]:
    lines = (Path(__file__).parents[2] / "data/kafka-4.3.1/batches.txt").read_text().splitlines()
    return {name: bytes.fromhex(text) for name, text in map(str.split, lines)}


def java_batch(codec: Codec) -> bytes:
    return java_batches()[codec.name.lower()]
