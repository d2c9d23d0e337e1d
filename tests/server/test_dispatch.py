"""From a frame to its answer, and what becomes of one that has none."""

import asyncio
import struct
from collections.abc import Callable
from typing import Any

import pytest

from broker.handlers.answer import Answer, Encoded
from broker.handlers.context import RequestContext
from broker.protocol.codec import decode
from broker.protocol.errors import ErrorCode, KafkaError
from broker.protocol.headers import request_header
from broker.protocol.messages.api_versions import ApiVersionsRequest, ApiVersionsResponse
from broker.server.dispatch import Caller, Closing, Dispatcher, Pending, Reply
from tests.server.serving import (
    API_VERSIONS,
    APIS,
    FETCH,
    PACKAGE,
    VERSIONS,
    answers,
    ask,
    ask_task,
    ask_wait,
    ask_without_answer,
    created,
    echo,
    fetched,
    frame,
    make_broker,
)

Script = Callable[[Any, RequestContext], Any]


class Desk:
    """A dispatcher and one caller; to be made inside of a running loop."""

    def __init__(self, script: Script) -> None:
        self.broker = make_broker(script)
        self.logger: Any = self.broker.logger
        self.dispatcher = Dispatcher(self.broker, apis=APIS, package=PACKAGE)
        self.caller = Caller(
            connection_id=7, listener="INSIDE", peer=("10.0.0.1", 5000), local=("10.0.0.2", 9092)
        )

    def dispatch(self, data: bytes) -> Reply | Pending | None:
        return self.dispatcher.dispatch(memoryview(data)[4:], self.caller)

    def answered(self, data: bytes, **how: Any) -> Any:
        reply = self.dispatch(data)
        assert isinstance(reply, Reply)
        sent = b"".join(bytes(part) for part in reply.buffers)  # type: ignore[arg-type]
        assert len(sent) == reply.nbytes
        (answer,) = answers(sent, **how)
        return answer


def at(script: Script, scenario: Callable[[Desk], object]) -> None:
    async def inside() -> None:
        scenario(Desk(script))

    asyncio.run(inside())


def raising(error: Exception) -> Script:
    def script(request: Any, context: RequestContext) -> Any:
        raise error

    return script


def test_a_request_reaches_its_handler_with_its_envelope() -> None:
    seen: list[RequestContext] = []

    def script(request: Any, context: RequestContext) -> Any:
        seen.append(context)
        return echo(request, context)

    at(script, lambda desk: desk.answered(ask(42)))
    assert seen == [RequestContext(22, 4, 42, "me", "INSIDE", "10.0.0.1", 7, "10.0.0.2", 9092)]


def test_an_answer_carries_length_header_and_body() -> None:
    def scenario(desk: Desk) -> None:
        assert desk.answered(ask(42)).producer_id == 42

    at(echo, scenario)


def test_an_encoded_body_is_sent_as_it_is() -> None:
    def scenario(desk: Desk) -> None:
        reply = desk.dispatch(ask(5))
        assert isinstance(reply, Reply)
        assert b"".join(reply.buffers) == b"\0\0\0\x09\0\0\0\x05\0body"  # type: ignore[arg-type]

    at(lambda request, context: Encoded([b"bo", b"dy"]), scenario)


def test_no_answer_is_none() -> None:
    def scenario(desk: Desk) -> None:
        assert desk.dispatch(ask_without_answer(1)) is None

    at(lambda request, context: None, scenario)


def test_a_coroutine_becomes_a_task_and_a_future_does_not() -> None:
    async def inside() -> None:
        waiting = asyncio.get_running_loop().create_future()
        desk = Desk(lambda request, context: created() if context.api_key == 19 else waiting)
        task, future = desk.dispatch(ask_task(1)), desk.dispatch(ask_wait(2))
        assert isinstance(task, Pending)
        assert isinstance(future, Pending)
        assert (task.is_task, future.is_task) == (True, False)
        assert (task.waits, future.waits) == (False, True)
        await task.future
        reply = desk.dispatcher.finish(task, desk.caller)
        assert reply is not None

    asyncio.run(inside())


def test_a_kafka_error_is_answered_where_the_response_has_room_for_it() -> None:
    def scenario(desk: Desk) -> None:
        assert desk.answered(ask(1)).error_code == ErrorCode.INVALID_REQUEST
        assert desk.logger.told("error") == []

    at(raising(KafkaError(ErrorCode.INVALID_REQUEST)), scenario)


def test_a_kafka_error_without_room_for_it_closes() -> None:
    def scenario(desk: Desk) -> None:
        with pytest.raises(Closing, match="cannot be answered"):
            desk.dispatch(ask_without_answer(1))

    at(raising(KafkaError(ErrorCode.INVALID_REQUEST)), scenario)


