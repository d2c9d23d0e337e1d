"""Offsets of many partitions in one file, in Kafka's format."""

import pytest

from broker.log.corrupt_file import CorruptFile
from broker.log.offset_checkpoint import OffsetCheckpoint, read_offsets, write_offsets
from tests.fakes.files import FaultyFiles, Loss
from tests.fakes.logger import RecordingLogger

NAME = ("orders", 0)


def made(files: FaultyFiles | None = None) -> tuple[OffsetCheckpoint, FaultyFiles, RecordingLogger]:
    files = files or FaultyFiles()
    files.make_directory("d")
    logger = RecordingLogger()
    checkpoint = OffsetCheckpoint("d/points", files, logger)
    checkpoint.load()
    return checkpoint, files, logger


def test_the_file_is_kafkas() -> None:
    assert write_offsets({("orders", 0): 12, ("a.b-c", 3): 0}) == b"0\n2\norders 0 12\na.b-c 3 0\n"


def test_what_was_written_is_read() -> None:
    offsets = {("orders", 0): 12, ("a.b-c", 3): 2**62}
    assert read_offsets(write_offsets(offsets)) == offsets


@pytest.mark.parametrize("data", [b"", bytes(40), b"0\n0\n"])
def test_nothing_and_zeros_say_nothing(data: bytes) -> None:
    assert read_offsets(data) == {}


@pytest.mark.parametrize(
    "data",
    [
        b"1\n0\n",
        b"0\n2\norders 0 1\n",
        b"0\n1\norders 0 1",
        b"0\n1\norders 0\n",
        b"0\n1\norders 0 -1\n",
        b"0\n1\norders x 1\n",
        b"0\n",
        b"\xff\n",
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(CorruptFile):
        read_offsets(data)


def test_a_corrupt_file_is_named() -> None:
    files = FaultyFiles()
    files.make_directory("d")
    files.replace("d/points", b"nonsense\n")
    with pytest.raises(CorruptFile, match="d/points"):
        OffsetCheckpoint("d/points", files, RecordingLogger()).load()


def test_what_is_set_is_there_after_a_write() -> None:
    checkpoint, files, _ = made()
    checkpoint.set(NAME, 5)
    assert made(files)[0].get(NAME) == 0
    checkpoint.write(sync=False)
    assert made(files)[0].get(NAME) == 5


def test_what_is_forgotten_is_gone_after_a_write() -> None:
    checkpoint, files, _ = made()
    checkpoint.set(NAME, 5)
    checkpoint.write(sync=False)
    assert checkpoint.forget(NAME)
    assert not checkpoint.forget(NAME)
    checkpoint.write(sync=False)
    assert made(files)[0].get(NAME) == 0


def test_nothing_is_written_where_nothing_has_changed() -> None:
    checkpoint, files, _ = made()
    before = files.calls
    checkpoint.write(sync=True)
    checkpoint.close()
    assert files.calls == before


def test_a_failed_write_is_told_and_made_up_for() -> None:
    checkpoint, files, logger = made()
    checkpoint.set(NAME, 5)
    files.fail_at(1)
    checkpoint.write(sync=True)
    assert logger.told("error") == ["checkpoint not stored"]
    checkpoint.write(sync=True)
    assert made(files)[0].get(NAME) == 5


def test_what_was_not_written_is_written_at_the_end() -> None:
    checkpoint, files, _ = made()
    checkpoint.set(NAME, 5)
    checkpoint.close()
    assert made(files)[0].get(NAME) == 5


def test_what_comes_after_the_end_is_not_written() -> None:
    checkpoint, files, _ = made()
    checkpoint.close()
    checkpoint.set(NAME, 5)
    checkpoint.write(sync=True)
    assert made(files)[0].get(NAME) == 0


def test_a_synced_write_is_old_or_new_after_a_power_cut() -> None:
    for seed in range(20):
        checkpoint, files, _ = made(FaultyFiles(seed=seed))
        checkpoint.set(NAME, 5)
        checkpoint.write(sync=True)
        files.sync("d")
        checkpoint.set(NAME, 6)
        checkpoint.write(sync=True)
        files.restart(Loss.SOME)
        assert made(files)[0].get(NAME) in {5, 6}
