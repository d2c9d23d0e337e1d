"""A log that gives up what retention no longer keeps: its readers, its files, its next start."""

from contextlib import suppress

import pytest

from broker.log.engine import LogRead
from broker.protocol.errors import ErrorCode, KafkaError
from tests.fakes.files import FaultyFiles
from tests.log.harness import HERE, NOW, append, base_offsets, batch, bytes_of, engine
from tests.log.test_partition_log import ONE, bases, filled, opened, refused


def test_old_segments_go_and_the_log_starts_behind_them() -> None:
    made = engine(internal_segment_bytes=2 * ONE, retention_ms=1_000)
    log = filled(4, made)
    made.clock.advance(1_000)
    append(log, batch(timestamps=[NOW + 1_000]))
    seen: list[int] = []
    log.on_advance(lambda: seen.append(log.log_start_offset))
    log.retain()
    assert seen == []
    made.clock.advance(1)
    log.retain()
    assert (bases(log), seen, log.log_end_offset) == ([4], [4], 5)
    assert base_offsets(log, 4) == [4]
    refused(ErrorCode.OFFSET_OUT_OF_RANGE, log, offset=3)


def test_when_all_is_old_the_log_goes_on_empty_where_it_ended() -> None:
    files = FaultyFiles()
    made = engine(files, retention_ms=1_000)
    log = filled(3, made)
    made.clock.advance(1_001)
    log.retain()
    assert (log.log_start_offset, log.log_end_offset, log.size_bytes) == (3, 3, 0)
    assert append(log, batch(timestamps=[NOW + 1_001])).base_offset == 3
    log.retain()
    assert base_offsets(log, 3) == [3]
    made.log.close()
    files.kill()
    again = opened(engine(files, retention_ms=1_000))
    assert (again.log_start_offset, base_offsets(again, 3)) == (3, [3])
    assert not [name for name in files.list(HERE) if name.endswith(".deleted")]


def test_a_reader_keeps_what_retention_takes() -> None:
    made = engine(FaultyFiles(), retention_ms=0)
    log = opened(made)
    append(log, batch(1, value_bytes=100_000))
    found = log.read(offset=0, max_bytes=1 << 20, at_least_one_batch=True)
    assert isinstance(found, LogRead)
    made.clock.advance(1)
    log.retain()
    made.clock.advance(60_000)
    assert len(bytes_of(found)) == found.size_bytes > 100_000
    found.release()


@pytest.mark.parametrize("call", range(1, 25))
def test_retention_goes_on_where_a_failing_disk_has_stopped_it(call: int) -> None:
    files = FaultyFiles()
    made = engine(files, internal_segment_bytes=ONE, retention_ms=0)
    log = filled(4, made)
    made.clock.advance(1)
    files.fail_at(call)
    with suppress(KafkaError):
        log.retain()
    files.heal()
    log.retain()
    assert (log.log_start_offset, log.log_end_offset, bases(log)) == (4, 4, [4])
    append(log, batch(timestamps=[NOW + 1]))
    assert base_offsets(log, 4) == [4]
    logs = [name for name in files.list(HERE) if name.endswith(".log")]
    assert logs == [f"{4:020}.log"]
