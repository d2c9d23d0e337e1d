"""The proxy of the planted faults lets go of every connection, whenever it is closed."""

import asyncio
import gc
import warnings

import pytest

from tests.compat.faults.addresses import Address
from tests.compat.faults.fault import HONEST
from tests.compat.faults.proxy import HOST, Proxy


async def close_late(steps: int) -> None:
    """The proxy is closed this many steps of the loop after its client has gone."""
    behind: list[asyncio.StreamWriter] = []
    has_come = asyncio.Event()

    def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind.append(writer)
        has_come.set()

    proxy = Proxy(HONEST)
    async with await asyncio.start_server(serve, HOST, 0) as server:
        front = await proxy.front_of(Address(HOST, server.sockets[0].getsockname()[1]))
        _, client = await asyncio.open_connection(*front)
        await has_come.wait()
        client.close()
        for _ in range(steps):
            await asyncio.sleep(0)
        await proxy.close()
        behind[0].close()
        await behind[0].wait_closed()


@pytest.mark.parametrize("steps", range(12))
def test_whenever_it_is_closed_no_connection_stays_open(steps: int) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        asyncio.run(close_late(steps))
        gc.collect()
    assert [str(each.message) for each in caught] == []
