"""Databases that are closed when a test is over."""

from collections.abc import Iterator

import pytest

from broker.state.sqlite.database import Database


@pytest.fixture
def database() -> Iterator[Database]:
    """A database in memory."""
    opened = Database(None)
    yield opened
    opened.close()
