"""The state store: everything that must survive and is not a record.

    store = StateStore.open(path)
    with store.transaction():                             # kept when the block ends
        store.topics.put(row)
    kept = store.enqueue(lambda: store.topics.put(row))   # kept when the future is done

Kept means: in SQLite's write-ahead log, so that it survives a kill of the process; with
`durable_full` it is on the disk and survives a power cut. Reads are synchronous, and what is enqueued
is not to be seen until it is kept. Writes are kept in the order in which they were asked for,
whichever way; one outside of both is kept when it returns.

If a commit fails, all that was in it is undone, and `transaction` raises or the futures fail with
StateError; later writes are tried afresh.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import PathLike
from typing import TYPE_CHECKING, Self

from broker.logger import Logger, SilentLogger
from broker.state.errors import StateError
from broker.state.group_commit import GroupCommit, Settled, Write
from broker.state.sqlite.cluster import ClusterFacts
from broker.state.sqlite.configs import Configs
from broker.state.sqlite.database import Database
from broker.state.sqlite.groups import Groups
from broker.state.sqlite.producer_ids import ProducerIds
from broker.state.sqlite.topics import Topics

if TYPE_CHECKING:
    from asyncio import Future


class StateStore:
    """Used by the event loop's thread only."""

    def __init__(self, database: Database, commits: GroupCommit, logger: Logger) -> None:
        self._database = database
        self._commits = commits
        self._logger = logger
        self.cluster = ClusterFacts(database)
        self.topics = Topics(database)
        self.configs = Configs(database)
        self.producer_ids = ProducerIds(database)
        self.groups = Groups(database)

    @classmethod
    def open(
        cls,
        path: "str | PathLike[str] | None",
        *,
        durable_full: bool = False,
        schedule: Callable[[Write], object] | None = None,
        logger: Logger | None = None,
    ) -> Self:
        """The store in that file, made if it is not there; None for one in memory.

        `schedule` runs a callback at the end of the loop's iteration; by default it is the running
        loop's `call_soon`. Raises: StateError: locked, damaged, not ours, or of a newer Kawa.
        """
        logger = logger or SilentLogger()
        database = Database(path, durable_full=durable_full)
        commits = GroupCommit(
            database,
            schedule=schedule,
            commits_in_thread=durable_full and path is not None,
            logger=logger,
        )
        return cls(database, commits, logger)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside are kept together when the block ends, or none if it raises.

        Raises: StateError: they could not be kept.
        """
        self._commits.flush()
        try:
            with self._database.transaction():
                yield
        except StateError as error:
            self._logger.error("state not kept", reason=str(error))
            raise
        self._commits.after_commit()

    def enqueue(self, write: Write) -> "Future[None]":
        """Call `write` with the next commit; the future is done when what it wrote is kept.

        The future fails with StateError if the commit fails.
        """
        return self._commits.enqueue(write)

    def enqueue_call(self, write: Write, settled: Settled) -> None:
        """The same for whoever needs no future: `settled` is called with None, or with the StateError."""
        self._commits.enqueue_call(write, settled)

    def flush(self) -> None:
        """Commit what is enqueued without waiting for the end of the iteration."""
        self._commits.flush()

    def close(self) -> None:
        """Everything enqueued is kept before."""
        self._commits.close()
        self._database.close()
