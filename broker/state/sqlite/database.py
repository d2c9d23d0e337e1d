"""One SQLite database: opening, schema, transactions; every error of SQLite becomes a StateError.

    <path>        the database
    <path>-wal    what was committed since the last checkpoint; a crash loses nothing of it
    <path>-shm    SQLite's index of that file; rebuilt when it is missing
    <path>-lock   held by the process that uses the database

Imports `_sqlite3` itself: `sqlite3` adds only date adapters, which cost 3 ms of every start.
"""

import fcntl
import os
from _sqlite3 import Connection, DatabaseError, Error, OperationalError, connect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from broker.state.errors import StateError
from broker.state.sqlite.migrations import APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION

MEMORY = ":memory:"
CACHED_STATEMENTS = 256
BUSY_SECONDS = 0.25  # somebody else holds the file: a backup tool may be gone in a moment


class Database:
    """Open until `close`; used by one thread at a time."""

    def __init__(self, path: "str | os.PathLike[str] | None", *, durable_full: bool = False) -> None:
        """Raises: StateError: locked, damaged, not ours, or of a newer Kawa."""
        self.path = path
        self._where = MEMORY if path is None else os.fspath(path)
        self.before_use: Callable[[], None] | None = None
        """Called before anything is read or written while a commit is under way in a thread."""
        self._lock = None if path is None else _lock(self._where)
        try:
            self._connection = _open(self._where, durable_full=durable_full)
        except StateError:
            self._unlock()
            raise

    def rows(self, statement: str, parameters: Iterable[Any] = ()) -> list[Any]:
        if self.before_use is not None:
            self.before_use()
        try:
            return self._connection.execute(statement, tuple(parameters)).fetchall()
        except Error as error:
            raise StateError(f"cannot read {self._where}: {error}") from error

    def write(self, statement: str, parameters: Iterable[Any] = ()) -> None:
        if self.before_use is not None:
            self.before_use()
        try:
            self._connection.execute(statement, tuple(parameters))
        except Error as error:
            raise self._not_written(error) from error

    def write_many(self, statement: str, parameters: Iterable[tuple[Any, ...]]) -> None:
        if self.before_use is not None:
            self.before_use()
        try:
            self._connection.executemany(statement, parameters)
        except Error as error:
            raise self._not_written(error) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside are kept together when the block ends, or none if it raises."""
        with self.uncommitted():
            yield
            self.commit()

    @contextmanager
    def uncommitted(self) -> Iterator[None]:
        """The same, but left to the caller to `commit`; rolled back if the block raises."""
        self.write("BEGIN IMMEDIATE")
        is_complete = False
        try:
            yield
            is_complete = True
        finally:
            if not is_complete:
                self.roll_back()

    def commit(self) -> None:
        """Raises: StateError: the transaction is undone then."""
        try:
            self._connection.commit()
        except Error as error:
            self.roll_back()
            raise self._not_written(error) from error

    def roll_back(self) -> None:
        """After some errors, such as a full disk, SQLite has done it by itself."""
        if self._connection.in_transaction:
            self._connection.rollback()

    def wal_bytes(self) -> int:
        """Size of the write-ahead log, which is cut when it begins anew."""
        if self.path is None:
            return 0
        try:
            return os.stat(f"{self._where}-wal").st_size
        except FileNotFoundError:
            return 0

    def checkpoint(self) -> bool:
        """Move what is in the write-ahead log into the database, beside readers and writers.

        Opens a connection of its own, so that a thread may do it. True if the log is empty then and
        will begin anew.
        """
        try:
            connection = connect(self._where, timeout=BUSY_SECONDS, isolation_level=None)
            try:
                busy, frames, moved = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            finally:
                connection.close()
        except Error as error:
            raise self._not_written(error) from error
        return not busy and frames == moved

    def close(self) -> None:
        self._connection.close()
        self._unlock()

    def _not_written(self, error: Error) -> StateError:
        return StateError(f"cannot write {self._where}: {error}")

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _open(where: str, *, durable_full: bool) -> Connection:
    try:
        connection = connect(
            where,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=CACHED_STATEMENTS,
        )
    except Error as error:
        raise StateError(f"cannot open {where}: {error}") from error
    is_ready = False
    try:
        _prepare(connection, where, durable_full=durable_full)
        is_ready = True
    except OperationalError as error:
        raise StateError(f"cannot use {where}: {error}") from error
    except DatabaseError as error:
        raise StateError(f"{where} is damaged or not a state store: {error}") from error
    finally:
        if not is_ready:
            connection.close()
    return connection


def _prepare(connection: Connection, where: str, *, durable_full: bool) -> None:
    mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode not in ("wal", "memory"):
        raise StateError(f"cannot use {where}: its file system has no shared memory (journal mode {mode})")
    connection.execute(f"PRAGMA synchronous={'FULL' if durable_full else 'NORMAL'}")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.execute("PRAGMA journal_size_limit=0")
    _migrate(connection, where)


def _migrate(connection: Connection, where: str) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    application_id = connection.execute("PRAGMA application_id").fetchone()[0]
    if application_id != APPLICATION_ID and not (version == application_id == 0 and _is_empty(connection)):
        raise StateError(f"{where} is not a state store, but a database of another program")
    if version > SCHEMA_VERSION:
        raise StateError(
            f"{where} was written by a newer Kawa (schema {version}; this one knows up to {SCHEMA_VERSION})"
        )
    if version < SCHEMA_VERSION:
        steps = "".join(MIGRATIONS[version:])
        connection.executescript(
            f"BEGIN IMMEDIATE; {steps} PRAGMA application_id={APPLICATION_ID};"
            f" PRAGMA user_version={SCHEMA_VERSION}; COMMIT"
        )


def _is_empty(connection: Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master").fetchone() is None


def _lock(path: str) -> int:
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
