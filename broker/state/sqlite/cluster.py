"""Facts about the cluster, by name."""

from broker.state.sqlite.database import Database


class ClusterFacts:
    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def cluster_id(self) -> str | None:
        """None until somebody has put one."""
        return self.get("cluster.id")

    def put_cluster_id(self, cluster_id: str) -> None:
        self.put("cluster.id", cluster_id)

    def get(self, name: str) -> str | None:
        rows = self._database.rows("SELECT value FROM cluster WHERE name = ?", (name,))
        return rows[0][0] if rows else None

    def put(self, name: str, value: str) -> None:
        self._database.write("INSERT OR REPLACE INTO cluster VALUES (?, ?)", (name, value))
