"""One SQLite database: opening, schema, transactions; every error of SQLite becomes a StateError.

Imports `_sqlite3` itself: `sqlite3` adds only date adapters, which cost 3 ms of every start.
"""

import fcntl
import os
from _sqlite3 import Connection, DatabaseError, Error, OperationalError, connect
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from broker.state.errors import StateError
from broker.state.sqlite.migrations import APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION

MEMORY = ":memory:"
CACHED_STATEMENTS = 256
BUSY_SECONDS = 0.25  # somebody else holds the file: a backup tool may be gone in a moment


class Database:
    """Open until `close`; used by one thread only."""

    def __init__(self, path: Path | None, *, durable_full: bool) -> None:
        """Raises: StateError: locked, damaged, not ours, or of a newer Kawa."""
        self.path = path
        self._lock = None if path is None else _lock(path)
        try:
            self._connection = self._open(durable_full=durable_full)
        except BaseException:
            self._unlock()
            raise

    def _open(self, *, durable_full: bool) -> Connection:
        where = MEMORY if self.path is None else self.path
        try:
            connection = connect(
                where, timeout=BUSY_SECONDS, isolation_level=None, cached_statements=CACHED_STATEMENTS
            )
        except Error as error:
            raise StateError(f"cannot open {where}: {error}") from error
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(f"PRAGMA synchronous={'FULL' if durable_full else 'NORMAL'}")
            connection.execute("PRAGMA wal_autocheckpoint=0")
            _migrate(connection, str(where))
        except OperationalError as error:
            connection.close()
            raise StateError(f"cannot use {where}: {error}") from error
        except DatabaseError as error:
            connection.close()
            raise StateError(f"{where} is damaged or not a state store: {error}") from error
        except BaseException:
            connection.close()
            raise
        return connection

    def rows(self, statement: str, parameters: Iterable[Any] = ()) -> list[Any]:
        try:
            return self._connection.execute(statement, tuple(parameters)).fetchall()
        except Error as error:
            raise self._failed("read", error) from error

    def write(self, statement: str, parameters: Iterable[Any] = ()) -> None:
        try:
            self._connection.execute(statement, tuple(parameters))
        except Error as error:
            raise self._failed("write", error) from error

    def write_many(self, statement: str, parameters: Iterable[tuple[Any, ...]]) -> None:
        try:
            self._connection.executemany(statement, parameters)
        except Error as error:
            raise self._failed("write", error) from error

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    @property
    def total_changes(self) -> int:
        """Rows written since the database was opened."""
        return self._connection.total_changes

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside are kept together when the block ends, or none if it raises."""
        self.write("BEGIN IMMEDIATE")
        committed = False
        try:
            yield
            self.write("COMMIT")
            committed = True
        finally:
            # SQLite has rolled back by itself after some errors (a full disk).
            if not committed and self._connection.in_transaction:
                self._connection.rollback()

    def close(self) -> None:
        self._connection.close()
        self._unlock()

    def _failed(self, what: str, error: Error) -> StateError:
        return StateError(f"cannot {what} {MEMORY if self.path is None else self.path}: {error}")

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _lock(path: Path) -> int:
    """Take the lock file beside the database; it is held until its descriptor is closed.

    SQLite would let two processes write in turns, each with its own idea of what is there.
    """
    try:
        descriptor = os.open(f"{path}-lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StateError(f"cannot open {path}: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise StateError(f"{path} is in use by another process") from error
    return descriptor


def _migrate(connection: Connection, where: str) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == SCHEMA_VERSION:
        return
    if version > SCHEMA_VERSION:
        raise StateError(
            f"{where} was written by a newer Kawa (schema {version}; this one knows up to {SCHEMA_VERSION})"
        )
    if version == 0 and connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
        raise StateError(f"{where} is not a state store: it has tables of something else")
    steps = "".join(MIGRATIONS[version:])
    connection.executescript(
        f"BEGIN IMMEDIATE; {steps} PRAGMA application_id={APPLICATION_ID};"
        f" PRAGMA user_version={SCHEMA_VERSION}; COMMIT"
    )
