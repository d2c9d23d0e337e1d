from pathlib import Path

from broker.state.sqlite.database import Database
from broker.state.sqlite.producer_ids import ProducerIds


def test_blocks_follow_each_other(database: Database) -> None:
    ids = ProducerIds(database)
    assert ids.allocate_block(1000) == range(0, 1000)
    assert ids.allocate_block(10) == range(1000, 1010)
    assert ids.allocate_block(1000) == range(1010, 2010)


def test_a_block_is_not_given_again_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    database = Database(path)
    ProducerIds(database).allocate_block(1000)
    database.close()
    database = Database(path)
    assert ProducerIds(database).allocate_block(1000) == range(1000, 2000)
    database.close()


def test_a_block_goes_back_with_its_transaction(database: Database) -> None:
    ids = ProducerIds(database)
    with database.uncommitted():
        ids.allocate_block(1000)
    database.roll_back()
    assert ids.allocate_block(1000) == range(0, 1000)
