"""The state store: everything that must survive and is not a record.

    store = StateStore.open(path, schedule=loop.call_soon)
    with store.transaction():                       # kept when the block ends
        store.topics.put(row)
    kept = store.enqueue(lambda: store.topics.put(row))   # kept when the future is done

Kept means: in SQLite's write-ahead log, so that it survives a kill of the process; with
`durable_full` it is on the disk and survives a power cut. Reads are synchronous and do not see what
is still enqueued. Writes are kept in the order in which they were asked for, whichever way.

Enqueued writes are gathered until the end of the event loop's iteration and committed together, at
most 64 at a time. If a commit fails, all its writes are undone and their futures fail with
StateError; later writes are tried afresh.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from broker.logger import Logger, SilentLogger
from broker.state.errors import StateError
from broker.state.sqlite.cluster import ClusterFacts
from broker.state.sqlite.configs import Configs
from broker.state.sqlite.database import Database
from broker.state.sqlite.producer_ids import ProducerIds
from broker.state.sqlite.topics import Topics

if TYPE_CHECKING:
    from asyncio import Future

MOST_WRITES_A_COMMIT = 64

Write = Callable[[], None]


class StateStore:
    """Used by the event loop's thread only."""

    def __init__(
        self, database: Database, *, schedule: Callable[[Write], object] | None, logger: Logger
    ) -> None:
        self._database = database
        self._schedule = schedule
        self._logger = logger
        self._waiting: deque[tuple[Write, Future[None]]] = deque()
        self.cluster = ClusterFacts(database)
        self.topics = Topics(database)
        self.configs = Configs(database)
        self.producer_ids = ProducerIds(database)

    @classmethod
    def open(
        cls,
        path: Path | None,
        *,
        durable_full: bool = False,
        schedule: Callable[[Write], object] | None = None,
        logger: Logger | None = None,
    ) -> Self:
        """The store in that file, made if it is not there; None for one in memory.

        `schedule` runs a callback at the end of the loop's iteration; by default it is the running
        loop's `call_soon`. Raises: StateError: locked, damaged, not ours, or of a newer Kawa.
        """
        database = Database(path, durable_full=durable_full)
        return cls(database, schedule=schedule, logger=logger or SilentLogger())

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside are kept together when the block ends, or none if it raises.

        Raises: StateError: they could not be kept.
        """
        self.flush()
        with self._database.transaction():
            yield

    def enqueue(self, write: Write) -> "Future[None]":
        """Call `write` with the next commit; the future is done when what it wrote is kept.

        The future fails with StateError if the commit fails.
        """
        from asyncio import get_running_loop

        loop = get_running_loop()
        future: Future[None] = loop.create_future()
        if not self._waiting:
            (self._schedule or loop.call_soon)(self._flush_scheduled)
        self._waiting.append((write, future))
        return future

    def flush(self) -> None:
        """Commit what is enqueued without waiting for the end of the iteration."""
        while self._waiting:
            self._commit_some()

    def close(self) -> None:
        self.flush()
        self._database.close()

    def _flush_scheduled(self) -> None:
        if not self._waiting:
            return
        future = self._waiting[0][1]
        self._commit_some()
        if self._waiting:
            (self._schedule or future.get_loop().call_soon)(self._flush_scheduled)

    def _commit_some(self) -> None:
        count = min(len(self._waiting), MOST_WRITES_A_COMMIT)
        commit = [self._waiting.popleft() for _ in range(count)]
        error: BaseException | None = StateError("the write was not tried: one beside it went wrong")
        try:
            with self._database.transaction():
                for write, _ in commit:
                    write()
            error = None
        except StateError as failure:
            error = failure
            self._logger.error("state not kept", reason=str(failure), writes=count)
        finally:
            for _, future in commit:
                _settle(future, error)


def _settle(future: "Future[Any]", error: BaseException | None) -> None:
    if future.done():
        return  # whoever waited has gone
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
