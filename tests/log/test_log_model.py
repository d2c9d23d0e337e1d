"""The log against a plain list: whatever is done to it, by users or by accidents, the two agree."""

import errno
import tempfile
from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from broker.log.engine import Appended, Isolation, PartitionLog
from broker.log.files import DiskFiles, Files
from broker.log.memory_files import MemoryFiles
from broker.log.partition_log import LocalPartitionLog
from broker.protocol.compression import Codec
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.records.batch import BatchHeader
from broker.protocol.records.reader import read_records
from tests.fakes.files import FaultyFiles, Loss
from tests.log import harness
from tests.log.harness import DIRECTORY, KEY, NOW, Engine, append, batch, read, read_on

PRODUCER_ID = 7
TIMES = st.integers(NOW - 20, NOW + 20)


class Known(NamedTuple):
    """A batch as it must be stored."""

    base_offset: int
    next_offset: int
    epoch: int
    data: bytes

    @property
    def header(self) -> BatchHeader:
        return BatchHeader.parse(self.data)

    def times(self) -> list[tuple[int, int]]:
        """(offset, timestamp) of each record."""
        return [(record.offset, record.timestamp_ms) for record in read_records(self.data, max_bytes=1 << 20)]


class LogMachine(RuleBasedStateMachine):
    """`history` are all batches that are, or were, in the log; `start` and `end` say which are."""

    files: Files

    def __init__(self, make_files: Callable[[], Files], directory: str) -> None:
        super().__init__()
        self.directory = directory
        self.files = make_files()
        self.boot = 1
        self.history: list[Known] = []
        self.start = self.end = self.epoch = self.sequence = 0
        self.engine = self.opened()

    @initialize(interval=st.sampled_from([0, 100, 4096]), segment_bytes=st.sampled_from([300, 1500, 1 << 20]))
    def configure(self, interval: int, segment_bytes: int) -> None:
        self.engine.overrides.update(
            {"index.interval.bytes": str(interval), "internal.segment.bytes": str(segment_bytes)}
        )
        self.engine.log.reconfigure(KEY.topic)

    def opened(self) -> Engine:
        known = getattr(self, "engine", None)
        opened = harness.engine(self.files, directory=self.directory, boot_id=f"boot {self.boot}")
        opened.overrides.update(known.overrides if known else {})
        return opened

    @property
    def log(self) -> PartitionLog:
        return self.engine.partition

    def remember(self, sent: bytearray, appended: Appended) -> None:
        """`sent` has been patched in place."""
        assert appended.base_offset == self.end
        known = Known(appended.base_offset, appended.last_offset + 1, self.epoch, bytes(sent))
        assert (known.header.base_offset, known.header.partition_leader_epoch) == (self.end, self.epoch)
        self.history.append(known)
        self.end = known.next_offset

    def stored(self) -> list[Known]:
        return [known for known in self.history if known.next_offset > self.start]

    @rule(
        times=st.lists(TIMES, min_size=1, max_size=5),
        value_bytes=st.sampled_from([0, 30, 150]),
        codec=st.sampled_from([Codec.NONE, Codec.NONE, Codec.GZIP]),
    )
    def append(self, times: list[int], value_bytes: int, codec: Codec) -> None:
        sent = batch(len(times), timestamps=times, value_bytes=min(value_bytes, 220 // len(times)))
        if codec is not Codec.NONE:
            sent = batch(len(times), timestamps=times, value_bytes=10, codec=codec)
        if len(sent) <= 300:
            self.remember(sent, append(self.log, sent, leader_epoch=self.epoch))

    @rule(count=st.integers(1, 3))
    def append_as_idempotent_producer(self, count: int) -> None:
        sent = batch(count, value_bytes=5, producer_id=PRODUCER_ID, base_sequence=self.sequence)
        self.remember(sent, append(self.log, sent, leader_epoch=self.epoch))
        self.sequence += count

    @rule()
    def send_the_producers_last_batch_again(self) -> None:
        ours = [known for known in self.stored() if known.header.producer_id == PRODUCER_ID]
        if ours and ours[-1].base_offset >= self.start:
            header = ours[-1].header
            again = batch(
                header.record_count,
                value_bytes=5,
                producer_id=PRODUCER_ID,
                base_sequence=header.base_sequence,
            )
            appended = append(self.log, again, leader_epoch=self.epoch)
            assert (appended.is_duplicate, appended.base_offset) == (True, header.base_offset)

    @rule()
    def a_damaged_batch_is_refused(self) -> None:
        sent = batch()
        sent[-1] ^= 1
        with pytest.raises(KafkaError) as refused:
            append(self.log, sent)
        assert refused.value.code is ErrorCode.CORRUPT_MESSAGE

    @rule()
    def another_leader(self) -> None:
        self.epoch += 1

    @rule(at=st.floats(0, 1), max_bytes=st.integers(0, 1500), at_least_one=st.booleans())
    def read(self, at: float, max_bytes: int, at_least_one: bool) -> None:
        offset = self.start + int(at * (self.end - self.start))
        expected = b""
        for known in self.stored():
            if known.next_offset <= offset:
                continue
            fits = len(expected) + len(known.data) <= max_bytes
            if not fits and not (at_least_one and not expected):
                break
            expected += known.data
        assert read_on(self.log, offset, max_bytes, at_least_one=at_least_one) == expected

    @rule(beyond=st.booleans())
    def reading_outside_of_the_log_is_refused(self, beyond: bool) -> None:
        with pytest.raises(KafkaError) as refused:
            read(self.log, self.end + 1 if beyond else self.start - 1)
        assert refused.value.code is ErrorCode.OFFSET_OUT_OF_RANGE

    @rule(time=TIMES, isolation=st.sampled_from(Isolation))
    def look_up_a_timestamp(self, time: int, isolation: Isolation) -> None:
        times = [pair for known in self.stored() for pair in known.times() if pair[0] >= self.start]
        expected = next((pair for pair in times if pair[1] >= time), None)
        found = self.log.offset_for_timestamp(time, isolation=isolation)
        assert (None if found is None else (found.offset, found.timestamp_ms)) == expected  # type: ignore[union-attr]

    @rule()
    def look_up_the_greatest_timestamp(self) -> None:
        times = [pair for known in self.stored() for pair in known.times() if pair[0] >= self.start]
        expected = max(times, key=lambda pair: (pair[1], -pair[0]), default=None)
        found = self.log.offset_of_max_timestamp()
        assert (None if found is None else (found.offset, found.timestamp_ms)) == expected  # type: ignore[union-attr]

    @rule(at=st.floats(0, 1))
    def look_up_an_epoch(self, at: float) -> None:
        offset = self.start + int(at * (self.end - self.start))
        for known in self.stored():
            if known.base_offset <= offset < known.next_offset:
                assert self.log.epoch_for_offset(offset) == known.epoch
                assert self.log.end_offset_for_epoch(known.epoch).leader_epoch == known.epoch

    @rule(at=st.floats(0, 1))
    def delete_records(self, at: float) -> None:
        before = self.start + int(at * (self.end - self.start) * 0.7)
        self.start = self.log.delete_records(before_offset=before)
        assert self.start == before
        self.engine.clock.advance(0)  # the event loop's iteration ends

    @rule()
    def checkpoint(self) -> None:
        assert isinstance(self.log, LocalPartitionLog)
        self.log.checkpoint()

    @rule()
    def stop_and_start(self) -> None:
        self.engine.log.close()
        self.engine = self.opened()

    @rule()
    def kill_and_start(self) -> None:
        if isinstance(self.files, FaultyFiles):
            self.files.kill()
        self.engine = self.opened()

    @precondition(lambda self: isinstance(self.files, FaultyFiles))
    @rule(calls=st.integers(1, 6))
    def append_to_a_full_disk(self, calls: int) -> None:
        assert isinstance(self.files, FaultyFiles)
        sent = batch(2, value_bytes=30)
        self.files.fail_at(calls, number=errno.ENOSPC, times=1000)
        refused: KafkaError | None = None
        try:
            appended = append(self.log, sent, leader_epoch=self.epoch)
        except KafkaError as error:
            refused = error
        else:
            self.remember(sent, appended)
        assert refused is None or refused.code is ErrorCode.KAFKA_STORAGE_ERROR
        self.files.heal()

    @precondition(lambda self: isinstance(self.files, FaultyFiles))
    @rule(loss=st.sampled_from(Loss), seed=st.integers(0, 1 << 16))
    def cut_the_power(self, loss: Loss, seed: int) -> None:
        assert isinstance(self.files, FaultyFiles)
        synced = self.engine.log._directory.points.of(KEY)
        self.files.random.seed(seed)
        self.files.restart(loss)
        self.boot += 1
        self.engine = self.opened()
        start, self.start, self.end = self.start, self.log.log_start_offset, self.log.log_end_offset
        assert synced <= self.end
        assert self.start <= start
        self.history = [known for known in self.history if known.next_offset <= self.end]
        if self.history and self.start < self.end:
            assert self.history[-1].next_offset == self.end
        ours = [known for known in self.history if known.header.producer_id == PRODUCER_ID]
        known_sequences = [producer.last_sequence + 1 for producer in self.log.active_producers()]
        self.sequence = known_sequences[0] if known_sequences else 0
        if ours and ours[-1].base_offset >= self.start:  # otherwise it may be forgotten with its segment
            assert self.sequence == ours[-1].header.last_sequence + 1

    @invariant()
    def offsets_agree_and_are_in_order(self) -> None:
        log = self.log
        assert (log.log_start_offset, log.log_end_offset) == (self.start, self.end)
        assert log.log_start_offset <= log.last_stable_offset <= log.high_watermark <= log.log_end_offset

    def teardown(self) -> None:
        stored = self.stored()
        if self.start < self.end:
            assert read_on(self.log, self.start) == b"".join(known.data for known in stored)
        if isinstance(self.files, FaultyFiles):
            self.engine.log.close()
            assert self.files.open_count == 0


def run(
    make_files: Callable[[], Files], examples: int, directory: Callable[[], str] = lambda: DIRECTORY
) -> None:
    run_state_machine_as_test(
        lambda: LogMachine(make_files, directory()),  # type: ignore[arg-type]
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_log_agrees_with_a_list_through_kills_full_disks_and_power_cuts() -> None:
    run(FaultyFiles, 60)


def test_the_log_in_memory_agrees_with_a_list() -> None:
    run(MemoryFiles, 25)


def test_the_log_on_disk_agrees_with_a_list() -> None:
    with tempfile.TemporaryDirectory() as folder:
        run(DiskFiles, 15, lambda: tempfile.mkdtemp(dir=folder))
