"""Topics, their partitions, and the marks of deleted ones."""

from collections.abc import Iterable

from broker.state.packing import pack_partitions, unpack_partitions
from broker.state.rows import DeletedTopic, TopicRow
from broker.state.sqlite.database import Database


class Topics:
    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[TopicRow]:
        rows = self._database.rows("SELECT name, topic_id, partitions FROM topics")
        return [TopicRow(name, topic_id, unpack_partitions(packed)) for name, topic_id, packed in rows]

    def put(self, *topics: TopicRow) -> None:
        """Keep these as they are, whether they were there or not."""
        self._database.write_many(
            "INSERT OR REPLACE INTO topics VALUES (?, ?, ?)",
            [(name, topic_id, pack_partitions(partitions)) for name, topic_id, partitions in topics],
        )

    def mark_deleted(self, topic: DeletedTopic) -> None:
        """The topic is gone from `all`, and in `deleted` until `forget`; call within a transaction."""
        self._database.write("DELETE FROM topics WHERE topic_id = ?", (topic.topic_id,))
        self._database.write(
            "INSERT OR REPLACE INTO deleted_topics VALUES (?, ?)", (topic.topic_id, topic.name)
        )

    def deleted(self) -> list[DeletedTopic]:
        rows = self._database.rows("SELECT name, topic_id FROM deleted_topics")
        return [DeletedTopic(name, topic_id) for name, topic_id in rows]

    def forget(self, topic_ids: Iterable[bytes]) -> None:
        """The files of these deleted topics are gone."""
        self._database.write_many(
            "DELETE FROM deleted_topics WHERE topic_id = ?", [(topic_id,) for topic_id in topic_ids]
        )
