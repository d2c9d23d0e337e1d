"""The schema, as the steps that lead to it; the number of steps done is kept in `user_version`.

A step that has been released is never changed: a new one is added behind it.

| table | a row is |
| --- | --- |
| cluster | a fact about the cluster, by name |
| topics | a topic with all its partitions (`broker.state.packing`) |
| deleted_topics | a topic that is deleted, but whose files may still be there |
| configs | one config that was set for a topic, broker, group or client metrics subscription |
| producer_ids | the first producer id that nobody has been given yet; a single row |
| groups | a part of a group, as text that its coordinator understands |
| offsets | a group's committed offset of one partition; times in ms since the epoch |
"""

MIGRATIONS = (
    """
    CREATE TABLE cluster (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE topics (
        name TEXT PRIMARY KEY, topic_id BLOB NOT NULL, partitions BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE deleted_topics (topic_id BLOB PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE configs (
        resource_type INTEGER, resource_name TEXT, name TEXT, value TEXT NOT NULL,
        PRIMARY KEY (resource_type, resource_name, name)
    ) WITHOUT ROWID;
    CREATE TABLE producer_ids (single INTEGER PRIMARY KEY CHECK (single = 0), next INTEGER NOT NULL);
    """,
    """
    CREATE TABLE groups (
        group_id TEXT, kind TEXT, key TEXT, document TEXT NOT NULL, PRIMARY KEY (group_id, kind, key)
    ) WITHOUT ROWID;
    CREATE TABLE offsets (
        group_id TEXT, topic TEXT, partition INTEGER, topic_id BLOB NOT NULL, offset INTEGER NOT NULL,
        leader_epoch INTEGER NOT NULL, metadata TEXT NOT NULL, committed_ms INTEGER NOT NULL,
        expires_ms INTEGER, PRIMARY KEY (group_id, topic, partition)
    ) WITHOUT ROWID;
    """,
)

SCHEMA_VERSION = len(MIGRATIONS)
APPLICATION_ID = 0x4B415741
"""`KAWA`: tells our files from other programs' SQLite files."""
