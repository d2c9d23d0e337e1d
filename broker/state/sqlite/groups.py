"""Groups, as documents that only their coordinator understands, and the offsets they have committed."""

from broker.state.rows import GroupRow, OffsetRow
from broker.state.sqlite.database import Database


class Groups:
    def __init__(self, database: Database) -> None:
        self._database = database

    def ids(self) -> list[str]:
        """Of all groups that have a document or an offset, in order."""
        rows = self._database.rows(
            "SELECT group_id FROM groups UNION SELECT group_id FROM offsets ORDER BY group_id"
        )
        return [group_id for (group_id,) in rows]

    def forget_topic(self, topic: str) -> None:
        """All offsets that any group has committed of it."""
        self._database.write("DELETE FROM offsets WHERE topic = ?", (topic,))

    def load(self, group_id: str) -> list[GroupRow]:
        """The parts of a group; none: it is not there, or has offsets only."""
        rows = self._database.rows(
            "SELECT kind, key, document FROM groups WHERE group_id = ? ORDER BY kind, key", (group_id,)
        )
        return [GroupRow(*row) for row in rows]

    def put(self, group_id: str, row: GroupRow) -> None:
        self._database.write("INSERT OR REPLACE INTO groups VALUES (?, ?, ?, ?)", (group_id, *row))

    def remove(self, group_id: str, kind: str, key: str) -> None:
        self._database.write(
            "DELETE FROM groups WHERE group_id = ? AND kind = ? AND key = ?", (group_id, kind, key)
        )

    def remove_documents(self, group_id: str) -> None:
        """All parts of the group; its offsets stay."""
        self._database.write("DELETE FROM groups WHERE group_id = ?", (group_id,))

    def remove_all(self, group_id: str) -> None:
        """The group with its offsets."""
        self.remove_documents(group_id)
        self._database.write("DELETE FROM offsets WHERE group_id = ?", (group_id,))

    def offsets(self, group_id: str) -> list[OffsetRow]:
        rows = self._database.rows(
            "SELECT topic, partition, topic_id, offset, leader_epoch, metadata, committed_ms, expires_ms"
            " FROM offsets WHERE group_id = ?",
            (group_id,),
        )
        return [OffsetRow(*row) for row in rows]

    def put_offset(self, group_id: str, row: OffsetRow) -> None:
        self._database.write(
            "INSERT OR REPLACE INTO offsets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (group_id, *row)
        )

    def remove_offset(self, group_id: str, topic: str, partition: int) -> None:
        self._database.write(
            "DELETE FROM offsets WHERE group_id = ? AND topic = ? AND partition = ?",
            (group_id, topic, partition),
        )
