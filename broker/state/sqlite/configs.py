"""What was set at run time: configs of topics, brokers, groups and client metrics."""

from collections.abc import Mapping

from broker.state.rows import ResourceType
from broker.state.sqlite.database import Database


class Configs:
    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[tuple[ResourceType, str], dict[str, str]]:
        """(type, resource's name) -> what was set for it: names and texts."""
        found: dict[tuple[ResourceType, str], dict[str, str]] = {}
        for resource_type, resource, name, value in self._database.rows(
            "SELECT resource_type, resource_name, name, value FROM configs"
        ):
            found.setdefault((ResourceType(resource_type), resource), {})[name] = value
        return found

    def get(self, resource_type: ResourceType, resource: str) -> dict[str, str]:
        return dict(
            self._database.rows(
                "SELECT name, value FROM configs WHERE resource_type = ? AND resource_name = ?",
                (resource_type, resource),
            )
        )

    def put(self, resource_type: ResourceType, resource: str, values: Mapping[str, str]) -> None:
        """Everything that is set for the resource from here on; call within a transaction."""
        self.remove(resource_type, resource)
        self._database.write_many(
            "INSERT INTO configs VALUES (?, ?, ?, ?)",
            [(resource_type, resource, name, value) for name, value in values.items()],
        )

    def remove(self, resource_type: ResourceType, resource: str) -> None:
        self._database.write(
            "DELETE FROM configs WHERE resource_type = ? AND resource_name = ?", (resource_type, resource)
        )
