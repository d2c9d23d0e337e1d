"""A connection to a broker of a few lines: whatever comes back is an outcome."""

import asyncio
import struct
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from broker.protocol.codec import encode
from broker.protocol.message import blank
from broker.protocol.messages.api_versions import ApiVersionsRequest, ApiVersionsResponse
from broker.protocol.messages.produce import ProduceRequest, ProduceResponse
from compat.differential.exchange import CLOSED, SILENT, UNANSWERED, Ask, Connection, Outcome

Behaviour = Callable[[int, asyncio.StreamWriter], Awaitable[None]]
VERSIONS = Ask(18, 0, ApiVersionsRequest())
PRODUCE = Ask(0, 3, blank(ProduceRequest), answered=False)


def framed(body: bytes) -> bytes:
    return struct.pack(">i", len(body)) + body


def answer(correlation_id: int, message: Any, version: int = 0) -> bytes:
    return framed(struct.pack(">i", correlation_id) + b"".join(map(bytes, encode(message, version))))


async def answers(correlation_id: int, writer: asyncio.StreamWriter) -> None:
    writer.write(answer(correlation_id, ApiVersionsResponse(error_code=0, api_keys=[])))


async def closes(correlation_id: int, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def stays_silent(correlation_id: int, writer: asyncio.StreamWriter) -> None:
    """Nothing comes."""


async def babbles(correlation_id: int, writer: asyncio.StreamWriter) -> None:
    writer.write(framed(struct.pack(">i", correlation_id)))


async def answers_another(correlation_id: int, writer: asyncio.StreamWriter) -> None:
    writer.write(answer(correlation_id + 1, ApiVersionsResponse(error_code=0, api_keys=[])))


async def answers_only_the_next(correlation_id: int, writer: asyncio.StreamWriter) -> None:
    if correlation_id % 2 == 0:
        await answers(correlation_id, writer)


async def answers_both(correlation_id: int, writer: asyncio.StreamWriter) -> None:
    message: Any = ApiVersionsResponse(error_code=0, api_keys=[])
    if correlation_id % 2:
        message = ProduceResponse(responses=[])
    writer.write(answer(correlation_id, message, 3 if correlation_id % 2 else 0))


def outcomes(behaviour: Behaviour, *asks: Ask) -> list[Outcome]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (head := await reader.read(4)) and not writer.is_closing():
            request = await reader.readexactly(int.from_bytes(head, "big"))
            await behaviour(int.from_bytes(request[4:8], "big"), writer)
        writer.close()

    async def scenario() -> list[Outcome]:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            connection = Connection("fake", server.sockets[0].getsockname()[1], patience_s=0.3)
            told = [await connection.ask(ask) for ask in asks]
            await connection.close()
            return told

    return asyncio.run(scenario())


def test_an_answer_is_read() -> None:
    assert outcomes(answers, VERSIONS, VERSIONS) == [ApiVersionsResponse(error_code=0, api_keys=[])] * 2


@pytest.mark.parametrize(
    ("behaviour", "ask", "told"),
    [
        (closes, VERSIONS, CLOSED),
        (closes, PRODUCE, CLOSED),
        (stays_silent, VERSIONS, UNANSWERED),
        (answers_another, VERSIONS, "answers request +1"),
        (answers_only_the_next, PRODUCE, SILENT),
        (answers_both, PRODUCE, ProduceResponse(responses=[])),
    ],
)
def test_whatever_happens_is_told_and_the_next_request_is_sent(
    behaviour: Behaviour, ask: Ask, told: Outcome
) -> None:
    assert outcomes(behaviour, ask, ask) == [told, told]


def test_what_cannot_be_read_is_told() -> None:
    (told,) = outcomes(babbles, VERSIONS)
    assert isinstance(told, str)
    assert told.startswith("cannot be read")


def test_nobody_there_is_a_closed_connection() -> None:
    async def scenario() -> Outcome:
        return await Connection("nobody", 1).ask(VERSIONS)

    assert asyncio.run(scenario()) == CLOSED
