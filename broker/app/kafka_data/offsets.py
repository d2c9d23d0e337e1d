"""What `__consumer_offsets` says about committed offsets; those of a transaction count when it was committed.

Follows Kafka's OffsetMetadataManager. Members of groups are not taken over: they join again.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from broker.app.kafka_data.internal_log import Batch
from broker.log.corrupt_file import CorruptFile
from broker.protocol.errors import MalformedRequest
from broker.protocol.kafka_records import OffsetCommitValue, read_offset_key, read_offset_value
from broker.protocol.records.control import ControlType, read_end_txn_marker
from broker.protocol.records.record import Record


class Place(NamedTuple):
    group: str
    topic: str
    partition: int


def committed_offsets(batches: Iterable[Batch]) -> dict[Place, OffsetCommitValue]:
    """What holds after all of one partition's batches. Raises: CorruptFile."""
    found: dict[Place, OffsetCommitValue] = {}
    for record in _settled(batches):
        try:
            key = read_offset_key(record.key or b"")
            if key is None:
                continue
            place = Place(key.group, key.topic, key.partition)
            if record.value is None:
                found.pop(place, None)
            else:
                found[place] = read_offset_value(record.value)
        except MalformedRequest as error:
            raise CorruptFile(f"committed offsets: offset {record.offset}: {error}") from None
    return found


def _settled(batches: Iterable[Batch]) -> Iterator[Record]:
    """Records in the order in which they took effect."""
    waiting: dict[int, list[Record]] = {}
    for batch in batches:
        producer_id = batch.header.producer_id
        if batch.header.is_control:
            marker = read_end_txn_marker(batch.data)
            records = waiting.pop(producer_id, [])
            if marker is not None and marker.control_type is ControlType.COMMIT:
                yield from records
        elif batch.header.is_transactional:
            waiting.setdefault(producer_id, []).extend(batch.records())
        else:
            yield from batch.records()
