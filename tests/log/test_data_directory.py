"""What a data directory holds beside its partitions."""

from collections.abc import Callable

import pytest

from broker.log.corrupt_file import CorruptFile
from broker.log.data_directory import BOOT_ID, CLEAN_SHUTDOWN, LOG_STARTS, DataDirectory
from broker.log.engine import PartitionKey
from broker.protocol.uuids import uuid_to_text
from tests.fakes.clock import VirtualClock
from tests.fakes.files import FaultyFiles, Loss
from tests.fakes.logger import RecordingLogger
from tests.log.harness import DIRECTORY, HERE, KEY, OTHER_ID

METADATA = f"{HERE}/partition.metadata"
OTHER_KEY = KEY._replace(topic_id=OTHER_ID)


class Setup:
    """A directory whose background is run by hand."""

    def __init__(self, files: FaultyFiles | None = None) -> None:
        self.files = files or FaultyFiles()
        self.clock = VirtualClock()
        self.logger = RecordingLogger()
        self.waiting: list[Callable[[], None]] = []

    def open(self, boot_id: str = "boot 1") -> DataDirectory:
        background = self.waiting.append
        return DataDirectory(
            DIRECTORY, self.files, self.clock, self.logger, boot_id=boot_id, in_background=background
        )

    def run(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()


def test_a_claimed_directory_bears_the_topics_id() -> None:
    setup = Setup()
    setup.open().claim(KEY)
    text = f"version: 0\ntopic_id: {uuid_to_text(KEY.topic_id)}"
    assert setup.files.read_all(METADATA) == text.encode()


def test_claiming_again_changes_nothing() -> None:
    setup = Setup()
    directory = setup.open()
    directory.claim(KEY)
    before = setup.files.calls
    directory.claim(KEY)
    assert setup.files.calls == before


def test_a_directory_of_another_topic_is_refused() -> None:
    setup = Setup()
    directory = setup.open()
    directory.claim(OTHER_KEY)
    with pytest.raises(OSError, match=f"belongs to topic id {uuid_to_text(OTHER_ID)}"):
        directory.claim(KEY)


def test_a_directory_without_an_id_gets_that_of_its_topic() -> None:
    setup = Setup()
    setup.files.make_directory(HERE)
    setup.open().claim(KEY)
    assert setup.logger.told("warning") == ["partition gets the id of its topic"]
    assert list(setup.open().partitions()) == [KEY]


@pytest.mark.parametrize("kept", [0, 1, 12, 20, 35])
def test_a_beginning_that_a_power_cut_left_is_completed(kept: int) -> None:
    setup = Setup()
    setup.open().claim(KEY)
    whole = setup.files.read_all(METADATA)
    for left in (whole[:kept], whole[:kept] + bytes(len(whole) - kept)):
        setup.files.damage(METADATA, left)
        setup.open().claim(KEY)
        assert setup.files.read_all(METADATA) == whole


def test_an_id_that_cannot_be_read_is_refused() -> None:
    setup = Setup()
    setup.open().claim(KEY)
    setup.files.damage(METADATA, b"version: 0\ntopic_id: ???\n")
    with pytest.raises(OSError, match=r"partition\.metadata"):
        setup.open().claim(KEY)


def test_partitions_are_found_by_name_and_id() -> None:
    setup = Setup()
    directory = setup.open()
    keys = {PartitionKey("a.b-c_1", OTHER_ID, 12), KEY, KEY._replace(partition=1)}
    for key in keys:
        directory.claim(key)
    for name in ("orders-", "-1", "orders-01", "orders-x", f"orders-2.{'0' * 32}-delete", "orders-3"):
        setup.files.make_directory(f"{DIRECTORY}/{name}")
    setup.files.replace(f"{DIRECTORY}/orders-4", b"a file")
    assert set(directory.partitions()) == keys


def test_a_partition_whose_id_cannot_be_read_is_left_out_and_told() -> None:
    setup = Setup()
    directory = setup.open()
    directory.claim(KEY)
    setup.files.damage(METADATA, b"nonsense")
    assert list(directory.partitions()) == []
    assert setup.logger.told("error") == ["partition is not taken over"]


def test_a_removed_partition_loses_its_name_at_once_and_its_files_soon() -> None:
    setup = Setup()
    directory = setup.open()
    directory.claim(KEY)
    directory.remove(KEY)
    deleted = f"orders-0.{KEY.topic_id.hex()}-delete"
    assert setup.files.exists(f"{DIRECTORY}/{deleted}")
    assert not setup.files.exists(HERE)
    setup.run()
    assert not setup.files.exists(f"{DIRECTORY}/{deleted}")


def test_a_removal_that_a_crash_cut_short_is_finished_at_the_next_start() -> None:
    setup = Setup()
    directory = setup.open()
    directory.claim(KEY)
    directory.remove(KEY)
    setup.waiting.clear()
    setup.open()
    setup.run()
    assert not [name for name in setup.files.list(DIRECTORY) if name.endswith("-delete")]


def test_a_removal_that_fails_is_told_and_left_to_the_next_start() -> None:
    setup = Setup()
    directory = setup.open()
    directory.claim(KEY)
    directory.remove(KEY)
    setup.files.fail_at(1)
    setup.run()
    assert setup.logger.told("warning") == ["deleted partition not removed"]


def test_another_topics_directory_is_not_removed() -> None:
    setup = Setup()
    directory = setup.open()
    directory.claim(OTHER_KEY)
    directory.remove(KEY)
    assert list(directory.partitions()) == [OTHER_KEY]


def test_the_longest_topic_name_can_be_removed() -> None:
    setup = Setup()
    directory = setup.open()
    key = PartitionKey("x" * 249, OTHER_ID, 0)
    directory.claim(key)
    directory.remove(key)
    assert max(map(len, setup.files.list(DIRECTORY))) <= 255


def test_log_starts_are_stored_together_at_the_end_of_the_iteration() -> None:
    setup = Setup()
    directory = setup.open()
    before = setup.files.calls
    for partition in range(10):
        directory.keep_log_start(KEY._replace(partition=partition), partition)
    assert setup.files.calls == before
    setup.clock.advance(0)
    assert setup.files.calls == before + 1
    again = setup.open()
    assert [again.log_start(KEY._replace(partition=partition)) for partition in range(10)] == list(range(10))


def test_log_starts_that_are_still_due_are_stored_at_the_end() -> None:
    setup = Setup()
    directory = setup.open()
    directory.keep_log_start(KEY, 5)
    directory.close(is_clean=True)
    setup.clock.advance(1000)
    assert setup.open().log_start(KEY) == 5


def test_log_starts_survive_a_power_cut_once_they_are_synced() -> None:
    setup = Setup()
    setup.open().keep_log_start(KEY, 5)
    setup.clock.advance(0)
    setup.run()
    setup.files.restart(Loss.EVERYTHING)
    assert setup.open("boot 2").log_start(KEY) == 5


def test_log_starts_that_a_power_cut_tore_are_told_and_forgotten() -> None:
    setup = Setup()
    setup.open()
    setup.files.replace(f"{DIRECTORY}/{LOG_STARTS}", b"0\n2\norders")
    assert setup.open("boot 2").log_start(KEY) == 0
    assert setup.logger.told("warning") == ["log starts are not known: deleted records may be back"]


def test_log_starts_that_something_else_has_damaged_stop_the_start() -> None:
    setup = Setup()
    setup.open()
    setup.files.replace(f"{DIRECTORY}/{LOG_STARTS}", b"0\n2\norders")
    with pytest.raises(CorruptFile, match=LOG_STARTS):
        setup.open()


def test_a_new_partition_of_an_old_name_starts_anew() -> None:
    setup = Setup()
    directory = setup.open()
    directory.claim(KEY)
    directory.keep_log_start(KEY, 5)
    directory.points.sync(KEY, [], 9)
    directory.remove(KEY)
    directory.claim(OTHER_KEY)
    assert (directory.log_start(OTHER_KEY), directory.points.of(OTHER_KEY)) == (0, 0)
    setup.clock.advance(0)
    setup.run()
    again = setup.open()
    assert (again.log_start(OTHER_KEY), again.points.of(OTHER_KEY)) == (0, 0)


def test_a_new_partition_does_not_start_where_a_lost_one_did() -> None:
    setup = Setup()
    setup.files.make_directory(DIRECTORY)
    setup.files.replace(f"{DIRECTORY}/{LOG_STARTS}", b"0\n1\norders 0 5\n")
    directory = setup.open()
    directory.claim(KEY)
    assert directory.log_start(KEY) == 0


def snapshot_names(setup: Setup) -> list[str]:
    return sorted(name for name in setup.files.list(HERE) if name.endswith(".snapshot"))


def with_snapshots(*offsets: int, synced: int) -> Setup:
    setup = Setup()
    directory = setup.open()
    directory.claim(KEY)
    for offset in offsets:
        setup.files.replace(f"{HERE}/{offset:020}.snapshot", b"")
    directory.points.sync(KEY, [], synced)
    setup.run()
    return setup


def test_after_a_new_boot_only_what_was_synced_is_trusted() -> None:
    setup = with_snapshots(5, 10, 15, synced=10)
    setup.open("boot 2")
    assert snapshot_names(setup) == [f"{5:020}.snapshot", f"{10:020}.snapshot"]


def test_in_the_same_boot_everything_is_trusted() -> None:
    setup = with_snapshots(5, 10, 15, synced=10)
    setup.open("boot 1")
    assert len(snapshot_names(setup)) == 3


def test_a_start_that_dies_on_the_way_distrusts_again() -> None:
    setup = with_snapshots(5, 10, 15, synced=5)
    setup.files.fail_at(2)
    with pytest.raises(OSError, match="Input/output"):
        setup.open("boot 2")
    setup.open("boot 2")
    assert snapshot_names(setup) == [f"{5:020}.snapshot"]
    assert setup.files.read_all(f"{DIRECTORY}/{BOOT_ID}") == b"boot 2"


def test_the_mark_of_a_clean_end_is_kafkas_and_goes_with_the_next_start() -> None:
    setup = Setup()
    directory = setup.open()
    directory.claim(KEY)
    assert directory.was_clean
    directory.close(is_clean=True)
    assert setup.files.read_all(f"{DIRECTORY}/{CLEAN_SHUTDOWN}") == b'{"version":0,"brokerEpoch":-1}'
    assert setup.open().was_clean
    assert not setup.files.exists(f"{DIRECTORY}/{CLEAN_SHUTDOWN}")
    assert not setup.open().was_clean


def test_records_may_be_gone_only_after_an_unclean_end_and_a_new_boot() -> None:
    setup = Setup()
    assert not setup.open(boot_id="boot 1").may_have_lost
    setup.open(boot_id="boot 1").claim(KEY)
    assert not setup.open(boot_id="boot 1").may_have_lost
    assert setup.open(boot_id="boot 2").may_have_lost
    setup.open(boot_id="boot 2").close(is_clean=True)
    assert not setup.open(boot_id="boot 3").may_have_lost


def test_a_power_cut_does_not_bring_the_mark_of_a_clean_end_back() -> None:
    setup = Setup()
    directory = setup.open()
    directory.claim(KEY)
    directory.close(is_clean=True)
    setup.files.sync(DIRECTORY)
    setup.open()
    setup.run()
    setup.files.restart(Loss.EVERYTHING)
    assert setup.open("boot 2").may_have_lost


def test_an_end_that_is_not_clean_leaves_no_mark() -> None:
    setup = Setup()
    setup.open().close(is_clean=False)
    assert not setup.files.exists(f"{DIRECTORY}/{CLEAN_SHUTDOWN}")
