"""A node's groups are made when they are first asked for."""

import asyncio

from tests.handlers.serving import nodes


def test_the_coordinator_is_made_once_and_when_it_is_asked_for() -> None:
    async def scenario() -> None:
        async with nodes() as (broker,):
            assert broker.group_coordinator.made is None
            assert broker.groups is broker.groups is broker.group_coordinator.made

    asyncio.run(scenario())
