import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from broker.state.errors import StateError
from broker.state.rows import PartitionRow, TopicRow
from broker.state.sqlite.cluster import ClusterFacts
from broker.state.sqlite.database import Database
from broker.state.sqlite.migrations import APPLICATION_ID, SCHEMA_VERSION
from broker.state.sqlite.topics import Topics

ROOT = Path(__file__).parents[3]


def refusal(path: Path) -> str:
    with pytest.raises(StateError) as refused:
        Database(path)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def fill(path: Path) -> None:
    database = Database(path)
    Topics(database).put(
        *[TopicRow(f"topic-{i}", bytes([i]) * 16, [PartitionRow(1, 0, (1,))] * 200) for i in range(50)]
    )
    database.close()


def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    database = Database(path)
    ClusterFacts(database).put("a", "b")
    database.close()
    database = Database(path)
    assert ClusterFacts(database).get("a") == "b"
    database.close()


def test_memory_is_a_database_too() -> None:
    database = Database(None, durable_full=True)
    ClusterFacts(database).put("a", "b")
    assert ClusterFacts(database).get("a") == "b"
    assert database.wal_bytes() == 0
    database.close()


def test_a_transaction_keeps_all_or_nothing(database: Database) -> None:
    facts = ClusterFacts(database)

    def break_off() -> None:
        with database.transaction():
            facts.put("a", "b")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert facts.get("a") is None
    with database.transaction():
        facts.put("a", "c")
        facts.put("b", "c")
    assert (facts.get("a"), facts.get("b")) == ("c", "c")


def test_a_wrong_statement_is_told_in_one_line(database: Database) -> None:
    for attempt in (database.rows, database.write, lambda text: database.write_many(text, [(1,)])):
        with pytest.raises(StateError, match=r"^cannot (read|write) :memory:: "):
            attempt("SELECT * FROM nothing_such WHERE x = ?")


def test_a_second_store_on_the_same_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    first = Database(path)
    assert refusal(path) == f"{path} is in use by another process"
    first.close()
    Database(path).close()


def test_another_process_is_refused_while_the_first_lives(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    first = Database(path)
    code = (
        "import sys; from pathlib import Path; from broker.state.errors import StateError\n"
        "from broker.state.sqlite.database import Database\n"
        "try: Database(Path(sys.argv[1]))\n"
        "except StateError as error: print(error)"
    )
    output = subprocess.run(
        [sys.executable, "-c", code, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert output.stdout == f"{path} is in use by another process\n"
    first.close()


def test_a_file_that_another_program_keeps_locked_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    fill(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    assert refusal(path) == f"cannot use {path}: database is locked"
    other.close()
    Database(path).close()


def test_a_newer_schema_is_refused_with_both_versions(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    fill(path)
    other = sqlite3.connect(path)
    other.execute(f"PRAGMA user_version={SCHEMA_VERSION + 3}")
    other.close()
    assert refusal(path) == (
        f"{path} was written by a newer Kawa"
        f" (schema {SCHEMA_VERSION + 3}; this one knows up to {SCHEMA_VERSION})"
    )


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE mine (a)", "PRAGMA application_id=7", "PRAGMA user_version=1"]
)
def test_a_database_of_another_program_is_refused(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "state.db"
    other = sqlite3.connect(path)
    other.execute(statement)
    other.close()
    assert refusal(path) == f"{path} is not a state store, but a database of another program"


def test_an_empty_file_is_a_new_store(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.touch()
    Database(path).close()


def test_bytes_that_are_no_database_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(os.urandom(10_000))
    assert refusal(path).startswith(f"{path} is damaged or not a state store: ")


@pytest.mark.parametrize("keep", [20, 1000, 5000, 30_000])
def test_a_file_that_was_cut_is_refused_at_the_latest_when_it_is_read(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "state.db"
    fill(path)
    os.truncate(path, keep)

    def open_and_read() -> None:
        with closing(Database(path)) as database:
            Topics(database).all()

    with pytest.raises(StateError):
        open_and_read()


def test_a_page_of_garbage_is_found_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    fill(path)
    page = 4096
    for number in range(1, path.stat().st_size // page):
        with path.open("r+b") as file:
            file.seek(number * page)
            file.write(b"\xa5" * page)
    database = Database(path)
    with pytest.raises(StateError, match=r"cannot read .* malformed"):
        Topics(database).all()
    database.close()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no" / "state.db").endswith("No such file or directory")


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    assert refusal(tmp_path).startswith(f"cannot open {tmp_path}: ")


def test_what_cannot_be_opened_is_not_kept_locked(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(b"x" * 10_000)
    refusal(path)
    path.unlink()
    Database(path).close()


def test_a_full_disk_is_told_and_what_was_written_before_stays(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.db")
    facts = ClusterFacts(database)
    facts.put("a", "b")
    [[pages]] = database.rows("PRAGMA page_count")
    database.rows(f"PRAGMA max_page_count={pages}")

    def fill_up() -> None:
        with database.transaction():
            for i in range(1000):
                facts.put(f"key-{i}", "x" * 100)

    with pytest.raises(StateError, match="disk is full"):
        fill_up()
    database.rows("PRAGMA max_page_count=1000000")
    with database.transaction():
        facts.put("c", "d")
    assert [facts.get(name) for name in ("a", "c", "key-0")] == ["b", "d", None]
    database.close()


def test_a_checkpoint_empties_the_log_beside_an_open_connection(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.db")
    facts = ClusterFacts(database)
    for i in range(200):
        facts.put(f"key-{i}", "x" * 100)
    before = database.wal_bytes()
    assert database.checkpoint()
    facts.put("a", "b")
    assert database.wal_bytes() < before / 10
    assert facts.get("key-199") == "x" * 100
    database.close()


def test_a_checkpoint_of_a_log_that_grows_meanwhile_is_not_complete(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    database = Database(path)
    ClusterFacts(database).put("a", "b")
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM cluster").fetchall()
    ClusterFacts(database).put("a", "c")
    assert not database.checkpoint()
    reader.close()
    assert database.checkpoint()
    database.close()


def test_a_new_store_is_marked_as_ours(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    Database(path).close()
    other = sqlite3.connect(path)
    assert other.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    other.close()
