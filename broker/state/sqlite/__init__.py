"""The state store's tables in SQLite: the only place that speaks its SQL."""