def test_a_mistake_of_ours_is_answered_and_told_with_its_traceback() -> None:
    def scenario(desk: Desk) -> None:
        assert desk.answered(ask(1)).error_code == ErrorCode.UNKNOWN_SERVER_ERROR
        assert desk.logger.told("error") == ["request failed"]
        (_, _, fields) = desk.logger.events[-1]
        assert isinstance(fields["exc_info"], ZeroDivisionError)
        assert fields["api"] == "InitProducerId"

    at(raising(ZeroDivisionError()), scenario)


def test_an_answer_that_cannot_be_encoded_is_a_mistake_of_ours_and_its_loan_goes_back() -> None:
    released: list[int] = []

    def scenario(desk: Desk) -> None:
        assert desk.answered(ask(1)).error_code == ErrorCode.UNKNOWN_SERVER_ERROR
        assert released == [1]

    at(lambda request, context: Answer("no message", lambda: released.append(1)), scenario)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\x16\0",
        b"\0\x16\0\x04\0\0\0\x01\x00\x50short",
        request_header(22, 4, 1, "me") + b"\xff\xff\xff\xff\xff\xff",
        request_header(22, 4, 1, "me"),
    ],
    ids=["nothing", "half a header", "client id too long", "impossible string", "no body"],
)
def test_bytes_that_are_no_request_close(data: bytes) -> None:
    def scenario(desk: Desk) -> None:
        with pytest.raises(Closing, match="malformed"):
            desk.dispatch(b"\0\0\0\0" + data)

    at(echo, scenario)


@pytest.mark.parametrize(("key", "version"), [(4, 0), (999, 0), (-1, 0), (22, 6), (22, -1), (0, 2), (1, 19)])
def test_an_unknown_api_or_version_closes(key: int, version: int) -> None:
    def scenario(desk: Desk) -> None:
        with pytest.raises(Closing, match=r"is unknown|is not supported"):
            desk.dispatch(b"\0\0\0\0" + struct.pack(">hhih", key, version, 1, -1) + bytes(50))

    at(echo, scenario)


@pytest.mark.parametrize("version", [5, 1000, -3])
def test_an_unknown_version_of_api_versions_is_answered_in_version_0(version: int) -> None:
    def scenario(desk: Desk) -> None:
        reply = desk.dispatch(b"\0\0\0\0" + struct.pack(">hhih", API_VERSIONS, version, 9, -1) + b"\xff" * 9)
        assert isinstance(reply, Reply)
        sent = b"".join(reply.buffers)  # type: ignore[arg-type]
        assert sent[4:8] == b"\0\0\0\x09"
        response = decode(ApiVersionsResponse, 0, memoryview(sent)[8:])
        assert response.error_code == ErrorCode.UNSUPPORTED_VERSION
        assert [each.api_key for each in response.api_keys] == [API_VERSIONS]

    at(echo, scenario)


def test_only_the_first_request_introduces_the_client() -> None:
    def scenario(desk: Desk) -> None:
        hello = ApiVersionsRequest(client_software_name="kawa", client_software_version="1.0")
        desk.dispatch(frame(hello))
        desk.dispatch(frame(hello, client_id="other"))
        assert desk.logger.told("info") == ["client connected"]
        assert desk.caller.described()["software"] == "kawa 1.0"

    at(lambda request, context: Encoded([b""]), scenario)


def test_what_a_client_says_of_itself_is_cut_short() -> None:
    def scenario(desk: Desk) -> None:
        desk.dispatch(frame(ApiVersionsRequest(client_software_name="k" * 9999), client_id="c" * 9999))
        described = desk.caller.described()
        assert all(len(str(described[name])) < 250 for name in ("client_id", "software"))

    at(lambda request, context: Encoded([b""]), scenario)


def test_an_abandoned_answer_gives_back_its_loan_even_if_it_comes_later() -> None:
    released: list[int] = []

    async def inside() -> None:
        waiting = asyncio.get_running_loop().create_future()

        async def carry_through() -> Answer:
            return await waiting  # type: ignore[no-any-return]

        desk = Desk(lambda request, context: carry_through())
        pending = desk.dispatch(ask_task(1))
        assert isinstance(pending, Pending)
        desk.dispatcher.abandon(pending, desk.caller)
        waiting.set_result(Answer(fetched(), lambda: released.append(1)))
        await pending.future
        await asyncio.sleep(0)

    asyncio.run(inside())
    assert released == [1]


def test_fetch_is_a_long_poll_that_versions_know() -> None:
    assert APIS[FETCH].answered.includes(VERSIONS[FETCH])
