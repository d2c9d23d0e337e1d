"""Damaged files: opening and using them ends well, or with KAFKA_STORAGE_ERROR; never otherwise.

Each test damages what a log wrote, proves it broken, repairs it by opening it anew, and appends again.
"""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.log.corrupt_file import CorruptFile
from broker.log.engine import Appended, PartitionLog
from broker.log.inspect import verify_partition
from broker.protocol.compression import Codec
from broker.protocol.errors import ErrorCode, KafkaError
from tests.fakes.files import FaultyFiles
from tests.log.harness import HERE, KEY, NOW, Engine, append, base_offsets, batch, engine, headers, read
from tests.log.segments import BytesFiles

BATCHES = 20


def small(files: FaultyFiles, boot_id: str = "boot 1") -> Engine:
    """An engine whose segments and index intervals hold few batches."""
    return engine(files, boot_id=boot_id, internal_segment_bytes=700, index_interval_bytes=150)


def written() -> FaultyFiles:
    """Four segments and a bit, by a broker that was killed: two records a batch, timestamps rising."""
    files = FaultyFiles()
    log = small(files).partition
    for number in range(BATCHES):
        data = batch(
            2,
            timestamps=[NOW + number, NOW + number],
            codec=list(Codec)[number % 3],
            producer_id=7,
            base_sequence=2 * number,
        )
        append(log, data, leader_epoch=number // 8)
    files.kill()
    return files


def reopened(files: FaultyFiles, *, boot_id: str = "boot 1") -> Engine:
    files.kill()
    return small(files, boot_id)


def problems(files: FaultyFiles) -> list[str]:
    report = verify_partition(BytesFiles(files.snapshot()), HERE, records=True)
    return [str(problem) for problem in report.problems]


def log_paths(files: FaultyFiles, suffix: str = ".log") -> list[str]:
    return sorted(path for path in files.snapshot() if path.startswith(HERE) and path.endswith(suffix))


def flip(files: FaultyFiles, path: str, position: int) -> None:
    data = bytearray(files.snapshot()[path])
    data[position] ^= 0xFF
    files.damage(path, bytes(data))


def appends_again(opened: Engine) -> None:
    """And finds all again when it is opened once more."""
    log = opened.partition
    before = base_offsets(log)
    for _ in range(6):
        append(log, leader_epoch=3)
    after = base_offsets(log)
    assert after[: len(before)] == before
    assert len(after) == len(before) + 6
    opened.log.close()
    assert isinstance(opened.files, FaultyFiles)
    assert problems(opened.files) == []
    assert base_offsets(reopened(opened.files).partition) == after


def test_a_torn_tail_is_cut() -> None:
    files = written()
    path = log_paths(files)[-1]
    files.damage(path, files.snapshot()[path][:-1])
    assert problems(files)
    opened = reopened(files)
    assert opened.partition.log_end_offset == 2 * BATCHES - 2
    assert "log recovered" in opened.logger.told("warning")
    appends_again(opened)


@pytest.mark.parametrize("junk", [b"\0" * 300, b"x" * 7, bytes(range(256)) * 2])
def test_what_stands_behind_the_last_batch_is_cut(junk: bytes) -> None:
    files = written()
    path = log_paths(files)[-1]
    files.damage(path, files.snapshot()[path] + junk)
    opened = reopened(files)
    assert opened.partition.log_end_offset == 2 * BATCHES
    appends_again(opened)


def test_a_wrong_byte_behind_the_recovery_point_ends_the_log_there() -> None:
    files = written()
    paths = log_paths(files)
    files.remove(f"{HERE}/../recovery-point-offset-checkpoint")
    for path in log_paths(files, ".snapshot"):
        files.remove(path)
    flip(files, paths[1], 100)
    assert problems(files)
    opened = reopened(files)
    assert opened.partition.log_end_offset == int(paths[1].rpartition("/")[2][:20])
    appends_again(opened)


def test_a_wrong_byte_before_the_recovery_point_stops_nobody_behind_it() -> None:
    files = written()
    flip(files, log_paths(files)[0], 16)  # the first batch's magic
    log = reopened(files).partition
    assert log.log_end_offset == 2 * BATCHES
    last_segment = int(log_paths(files)[-1].rpartition("/")[2][:20])
    assert base_offsets(log, last_segment)[-1] == 2 * BATCHES - 2
    with pytest.raises(KafkaError) as caught:
        read(log, 4, 200)
    assert caught.value.code is ErrorCode.KAFKA_STORAGE_ERROR
    append(log)
    assert base_offsets(log, last_segment)[-1] == 2 * BATCHES


@pytest.mark.parametrize("suffix", [".index", ".timeindex", ".snapshot", "leader-epoch-checkpoint"])
@pytest.mark.parametrize("how", ["gone", "empty", "cut", "zeros", "junk", "flipped"])
def test_what_can_be_made_anew_is_made_anew(suffix: str, how: str) -> None:
    ways: dict[str, Callable[[bytes], bytes]] = {
        "empty": lambda data: b"",
        "cut": lambda data: data[: len(data) // 2 + 1],
        "zeros": lambda data: bytes(len(data)),
        "junk": lambda data: b"\xff" * len(data),
        "flipped": lambda data: data[:-3] + bytes(byte ^ 0x55 for byte in data[-3:]),
    }
    files = written()
    contents = files.snapshot()
    for path in log_paths(files, suffix):
        if how == "gone":
            files.remove(path)
        else:
            files.damage(path, ways[how](contents[path]))
    opened = reopened(files)
    log = opened.partition
    assert base_offsets(log) == list(range(0, 2 * BATCHES, 2))
    for number in range(BATCHES):
        found = log.offset_for_timestamp(NOW + number)
        assert found == (NOW + number, 2 * number, number // 8)
        assert headers(read(log, 2 * number + 1, 1))[0].base_offset == 2 * number
        assert log.epoch_for_offset(2 * number) == number // 8
    again = batch(2, timestamps=[NOW, NOW], producer_id=7, base_sequence=2 * BATCHES - 2)
    assert append(log, again).is_duplicate
    appends_again(opened)


def test_a_missing_segment_ends_a_log_that_was_not_synced() -> None:
    files = written()
    paths = log_paths(files)
    for path in log_paths(files, ".snapshot"):
        files.remove(path)
    files.remove("data/recovery-point-offset-checkpoint")
    files.remove(paths[2])
    opened = reopened(files)
    assert opened.partition.log_end_offset == int(paths[2].rpartition("/")[2][:20])
    appends_again(opened)


def test_all_segments_gone_is_an_empty_log() -> None:
    files = written()
    for path in log_paths(files):
        files.remove(path)
    opened = reopened(files)
    assert opened.partition.log_end_offset == opened.partition.log_start_offset
    appends_again(opened)


def use(log: PartitionLog) -> None:
    """Everything a client may ask, at every offset."""
    start, end = log.log_start_offset, log.log_end_offset
    for offset in sorted({end, *range(start, min(end, start + 2 * BATCHES))}):
        for max_bytes in (1, 200, 1 << 20):
            try:
                read(log, offset, max_bytes)
            except KafkaError as error:
                must_be_the_disk(error)
    for timestamp_ms in (0, NOW, NOW + 3, NOW + 1000):
        try:
            log.offset_for_timestamp(timestamp_ms)
            log.offset_of_max_timestamp()
        except KafkaError as error:
            must_be_the_disk(error)
    assert log.active_producers() is not None
    assert log.end_offset_for_epoch(1) is not None


def must_be_the_disk(error: KafkaError) -> None:
    assert error.code is ErrorCode.KAFKA_STORAGE_ERROR


WRITTEN = written().snapshot()
PATHS = sorted(path for path in WRITTEN if not path.endswith("kawa-boot-id"))


@st.composite
def damages(draw: st.DrawFn) -> tuple[str, bytes | None]:
    path = draw(st.sampled_from(PATHS))
    data = WRITTEN[path]
    at = draw(st.integers(0, max(len(data) - 1, 0)))
    junk = draw(st.binary(max_size=24))
    kind = draw(st.sampled_from(["gone", "cut", "over", "insert", "append"]))
    if kind == "gone":
        return path, None
    if kind == "cut":
        return path, data[:at]
    if kind == "append":
        return path, data + junk
    return path, data[:at] + junk + data[at + (len(junk) if kind == "over" else 0) :]


@given(st.lists(damages(), min_size=1, max_size=3), st.sampled_from(["boot 1", "boot 2"]))
def test_whatever_is_damaged_opening_and_using_it_ends_well(
    found: list[tuple[str, bytes | None]], boot_id: str
) -> None:
    files = FaultyFiles()
    files.make_directory(HERE)
    for path, data in {**WRITTEN, **dict(found)}.items():
        if data is not None:
            files.replace(path, data)
    try:
        opened = small(files, boot_id)
    except CorruptFile:
        return  # the start stops with one line
    list(opened.log.discover())
    opened.log.describe()
    try:
        log = opened.log.partition(KEY)
    except KafkaError as error:
        must_be_the_disk(error)
        return
    use(log)
    end = log.log_end_offset
    appended = log.append(memoryview(batch(2)), leader_epoch=4)
    assert isinstance(appended, Appended)
    assert appended.base_offset == end
    assert headers(read(log, end))[0].base_offset == end
    opened.log.close()
    again = reopened(files, boot_id=boot_id).partition
    assert again.log_end_offset == end + 2
