"""Faults in what is fetched: each batch is taken apart, changed, and put together with a right checksum."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from broker.protocol.compression import Codec
from broker.protocol.records.batch import CRC_START, BatchHeader, iterate_headers
from broker.protocol.records.reader import read_records
from broker.protocol.records.record import Record
from broker.protocol.records.writer import write_batch
from tests.compat.faults.exchange import Api, Exchange
from tests.compat.faults.fault import Fate, Fault

MOST_BYTES = 64 << 20


class Batch(NamedTuple):
    """A batch with its records, which may be others than its header says."""

    header: BatchHeader
    records: Sequence[Record]

    def encoded(self) -> bytes:
        header = self.header
        batch = write_batch(
            self.records,
            base_offset=header.base_offset,
            last_offset=header.last_offset,
            codec=header.codec,
            timestamp_type=header.timestamp_type,
            log_append_time_ms=header.max_timestamp,
            producer_id=header.producer_id,
            producer_epoch=header.producer_epoch,
            base_sequence=header.base_sequence,
            is_transactional=header.is_transactional,
            is_control=header.is_control,
            delete_horizon_ms=header.delete_horizon_ms,
            leader_epoch=header.partition_leader_epoch,
        )
        return bytes(batch)

    def with_header(self, **values: int) -> "Batch":
        return self._replace(header=self.header._replace(**values))


Change = Callable[[Batch], Sequence[Batch]]
"""What stands in the place of a batch; just the batch itself if there is nothing to do."""


def read_batches(data: memoryview) -> list[Batch]:
    """An incomplete batch at the end is left out, as clients leave it out."""
    return [
        Batch(header, list(read_records(data[position:], max_bytes=MOST_BYTES)))
        for position, header in iterate_headers(data)
    ]


def changed_records(data: memoryview, change: Change) -> bytes | None:
    """None: there was nothing to do."""
    batches = read_batches(data)
    others = [other for batch in batches for other in change(batch)]
    return None if others == batches else b"".join(batch.encoded() for batch in others)


def fetched(name: str, change: Callable[[memoryview], bytes | None]) -> Fault:
    """Whatever anybody fetches is changed; by None it is left as it is."""

    def on_answer(exchange: Exchange, answer: Any) -> Fate:
        fate = Fate.AS_IT_WAS
        for topic in answer.responses:
            for partition in topic.partitions:
                other = change(partition.records) if partition.records else None
                if other is not None:
                    partition.records, fate = other, Fate.CHANGED
        return fate

    return Fault(name, frozenset({Api.FETCH}), on_answer=on_answer)


def each_batch(name: str, change: Change) -> Fault:
    return fetched(name, lambda data: changed_records(data, change))


def each_record(name: str, change: Callable[[Record], Record]) -> Fault:
    return each_batch(
        name, lambda batch: [batch._replace(records=[change(record) for record in batch.records])]
    )


def dropped_record() -> Fault:
    """The batch keeps its range of offsets, as one does from which compaction has taken a record."""

    def without_one(batch: Batch) -> Sequence[Batch]:
        middle = len(batch.records) // 2
        kept = [record for index, record in enumerate(batch.records) if index != middle]
        return [batch._replace(records=kept)] if kept else [batch]

    return each_batch("a record of each batch is dropped", without_one)


def swapped_records() -> Fault:
    """Only what they say changes places: the offsets stay in order."""

    def swapped(batch: Batch) -> Sequence[Batch]:
        if len(batch.records) < 2:
            return [batch]
        first, second, *others = batch.records
        pair = [second._replace(offset=first.offset), first._replace(offset=second.offset)]
        return [batch._replace(records=[*pair, *others])]

    return each_batch("two records of each batch change places", swapped)


def altered_values() -> Fault:
    return each_record(
        "a bit of each value is turned",
        lambda record: record._replace(value=_turned(record.value)),
    )


def altered_keys() -> Fault:
    return each_record(
        "a bit of each key is turned",
        lambda record: record._replace(key=_turned(record.key)),
    )


def _turned(data: bytes | None) -> bytes | None:
    return data[:-1] + bytes([data[-1] ^ 1]) if data else data


def shortened_values() -> Fault:
    return each_record(
        "no value is longer than 64 KiB",
        lambda record: record._replace(value=record.value and record.value[: 64 << 10]),
    )


def nulls_as_empty() -> Fault:
    return each_record(
        "null keys and values are empty ones",
        lambda record: record._replace(key=record.key or b"", value=record.value or b""),
    )


def reversed_headers() -> Fault:
    return each_record(
        "headers come in the wrong order",
        lambda record: record._replace(headers=record.headers[::-1]),
    )


def null_headers_as_empty() -> Fault:
    return each_record(
        "null headers are empty ones",
        lambda record: record._replace(headers=tuple((name, value or b"") for name, value in record.headers)),
    )


def empty_headers_as_null() -> Fault:
    return each_record(
        "empty headers are null",
        lambda record: record._replace(
            headers=tuple((name, value or None) for name, value in record.headers)
        ),
    )


def later_timestamps() -> Fault:
    return each_record(
        "timestamps are a millisecond later",
        lambda record: record._replace(timestamp_ms=record.timestamp_ms + 1),
    )


def uncompressed_batches() -> Fault:
    return each_batch(
        "batches lose their compression",
        lambda batch: [batch.with_header(attributes=batch.header.attributes & ~7 | Codec.NONE)],
    )


def split_batches(records: int = 1_000) -> Fault:
    """By a broker that builds batches of its own instead of storing those of the producer."""

    def split(batch: Batch) -> Sequence[Batch]:
        return [_part(batch, start, records) for start in range(0, len(batch.records), records)]

    return each_batch(f"batches are split after {records} records", split)


def _part(batch: Batch, start: int, count: int) -> Batch:
    if len(batch.records) <= count:
        return batch
    records = batch.records[start : start + count]
    base_offset, last_offset = records[0].offset, records[-1].offset
    part = batch.with_header(base_offset=base_offset, last_offset_delta=last_offset - base_offset)
    return part._replace(records=records)


def mixed_up_batches() -> Fault:
    """The first records of two batches in an answer change places, their offsets do not."""

    def change(data: memoryview) -> bytes | None:
        batches = read_batches(data)
        if len(batches) < 2:
            return None
        first, second, *others = batches
        pair = [_beginning_as(first, second), _beginning_as(second, first)]
        return b"".join(batch.encoded() for batch in [*pair, *others])

    return fetched("records of two batches change places", change)


def _beginning_as(batch: Batch, other: Batch) -> Batch:
    first = other.records[0]._replace(offset=batch.records[0].offset)
    return batch._replace(records=[first, *batch.records[1:]])


def shifted_offsets() -> Fault:
    def shifted(batch: Batch) -> Sequence[Batch]:
        records = [record._replace(offset=record.offset + 1) for record in batch.records]
        return [Batch(batch.header._replace(base_offset=batch.header.base_offset + 1), records)]

    return each_batch("each record is one offset further on", shifted)


def no_producer_ids() -> Fault:
    return each_batch(
        "batches have lost their producer's id",
        lambda batch: [batch.with_header(producer_id=-1, producer_epoch=-1, base_sequence=-1)],
    )


def sequences_from_zero() -> Fault:
    return each_batch(
        "sequences start over in each batch",
        lambda batch: [batch.with_header(base_sequence=min(0, batch.header.base_sequence))],
    )


def wrong_checksums() -> Fault:
    def damaged(data: memoryview) -> bytes:
        batch = bytearray(data)
        batch[CRC_START] ^= 1
        return bytes(batch)

    return fetched("checksums are wrong", damaged)
