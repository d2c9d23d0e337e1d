"""A server whose handlers a test writes itself, and the client's side of the protocol.

The table has few APIs: InitProducerId is answered at once (`echo` repeats a number), Fetch may wait,
Produce may have no answer (acks 0) or a future of one, CreateTopics runs as a task. What they answer is
up to the test's function.
"""

import asyncio
import struct
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from broker.clock import Clock, SystemClock
from broker.handlers import Api
from broker.handlers.context import Broker, RequestContext
from broker.protocol.codec import decode, encode
from broker.protocol.errors import ErrorCode
from broker.protocol.headers import parse_response_header, request_header
from broker.protocol.messages import response_class
from broker.protocol.messages.api_versions import ApiVersionsRequest
from broker.protocol.messages.create_topics import CreateTopicsRequest, CreateTopicsResponse
from broker.protocol.messages.fetch import FetchRequest, FetchResponse
from broker.protocol.messages.init_producer_id import InitProducerIdRequest, InitProducerIdResponse
from broker.protocol.messages.produce import ProduceRequest
from broker.server.server import Server
from broker.settings.broker import BrokerSettings
from tests.fakes.logger import RecordingLogger

PACKAGE = "tests.server"
APIS = {
    0: Api("Produce", "script", "now", "3-13"),
    1: Api("Fetch", "script", "now", "4-18", waits=True),
    18: Api("ApiVersions", "script", "now", "0-4"),
    19: Api("CreateTopics", "script", "later", "2-7"),
    22: Api("InitProducerId", "script", "now", "0-5"),
}
PRODUCE, FETCH, API_VERSIONS, CREATE_TOPICS, INIT_PRODUCER_ID = APIS
VERSIONS = {PRODUCE: 9, FETCH: 12, API_VERSIONS: 3, CREATE_TOPICS: 5, INIT_PRODUCER_ID: 4}

Script = Callable[[Any, RequestContext], Any]


def make_broker(
    script: Script, *, values: Mapping[str, str] | None = None, clock: Clock | None = None
) -> Broker:
    """A node without rooms; its logger is a `RecordingLogger`."""
    rooms: dict[str, Any] = dict.fromkeys(Broker._fields)
    rooms |= {
        "node_id": 1,
        "settings": BrokerSettings.from_values(values or {}),
        "clock": clock or SystemClock(asyncio.get_running_loop()),
        "state": script,
        "logger": RecordingLogger(),
    }
    return Broker(**rooms)


def make_server(
    script: Script, *, values: Mapping[str, str] | None = None, clock: Clock | None = None
) -> Server:
    return Server(make_broker(script, values=values, clock=clock), apis=APIS, package=PACKAGE)


def echo(request: Any, context: RequestContext) -> Any:
    """Repeats the number of an InitProducerId request."""
    return InitProducerIdResponse(
        error_code=ErrorCode.NONE, producer_id=request.transaction_timeout_ms, producer_epoch=0
    )


def frame(
    message: Any, *, correlation_id: int = 0, version: int | None = None, client_id: str = "me"
) -> bytes:
    """A whole request as it goes over the wire."""
    key = message.API_KEY
    version = VERSIONS[key] if version is None else version
    body = b"".join(bytes(part) for part in encode(message, version))
    header = request_header(key, version, correlation_id, client_id)
    return struct.pack(">i", len(header) + len(body)) + header + body


def ask(number: int, *, padding: int = 0) -> bytes:
    """An InitProducerId request whose correlation id and content are `number`."""
    message = InitProducerIdRequest(transactional_id="x" * padding, transaction_timeout_ms=number)
    return frame(message, correlation_id=number)


def ask_task(number: int) -> bytes:
    return frame(CreateTopicsRequest(topics=[], timeout_ms=number), correlation_id=number)


def ask_wait(number: int) -> bytes:
    request = FetchRequest(max_wait_ms=number, min_bytes=1, topics=[], forgotten_topics_data=[])
    return frame(request, correlation_id=number)


def ask_future(number: int) -> bytes:
    return frame(ProduceRequest(acks=1, timeout_ms=number, topic_data=[]), correlation_id=number)


def ask_without_answer(number: int) -> bytes:
    return frame(ProduceRequest(acks=0, timeout_ms=number, topic_data=[]), correlation_id=number)


def introduce(name: str, version: str) -> bytes:
    return frame(ApiVersionsRequest(client_software_name=name, client_software_version=version))


def fetched(error: ErrorCode = ErrorCode.NONE) -> FetchResponse:
    return FetchResponse(error_code=error, responses=[])


def created() -> CreateTopicsResponse:
    return CreateTopicsResponse(topics=[])


class Answered(NamedTuple):
    """One answer, its header read."""

    correlation_id: int
    body: bytes


def correlation_ids(data: bytes | bytearray) -> list[int]:
    """Of all whole answers in `data`."""
    found = []
    position = 0
    while position + 8 <= len(data):
        size, correlation_id = struct.unpack_from(">ii", data, position)
        if position + 4 + size > len(data):
            break
        found.append(correlation_id)
        position += 4 + size
    return found


def answers(data: bytes | bytearray, *, key: int = INIT_PRODUCER_ID, version: int | None = None) -> list[Any]:
    """The decoded answers in `data`, all of one API."""
    version = VERSIONS[key] if version is None else version
    found = []
    position = 0
    while position + 4 <= len(data):
        (size,) = struct.unpack_from(">i", data, position)
        view = memoryview(data)[position + 4 : position + 4 + size]
        body = parse_response_header(view, key, version).body
        found.append(decode(response_class(key), version, body))
        position += 4 + size
    return found


def numbers(data: bytes | bytearray) -> list[int]:
    """What `echo` repeated."""
    return [answer.producer_id for answer in answers(data)]
