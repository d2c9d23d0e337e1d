"""Recovery points: how far logs are synced, told by another thread, never too much."""

from collections.abc import Callable

from broker.log.engine import PartitionKey
from broker.log.recovery_points import NAME, RecoveryPoints
from tests.fakes.files import FaultyFiles, Loss
from tests.fakes.logger import RecordingLogger
from tests.log.harness import KEY, OTHER_ID

NEW_KEY = PartitionKey(KEY.topic, OTHER_ID, KEY.partition)


class Setup:
    """Points whose background is run by hand."""

    def __init__(self) -> None:
        self.files = FaultyFiles()
        self.files.make_directory("d")
        self.files.replace("d/a", b"a")
        self.files.replace("d/b", b"b")
        self.logger = RecordingLogger()
        self.waiting: list[Callable[[], None]] = []
        self.points = self.opened()

    def opened(self) -> RecoveryPoints:
        return RecoveryPoints("d", self.files, self.logger, in_background=self.waiting.append)

    def run(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()


def test_nothing_is_safe_at_first() -> None:
    assert Setup().points.of(KEY) == 0


def test_the_point_moves_when_the_sync_is_done() -> None:
    setup = Setup()
    setup.points.sync_in_background(KEY, ["d/a", "d/b", "d"], 100)
    assert setup.points.of(KEY) == 0
    setup.run()
    assert setup.points.of(KEY) == 100
    assert setup.opened().of(KEY) == 100


def test_what_was_synced_survives_a_power_cut() -> None:
    setup = Setup()
    setup.points.sync_in_background(KEY, ["d/a", "d"], 100)
    setup.run()
    setup.files.restart(Loss.EVERYTHING)
    assert setup.files.read_all("d/a") == b"a"


def test_a_point_never_goes_back_by_a_sync() -> None:
    setup = Setup()
    setup.points.sync_in_background(KEY, ["d/a"], 100)
    setup.points.sync_in_background(KEY, ["d/a"], 50)
    setup.run()
    assert setup.points.of(KEY) == 100


def test_files_that_were_deleted_meanwhile_need_no_sync() -> None:
    setup = Setup()
    setup.points.sync_in_background(KEY, ["d/gone", "d/a"], 100)
    setup.run()
    assert setup.points.of(KEY) == 100


def test_after_a_failed_sync_the_point_stays_where_it_is() -> None:
    setup = Setup()
    setup.files.fail_at(1, kinds=frozenset({"sync"}))
    setup.points.sync_in_background(KEY, ["d/a"], 100)
    setup.run()
    setup.points.sync_in_background(KEY, ["d/a"], 200)
    setup.run()
    assert setup.points.of(KEY) == 0
    assert setup.logger.told("error") == ["sync failed"]


def test_a_sync_for_a_log_that_is_gone_says_nothing_of_its_successor() -> None:
    setup = Setup()
    setup.points.sync_in_background(KEY, ["d/a"], 100)
    setup.points.forget(KEY)
    setup.run()
    assert setup.points.of(NEW_KEY) == 0


def test_a_sync_for_the_successor_counts() -> None:
    setup = Setup()
    setup.points.sync_in_background(KEY, ["d/a"], 100)
    setup.points.forget(KEY)
    setup.points.sync_in_background(NEW_KEY, ["d/a"], 7)
    setup.run()
    assert setup.points.of(NEW_KEY) == 7


def test_a_forgotten_point_is_forgotten_on_disk_too() -> None:
    setup = Setup()
    setup.points.sync_in_background(KEY, ["d/a"], 100)
    setup.run()
    setup.points.forget(KEY)
    setup.run()
    assert setup.opened().of(KEY) == 0


def test_a_log_that_was_cut_lowers_its_point() -> None:
    setup = Setup()
    setup.points.sync_in_background(KEY, ["d/a"], 100)
    setup.run()
    setup.points.lower(KEY, 120)
    assert setup.points.of(KEY) == 100
    setup.points.lower(KEY, 60)
    setup.run()
    assert setup.opened().of(KEY) == 60


def test_changes_that_come_together_share_one_write() -> None:
    setup = Setup()
    for partition in range(5):
        setup.points.sync_in_background(PartitionKey("t", OTHER_ID, partition), ["d/a"], 10)
    before = setup.files.calls
    setup.run()
    assert setup.files.calls - before == 5 + 1


def test_a_sync_at_once_is_stored_by_the_end() -> None:
    setup = Setup()
    assert setup.points.sync(KEY, ["d/a"], 100)
    setup.points.close()
    assert setup.opened().of(KEY) == 100


def test_what_is_still_under_way_at_the_end_counts_no_more() -> None:
    setup = Setup()
    setup.points.sync_in_background(KEY, ["d/a"], 100)
    setup.points.close()
    setup.run()
    assert setup.opened().of(KEY) == 0


def test_a_damaged_file_only_means_that_more_is_checked() -> None:
    setup = Setup()
    setup.files.replace(f"d/{NAME}", b"nonsense\n")
    assert setup.opened().of(KEY) == 0
    assert setup.logger.told("warning") == ["recovery points are not used"]
