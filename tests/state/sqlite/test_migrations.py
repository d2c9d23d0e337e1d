import sqlite3
from pathlib import Path

import pytest

from broker.state.sqlite.database import Database
from broker.state.sqlite.migrations import APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION


def schema(path: Path) -> set[tuple[str, str]]:
    connection = sqlite3.connect(path)
    try:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {(name, " ".join(sql.split())) for name, sql in rows}
    finally:
        connection.close()


def make(path: Path, version: int) -> None:
    """A database as the Kawa that had this schema left it."""
    connection = sqlite3.connect(path)
    connection.executescript("".join(MIGRATIONS[:version]))
    if version:
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={version}")
    connection.close()


@pytest.mark.parametrize("version", range(SCHEMA_VERSION + 1))
def test_every_older_schema_becomes_the_newest(tmp_path: Path, version: int) -> None:
    Database(tmp_path / "new.db").close()
    make(tmp_path / "old.db", version)
    Database(tmp_path / "old.db").close()
    assert schema(tmp_path / "old.db") == schema(tmp_path / "new.db")


def test_every_statement_of_a_step_ends() -> None:
    """Steps are joined; one without its semicolon would swallow the next."""
    assert all(step.rstrip().endswith(";") for step in MIGRATIONS)
