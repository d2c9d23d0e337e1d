"""The records of an internal topic of Apache Kafka's, in order, without opening it as a log.

A torn tail is where a reader stops, as Kafka's recovery would; any other fault ends in CorruptFile,
since what stands behind it is not known.
"""

from collections.abc import Iterator
from typing import NamedTuple

from broker.log.corrupt_file import CorruptFile
from broker.log.inspect import UNFOLDED_BYTES, Problem, ReadableFiles, segment_paths, walk_batches
from broker.protocol.errors import KafkaError
from broker.protocol.records.batch import BatchHeader
from broker.protocol.records.reader import read_records
from broker.protocol.records.record import Record


class Batch(NamedTuple):
    """A batch's header and the whole of its bytes."""

    header: BatchHeader
    data: memoryview

    def records(self) -> Iterator[Record]:
        """Raises: CorruptFile."""
        try:
            yield from read_records(self.data, max_bytes=UNFOLDED_BYTES)
        except KafkaError as error:
            raise CorruptFile(f"offset {self.header.base_offset}: {error.message}") from None


def batches_of_log(files: ReadableFiles, directory: str, *, start: int = 0) -> Iterator[Batch]:
    """Every batch of the partition with an offset of `start` or more. Raises: CorruptFile, OSError."""
    paths = segment_paths(files, directory)
    for path in paths:
        for batch in batches_of_file(files, path, may_be_torn=path == paths[-1]):
            if batch.header.last_offset >= start:
                yield batch


def batches_of_file(files: ReadableFiles, path: str, *, may_be_torn: bool = False) -> Iterator[Batch]:
    """Raises: CorruptFile, OSError."""
    for found in walk_batches(files, path):
        if isinstance(found, Problem):
            problem = found
        elif not found.crc_is_valid:
            problem = Problem(path, found.position, "the checksum is wrong")
        else:
            yield Batch(found.header, found.data)
            continue
        if may_be_torn:
            return
        raise CorruptFile(str(problem))
