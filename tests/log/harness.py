"""A `LocalLog` over any files, with a clock and a logger that tests own."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from broker.log.engine import Appended, FileRange, LogRead, PartitionKey, PartitionLog
from broker.log.files import Files
from broker.log.local_log import LocalLog
from broker.log.memory_files import MemoryFiles
from broker.protocol.compression import Codec
from broker.protocol.records.batch import BatchHeader, iterate_headers
from broker.protocol.records.reader import read_records
from broker.protocol.records.record import Record
from broker.protocol.records.writer import write_batch
from broker.settings.broker import BrokerSettings
from broker.settings.topic import TopicConfig
from tests.fakes.clock import VirtualClock
from tests.fakes.logger import RecordingLogger

TOPIC_ID = bytes(range(16))
OTHER_ID = bytes(range(16, 32))
KEY = PartitionKey("orders", TOPIC_ID, 0)
DIRECTORY = "data"
HERE = f"{DIRECTORY}/orders-0"
NOW = 1_700_000_000_000


class Engine(NamedTuple):
    """An opened log engine and what belongs to it."""

    log: LocalLog
    files: Files
    clock: VirtualClock
    logger: RecordingLogger
    overrides: dict[str, str]

    @property
    def partition(self) -> PartitionLog:
        return self.log.partition(KEY)


def engine(
    files: Files | None = None,
    *,
    directory: str = DIRECTORY,
    boot_id: str = "boot 1",
    clock: VirtualClock | None = None,
    settings: dict[str, str] | None = None,
    in_background: Callable[[Callable[[], None]], None] | None = None,
    **config: str | int,
) -> Engine:
    """`config` holds topic settings with `_` for `.`; None: what is slow is done at once."""
    broker = BrokerSettings.from_values(settings or {})
    overrides = {name.replace("_", "."): str(value) for name, value in config.items()}
    files = MemoryFiles() if files is None else files
    clock = clock or VirtualClock(wall_ms=NOW)
    logger = RecordingLogger()
    log = LocalLog(
        directory,
        files,
        clock,
        broker,
        lambda topic: TopicConfig.effective(overrides, broker),
        boot_id=boot_id,
        sync_in_background=in_background,
        logger=logger,
    )
    return Engine(log, files, clock, logger, overrides)


def batch(
    count: int = 1,
    *,
    value_bytes: int = 20,
    timestamps: Sequence[int] | None = None,
    codec: Codec = Codec.NONE,
    producer_id: int = -1,
    producer_epoch: int = 0,
    base_sequence: int = 0,
) -> bytearray:
    """As a producer would send it."""
    times = timestamps or [NOW] * count
    records = [
        Record(index, time, b"key %d" % index, b"v" * value_bytes, ()) for index, time in enumerate(times)
    ]
    has_producer = producer_id >= 0
    return write_batch(
        records,
        codec=codec,
        producer_id=producer_id,
        producer_epoch=producer_epoch if has_producer else -1,
        base_sequence=base_sequence if has_producer else -1,
    )


def append(log: PartitionLog, data: bytearray | None = None, *, leader_epoch: int = 0) -> Appended:
    appended = log.append(memoryview(batch() if data is None else data), leader_epoch=leader_epoch)
    assert isinstance(appended, Appended)
    return appended


def read(log: PartitionLog, offset: int, max_bytes: int = 1 << 30, *, at_least_one: bool = True) -> bytes:
    """The bytes of one read."""
    found = log.read(offset=offset, max_bytes=max_bytes, at_least_one_batch=at_least_one)
    assert isinstance(found, LogRead)
    data = bytes_of(found)
    found.release()
    return data


def read_on(log: PartitionLog, offset: int, max_bytes: int = 1 << 30, *, at_least_one: bool = True) -> bytes:
    """The same, by somebody who reads on: one read joins only so many segments."""
    data = b""
    while piece := read(log, offset, max(max_bytes - len(data), 0), at_least_one=at_least_one and not data):
        data += piece
        offset = headers(piece)[-1].next_offset
    return data


def bytes_of(found: LogRead) -> bytes:
    data = b"".join(
        chunk.file.read(position=chunk.position, size_bytes=chunk.nbytes)
        if isinstance(chunk, FileRange)
        else bytes(chunk)
        for chunk in found.chunks
    )
    assert len(data) == found.size_bytes
    return data


def headers(data: bytes) -> list[BatchHeader]:
    """Of whole batches only: nothing may be left over."""
    found = list(iterate_headers(memoryview(data)))
    assert sum(header.size_bytes for _, header in found) == len(data)
    return [header for _, header in found]


def base_offsets(log: PartitionLog, offset: int | None = None, max_bytes: int = 1 << 30) -> list[int]:
    """The base offsets of what one read gives."""
    start = log.log_start_offset if offset is None else offset
    return [header.base_offset for header in headers(read(log, start, max_bytes))]


def values(data: bytes) -> list[bytes | None]:
    """The values of all records in whole batches."""
    found = []
    for position, header in iterate_headers(memoryview(data)):
        whole = data[position : position + header.size_bytes]
        found += [record.value for record in read_records(whole, max_bytes=1 << 20)]
    return found
