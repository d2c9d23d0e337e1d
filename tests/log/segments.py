"""Segments made by hand, as a broker would have written them, and a file system that holds them."""

from struct import Struct

from broker.log.epoch_checkpoint import LeaderEpochs
from broker.log.partition_metadata import write_partition_metadata
from broker.log.producer_state import ProducerState
from broker.protocol.compression import Codec
from broker.protocol.records.batch import BatchHeader
from broker.protocol.records.record import Record
from broker.protocol.records.writer import write_batch

NOW = 1_700_000_000_000
OFFSET_ENTRY = Struct(">ii")
TIME_ENTRY = Struct(">qi")
TOPIC_ID = bytes(range(16))


class BytesFiles:
    """`ReadableFiles` over a dictionary of paths."""

    def __init__(self, contents: dict[str, bytes]) -> None:
        self.contents = contents

    def list(self, directory: str) -> list[str]:
        inside = {
            path[len(directory) + 1 :].split("/")[0] for path in self.contents if self._in(path, directory)
        }
        if not inside:
            raise FileNotFoundError(2, "No such file or directory")
        return sorted(inside)

    def is_directory(self, path: str) -> bool:
        return any(self._in(one, path) for one in self.contents)

    def size_bytes(self, path: str) -> int:
        return len(self._bytes(path))

    def read(self, path: str, *, position: int, size_bytes: int) -> bytes:
        return self._bytes(path)[position : position + size_bytes]

    def _bytes(self, path: str) -> bytes:
        if path not in self.contents:
            raise FileNotFoundError(2, "No such file or directory")
        return self.contents[path]

    @staticmethod
    def _in(path: str, directory: str) -> bool:
        return path.startswith(f"{directory}/")


def batches(
    count: int, *, base_offset: int = 0, records: int = 3, codec: Codec = Codec.NONE, leader_epoch: int = 0
) -> list[bytes]:
    """Batches of `records` records each; timestamps ascend by one a record."""
    made = []
    for first in range(base_offset, base_offset + count * records, records):
        sent = [Record(n, NOW + n, b"key %d" % n, b"value %d" % n) for n in range(first, first + records)]
        batch = write_batch(
            sent,
            base_offset=first,
            codec=codec,
            leader_epoch=leader_epoch,
            producer_id=7,
            producer_epoch=0,
            base_sequence=first,
        )
        made.append(bytes(batch))
    return made


def segment(directory: str, stored: list[bytes], *, every: int = 2) -> dict[str, bytes]:
    """A log with both its indexes, an entry for every second batch."""
    base_offset = BatchHeader.parse(stored[0]).base_offset
    log, offset_index, time_index = b"", b"", b""
    for number, batch in enumerate(stored):
        header = BatchHeader.parse(batch)
        if number % every == every - 1:
            offset_index += OFFSET_ENTRY.pack(header.last_offset - base_offset, len(log))
            time_index += TIME_ENTRY.pack(header.max_timestamp, header.last_offset - base_offset)
        log += batch
    name = f"{directory}/{base_offset:020}"
    return {f"{name}.log": log, f"{name}.index": offset_index, f"{name}.timeindex": time_index}


def partition(directory: str = "data/orders-0") -> dict[str, bytes]:
    """Two segments, [0, 30) and [30, 45), and all the files beside them."""
    state = ProducerState()
    first, second = batches(10), batches(5, base_offset=30, codec=Codec.LZ4, leader_epoch=1)
    for batch in first:
        state.update(BatchHeader.parse(batch))
    epochs = LeaderEpochs()
    epochs.assign(epoch=0, start_offset=0)
    epochs.assign(epoch=1, start_offset=30)
    return {
        **segment(directory, first),
        **segment(directory, second),
        f"{directory}/{30:020}.snapshot": state.to_snapshot(),
        f"{directory}/leader-epoch-checkpoint": epochs.to_text(),
        f"{directory}/partition.metadata": write_partition_metadata(TOPIC_ID),
    }
