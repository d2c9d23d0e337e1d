"""Producer ids are given out in blocks, so that handing out one costs no commit."""

from broker.state.sqlite.database import Database


class ProducerIds:
    def __init__(self, database: Database) -> None:
        self._database = database

    def allocate_block(self, size: int) -> range:
        """`size` ids that nobody was given before, or will be after; kept when this returns, or
        with the transaction it is called in."""
        rows = self._database.rows(
            "INSERT INTO producer_ids VALUES (0, ?) ON CONFLICT DO UPDATE SET next = next + ? RETURNING next",
            (size, size),
        )
        end: int = rows[0][0]
        return range(end - size, end)
