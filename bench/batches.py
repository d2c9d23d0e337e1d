"""The record batches that the benchmarks send: made once, sent many times."""

from broker.protocol.compression import Codec
from broker.protocol.records.record import Record
from broker.protocol.records.writer import write_batch

TIMESTAMP_MS = 1_700_000_000_000


def batch_of(*, records: int, value_bytes: int, codec: Codec = Codec.NONE) -> bytes:
    """`records` records of `value_bytes` each; values compress as text does, not as zeros do."""
    words = b"lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor "
    made = []
    for index in range(records):
        value = (b"%08d " % index + words * (value_bytes // len(words) + 1))[:value_bytes]
        made.append(Record(offset=index, timestamp_ms=TIMESTAMP_MS, key=None, value=value, headers=()))
    return bytes(write_batch(made, codec=codec))
