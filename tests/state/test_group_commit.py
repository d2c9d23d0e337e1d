"""Group commit: order, bounds, failures, the thread of durable commits, checkpoints."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

from broker.logger import Logger, SilentLogger
from broker.state.errors import StateError
from broker.state.group_commit import (
    CHECKPOINT_BYTES,
    LARGEST_WAL_BYTES,
    MOST_WRITES_A_COMMIT,
    GroupCommit,
    Write,
)
from broker.state.sqlite.cluster import ClusterFacts
from broker.state.sqlite.database import Database
from tests.fakes.logger import RecordingLogger

OPENED: list[Database] = []


@pytest.fixture(autouse=True)
def _close_at_the_end() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


class CountingDatabase(Database):
    """Counts commits, and fails those that it is told to."""

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        self.commits = 0
        self.failing: set[int] = set()

    def commit(self) -> None:
        self.commits += 1
        if self.commits in self.failing:
            self.roll_back()
            raise StateError("no room")
        super().commit()


class SlowlyCheckpointedDatabase(CountingDatabase):
    """Its log is always too long, and its second checkpoint lasts until `proceed` is set."""

    def __init__(self) -> None:
        super().__init__(None)
        self.checkpoints = 0
        self.is_second_under_way = Event()
        self.proceed = Event()

    def wal_bytes(self) -> int:
        return CHECKPOINT_BYTES if self.checkpoints == 0 else 0

    def checkpoint(self) -> bool:
        self.checkpoints += 1
        if self.checkpoints == 1:
            return False
        self.is_second_under_way.set()
        self.proceed.wait()
        return True


class Subject:
    """What is tested, and the facts it writes."""

    def __init__(
        self,
        database: Database,
        *,
        in_thread: bool = False,
        schedule: Callable[[Write], object] | None = None,
        logger: Logger | None = None,
    ) -> None:
        OPENED.append(database)
        self.facts = ClusterFacts(database)
        self.commits = GroupCommit(
            database,
            schedule=schedule,
            commits_in_thread=in_thread,
            logger=logger or SilentLogger(),
        )

    def put(self, name: str, value: str) -> "asyncio.Future[None]":
        return self.commits.enqueue(lambda: self.facts.put(name, value))

    def fail(self) -> "asyncio.Future[None]":
        def write() -> None:
            raise StateError("refused")

        return self.commits.enqueue(write)


BOTH = pytest.mark.parametrize("in_thread", [False, True], ids=["in line", "in a thread"])


@BOTH
def test_what_is_enqueued_in_one_iteration_is_one_commit(in_thread: bool) -> None:
    async def scenario() -> None:
        database = CountingDatabase()
        subject = Subject(database, in_thread=in_thread)
        await asyncio.gather(*[subject.put(f"key-{i}", "x") for i in range(MOST_WRITES_A_COMMIT)])
        assert database.commits == 1
        subject.commits.close()

    asyncio.run(scenario())


@BOTH
def test_more_than_64_writes_are_several_commits(in_thread: bool) -> None:
    async def scenario() -> None:
        database = CountingDatabase()
        subject = Subject(database, in_thread=in_thread)
        await asyncio.gather(*[subject.put(f"key-{i}", "x") for i in range(2 * MOST_WRITES_A_COMMIT + 1)])
        assert database.commits == 3
        assert subject.facts.get(f"key-{2 * MOST_WRITES_A_COMMIT}") == "x"
        subject.commits.close()

    asyncio.run(scenario())


@BOTH
def test_futures_are_done_in_the_order_of_their_writes(in_thread: bool) -> None:
    async def scenario() -> None:
        subject = Subject(Database(None), in_thread=in_thread)
        done: list[int] = []
        futures = []
        for i in range(200):
            future = subject.put("key", str(i))
            future.add_done_callback(lambda _, i=i: done.append(i))  # type: ignore[misc]
            futures.append(future)
        await asyncio.gather(*futures)
        assert done == list(range(200))
        assert subject.facts.get("key") == "199"
        subject.commits.close()

    asyncio.run(scenario())


def test_what_is_enqueued_is_not_to_be_seen_before_the_end_of_the_iteration() -> None:
    async def scenario() -> None:
        subject = Subject(Database(None))
        kept = subject.put("a", "b")
        assert subject.facts.get("a") is None
        await kept
        assert subject.facts.get("a") == "b"

    asyncio.run(scenario())


@BOTH
def test_a_flush_keeps_everything_at_once(in_thread: bool) -> None:
    async def scenario() -> None:
        subject = Subject(Database(None), in_thread=in_thread)
        futures = [subject.put("key", str(i)) for i in range(100)]
        subject.commits.flush()
        assert all(future.done() for future in futures)
        assert subject.facts.get("key") == "99"
        subject.commits.close()

    asyncio.run(scenario())


@BOTH
def test_a_failed_commit_fails_its_waiters_and_the_next_is_tried_afresh(in_thread: bool) -> None:
    async def scenario() -> None:
        database, logger = CountingDatabase(), RecordingLogger()
        subject = Subject(database, in_thread=in_thread, logger=logger)
        database.failing = {1}
        first = await asyncio.gather(subject.put("a", "1"), subject.put("b", "1"), return_exceptions=True)
        assert [str(error) for error in first] == ["no room", "no room"]
        await subject.put("a", "2")
        assert (subject.facts.get("a"), subject.facts.get("b")) == ("2", None)
        assert logger.events == [("error", "state not kept", {"reason": "no room", "writes": 2})]
        subject.commits.close()

    asyncio.run(scenario())


@BOTH
def test_a_refused_write_takes_its_whole_commit_with_it(in_thread: bool) -> None:
    async def scenario() -> None:
        subject = Subject(Database(None), in_thread=in_thread)
        futures = [subject.put("a", "1"), subject.fail(), subject.put("b", "1")]
        outcomes = await asyncio.gather(*futures, return_exceptions=True)
        assert [str(error) for error in outcomes] == ["refused"] * 3
        assert subject.facts.get("a") is None
        await subject.put("a", "2")
        assert subject.facts.get("a") == "2"
        subject.commits.close()

    asyncio.run(scenario())


def test_a_mistake_of_ours_is_told_to_the_loop_and_fails_the_waiters() -> None:
    async def scenario() -> None:
        told: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, what: told.append(what["exception"]))
        subject = Subject(Database(None))

        def mistake() -> None:
            raise ZeroDivisionError

        broken = subject.commits.enqueue(mistake)
        beside = subject.put("a", "1")
        outcomes = await asyncio.gather(broken, beside, return_exceptions=True)
        assert all(isinstance(outcome, StateError) for outcome in outcomes)
        assert [type(error) for error in told] == [ZeroDivisionError]
        await subject.put("a", "2")
        assert subject.facts.get("a") == "2"

    asyncio.run(scenario())


def test_a_waiter_that_has_gone_does_not_stop_the_write() -> None:
    async def scenario() -> None:
        subject = Subject(Database(None))
        subject.put("a", "1").cancel()
        await subject.put("b", "1")
        assert subject.facts.get("a") == "1"

    asyncio.run(scenario())


def test_a_write_may_enqueue_another() -> None:
    async def scenario() -> None:
        subject = Subject(Database(None))
        later: list[asyncio.Future[None]] = []
        await subject.commits.enqueue(lambda: later.append(subject.put("a", "1")))
        await later[0]
        assert subject.facts.get("a") == "1"

    asyncio.run(scenario())


def test_who_runs_the_end_of_the_iteration_may_be_given() -> None:
    async def scenario() -> None:
        waiting: list[Write] = []
        subject = Subject(Database(None), schedule=waiting.append)
        futures = [subject.put("a", "1"), subject.put("a", "2")]
        await asyncio.sleep(0)
        assert len(waiting) == 1
        assert not futures[0].done()
        waiting.pop()()
        assert all(future.done() for future in futures)

    asyncio.run(scenario())


class StoppedCommit(CountingDatabase):
    """A commit in the thread lasts until `proceed` is set."""

    def __init__(self) -> None:
        super().__init__(None)
        self.is_under_way = Event()
        self.proceed = Event()

    def commit(self) -> None:
        self.is_under_way.set()
        self.proceed.wait()
        super().commit()


def test_writes_gather_while_a_commit_is_in_the_thread() -> None:
    async def scenario() -> None:
        database = StoppedCommit()
        subject = Subject(database, in_thread=True)
        first = subject.put("a", "1")
        await asyncio.to_thread(database.is_under_way.wait)
        others = [subject.put("a", str(i)) for i in range(2, 10)]
        await asyncio.sleep(0)
        assert not first.done()
        database.proceed.set()
        await asyncio.gather(first, *others)
        assert database.commits == 2
        assert subject.facts.get("a") == "9"
        subject.commits.close()

    asyncio.run(scenario())


def test_reading_waits_for_the_commit_in_the_thread() -> None:
    async def scenario() -> None:
        database = StoppedCommit()
        subject = Subject(database, in_thread=True)
        first = subject.put("a", "1")
        await asyncio.to_thread(database.is_under_way.wait)
        database.proceed.set()
        assert subject.facts.get("a") == "1"
        assert first.done()
        subject.facts.put("a", "2")
        assert subject.facts.get("a") == "2"
        subject.commits.close()

    asyncio.run(scenario())


def test_commits_wait_for_the_last_part_of_a_checkpoint() -> None:
    async def scenario() -> None:
        database = SlowlyCheckpointedDatabase()
        subject = Subject(database)
        await subject.put("a", "1")
        await asyncio.to_thread(database.is_second_under_way.wait)
        before = database.commits
        held = subject.put("a", "3")
        for _ in range(10):
            await asyncio.sleep(0)
        assert (held.done(), database.commits) == (False, before)
        database.proceed.set()
        await held
        assert subject.facts.get("a") == "3"
        assert database.checkpoints == 2
        subject.commits.close()

    asyncio.run(scenario())


def test_the_log_of_a_busy_store_stays_bounded(tmp_path: Path) -> None:
    async def scenario() -> None:
        database = Database(tmp_path / "state.db")
        facts = ClusterFacts(database)
        commits = GroupCommit(
            database, schedule=None, commits_in_thread=False, logger=SilentLogger(), checkpoint_bytes=20_000
        )
        largest = 0
        for i in range(100_000):  # as many as the thread needs to come to its turn
            await commits.enqueue(lambda i=i: facts.put("key", f"{i}" * 50))  # type: ignore[misc]
            if database.wal_bytes() < largest:
                break  # it has begun anew
            largest = database.wal_bytes()
        assert database.wal_bytes() < largest < LARGEST_WAL_BYTES + 100_000
        commits.close()
        assert (tmp_path / "state.db").stat().st_size > 0
        database.close()

    asyncio.run(scenario())


def test_without_a_loop_a_checkpoint_runs_in_line(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.db")
    commits = GroupCommit(
        database, schedule=None, commits_in_thread=False, logger=SilentLogger(), checkpoint_bytes=1
    )
    facts = ClusterFacts(database)
    for i in range(100):
        facts.put(f"key-{i}", "x" * 100)
        commits.after_commit()
    assert database.wal_bytes() < 50_000
    commits.close()
    database.close()


def test_a_checkpoint_that_fails_is_told_and_tried_again() -> None:
    class Unlucky(CountingDatabase):
        def wal_bytes(self) -> int:
            return CHECKPOINT_BYTES

        def checkpoint(self) -> bool:
            raise StateError("no room")

    logger = RecordingLogger()
    subject = Subject(Unlucky(), logger=logger)
    subject.commits.after_commit()
    subject.commits.after_commit()
    assert logger.told("warning") == ["state not checkpointed"] * 2
