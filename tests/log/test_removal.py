"""Files that a log has given up: renamed, and removed when their time has come."""

from collections.abc import Callable

from broker.log.files import Files
from broker.log.memory_files import MemoryFiles
from broker.log.removal import Removal
from tests.fakes.clock import VirtualClock
from tests.fakes.files import FaultyFiles
from tests.fakes.logger import RecordingLogger

LOG, INDEX = "data/0.log", "data/0.index"
DELAY_MS = 60_000


class Room:
    """A removal over files of which the log and no index is there; slow work waits in `background`."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.clock = VirtualClock()
        self.logger = RecordingLogger()
        self.background: list[Callable[[], None]] = []
        self.removal = Removal(files, self.clock, self.logger, in_background=self.background.append)
        files.make_directory("data")
        files.open(LOG, create=True).write(b"batches", position=0)

    def names(self) -> list[str]:
        return sorted(self.files.list("data"))


def test_files_lose_their_names_at_once_and_go_when_the_delay_is_over() -> None:
    room = Room(FaultyFiles())
    room.removal.remove([LOG, INDEX], delay_ms=DELAY_MS)
    assert room.names() == ["0.log.deleted"]
    room.clock.advance(DELAY_MS - 1)
    assert room.background == []
    room.clock.advance(1)
    assert room.names() == ["0.log.deleted"]  # the loop itself does not remove it
    room.background.pop()()
    assert room.names() == []


def test_in_memory_nothing_stays() -> None:
    room = Room(MemoryFiles())
    room.removal.remove([LOG, INDEX], delay_ms=DELAY_MS)
    assert room.names() == []
    assert room.clock.next_timer_ms() is None


def test_what_is_not_due_stays_when_the_broker_stops() -> None:
    room = Room(FaultyFiles())
    room.removal.remove([LOG], delay_ms=DELAY_MS)
    room.removal.close()
    room.clock.advance(DELAY_MS)
    assert (room.names(), room.background) == (["0.log.deleted"], [])


def test_a_file_that_cannot_be_removed_is_told() -> None:
    files = FaultyFiles()
    room = Room(files)
    room.removal.remove([LOG], delay_ms=0)
    room.clock.advance(0)
    files.fail_at(1, kinds=frozenset({"remove"}))
    room.background.pop()()
    assert room.logger.told("warning") == ["deleted segment not removed"]
