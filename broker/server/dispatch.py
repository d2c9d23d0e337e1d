"""From a frame to its answer: header, table, handler, encoded response.

A frame that cannot be answered raises `Closing`, as Kafka closes the connection then: bytes that are
no request, an API or a version that is not in the table, an error for which the response has no room.
Only ApiVersions answers an unknown version, with a body of version 0 (KIP-511).

This is the one place that catches everything: whatever a handler raises becomes an answer and an event.
"""

import struct
from asyncio import Future, get_running_loop
from collections.abc import Callable
from importlib import import_module
from types import CoroutineType
from typing import TYPE_CHECKING, Any, NamedTuple

from broker.handlers import APIS, Api
from broker.handlers.answer import Answer, Encoded
from broker.handlers.context import Broker, RequestContext
from broker.protocol.codec import decode, encode
from broker.protocol.errors import ErrorCode, KafkaError, MalformedRequest
from broker.protocol.headers import parse_request_header, response_header
from broker.protocol.messages import request_class, response_class
from broker.server.refusals import error_response

if TYPE_CHECKING:
    from broker.log.engine import FileRange
    from broker.protocol.headers import RequestHeader

PREFIX = struct.Struct(">ii")  # length, correlation id
FLEXIBLE_PREFIX = struct.Struct(">iiB")  # ... and no tagged fields
API_VERSIONS = 18
UNEXPECTED = "the broker made a mistake; its log has the details"
BYTES = (bytes, bytearray)
FUTURE_TYPES = (Future, CoroutineType)
SHOWN_CHARACTERS = 100  # of what a client says of itself, in an event


class Closing(Exception):
    """The connection has to be closed; `event` and `fields` say why."""

    def __init__(self, event: str, **fields: object) -> None:
        super().__init__(event, fields)
        self.event = event
        self.fields = fields


class Reply(NamedTuple):
    """An answer as it goes over the wire; `release` is due when it has left."""

    buffers: "list[bytes | bytearray | memoryview | FileRange]"
    nbytes: int
    release: Callable[[], None] | None


class Endpoint(NamedTuple):
    """One version of one API, ready to be called."""

    api_key: int
    api_version: int
    api: Api
    request_class: Any
    response_class: Any
    handler: Callable[..., Any]
    header_bytes: int  # of the response: correlation id, and tagged fields if flexible


class Pending:
    """An answer that is not there yet. Behind a task the requests that follow have to wait."""

    __slots__ = ("correlation_id", "endpoint", "future", "is_task", "request_bytes")

    def __init__(
        self, endpoint: Endpoint, correlation_id: int, future: "Future[Any]", *, is_task: bool, size: int
    ) -> None:
        self.endpoint = endpoint
        self.correlation_id = correlation_id
        self.future = future
        self.is_task = is_task
        self.request_bytes = size

    @property
    def waits(self) -> bool:
        """It may take for ever: a graceful stop does not wait for it."""
        return self.endpoint.api.waits


class Caller:
    """Who is at the other end of a connection."""

    __slots__ = (
        "client_host",
        "client_id",
        "client_port",
        "connection_id",
        "is_known",
        "listener",
        "local_host",
        "local_port",
        "requests",
        "software",
    )

    def __init__(
        self, *, connection_id: int, listener: str, peer: tuple[str, int], local: tuple[str, int]
    ) -> None:
        self.connection_id = connection_id
        self.listener = listener
        self.client_host, self.client_port = peer
        self.local_host, self.local_port = local
        self.client_id: str | None = None
        self.software: str | None = None
        self.requests = 0
        self.is_known = False  # its first request has been understood

    def described(self) -> dict[str, object]:
        """For events."""
        return {
            "client": f"{self.client_host}:{self.client_port}",
            "client_id": self.client_id and self.client_id[:SHOWN_CHARACTERS],
            "software": self.software and self.software[:SHOWN_CHARACTERS],
            "listener": self.listener,
        }


class Dispatcher:
    """One node's table of APIs, with what has been used of it so far."""

    def __init__(
        self, broker: Broker, *, apis: dict[int, Api] = APIS, package: str = "broker.handlers"
    ) -> None:
        self._broker = broker
        self._apis = apis
        self._package = package
        self._endpoints: dict[tuple[int, int], Endpoint] = {}

    def dispatch(self, frame: memoryview, caller: Caller) -> Reply | Pending | None:
        """Answer one frame (None: there is to be no answer), or begin to. Raises Closing."""
        try:
            header = parse_request_header(frame)
        except MalformedRequest as error:
            raise Closing("request header is malformed", error=str(error)) from error
        endpoint = self._endpoints.get((header.api_key, header.api_version))
        if endpoint is None:
            endpoint = self._find(header.api_key, header.api_version)
            if endpoint.api_version != header.api_version:
                return _unknown_version(endpoint, header.correlation_id, caller)
        result: Any = None
        try:
            request = decode(endpoint.request_class, endpoint.api_version, frame[header.size :])
            caller.requests += 1
            if not caller.is_known:
                self._introduce(caller, header, request)
            result = endpoint.handler(request, _context(header, caller), self._broker)
            if isinstance(result, FUTURE_TYPES):
                return _pending(endpoint, header, result, len(frame))
            return _reply(endpoint, header.correlation_id, result)
        except MalformedRequest as error:
            raise Closing("request is malformed", api=endpoint.api.name, error=str(error)) from error
        except KafkaError as error:
            return _refusal(endpoint, header.correlation_id, error)
        except Exception as error:
            return self._failure(endpoint, header.correlation_id, error, caller, result)

    def finish(self, pending: Pending, caller: Caller) -> Reply | None:
        """The answer of a `Pending` whose future is done. Raises Closing."""
        endpoint, correlation_id = pending.endpoint, pending.correlation_id
        if pending.future.cancelled():
            raise Closing("request was given up", api=endpoint.api.name)
        result: Any = None
        try:
            result = pending.future.result()
            return _reply(endpoint, correlation_id, result)
        except KafkaError as error:
            return _refusal(endpoint, correlation_id, error)
        except Exception as error:
            return self._failure(endpoint, correlation_id, error, caller, result)

    def abandon(self, pending: Pending, caller: Caller) -> None:
        """Nobody waits for this answer any more; what it has on loan goes back.

        A future is cancelled, a task goes on: what it began is carried through, as with Kafka.
        """
        if not pending.future.done():
            pending.future.add_done_callback(lambda _: self.abandon(pending, caller))
            if not pending.is_task:
                pending.future.cancel()
        elif not pending.future.cancelled():
            error = pending.future.exception()
            if error is None:
                _release(pending.future.result())
            elif not isinstance(error, KafkaError):
                self._tell(pending.endpoint, error, caller)

    def _find(self, key: int, version: int) -> Endpoint:
        """The endpoint for a key and version; for a version of ApiVersions that is not there, another's."""
        api = self._apis.get(key)
        if api is None:
            raise Closing("api is unknown", api_key=key, api_version=version)
        if not api.answered.includes(version):
            if key != API_VERSIONS:
                raise Closing("api version is not supported", api=api.name, api_version=version)
            version = api.answered.lowest
        endpoint = self._endpoints.get((key, version))
        if endpoint is None:
            module = import_module(f"{self._package}.{api.module}")
            handler = getattr(module, api.function)
            header_bytes = len(response_header(0, key, version))
            endpoint = Endpoint(
                key, version, api, request_class(key), response_class(key), handler, header_bytes
            )
            self._endpoints[key, version] = endpoint
        return endpoint

    def _introduce(self, caller: Caller, header: "RequestHeader", request: Any) -> None:
        """The first request tells who has connected."""
        caller.is_known = True
        caller.client_id = header.client_id
        if header.api_key == API_VERSIONS and header.api_version >= 3:
            caller.software = f"{request.client_software_name} {request.client_software_version}"
        self._broker.logger.info("client connected", **caller.described())

    def _failure(
        self, endpoint: Endpoint, correlation_id: int, error: Exception, caller: Caller, result: Any
    ) -> Reply:
        """A handler, or the encoding of what it returned, failed: our mistake, not the client's."""
        _release(result)
        self._tell(endpoint, error, caller)
        unexpected = KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR, UNEXPECTED)
        return _refusal(endpoint, correlation_id, unexpected)

    def _tell(self, endpoint: Endpoint, error: BaseException, caller: Caller) -> None:
        version = endpoint.api_version
        about = {"api": endpoint.api.name, "api_version": version, **caller.described()}
        self._broker.logger.error("request failed", exc_info=error, **about)


def _context(header: "RequestHeader", caller: Caller) -> RequestContext:
    return RequestContext(
        header.api_key,
        header.api_version,
        header.correlation_id,
        header.client_id,
        caller.listener,
        caller.client_host,
        caller.connection_id,
        caller.local_host,
        caller.local_port,
    )


def _pending(endpoint: Endpoint, header: "RequestHeader", result: Any, size: int) -> Pending:
    if isinstance(result, Future):
        return Pending(endpoint, header.correlation_id, result, is_task=False, size=size)
    task = get_running_loop().create_task(result)
    return Pending(endpoint, header.correlation_id, task, is_task=True, size=size)


def _reply(endpoint: Endpoint, correlation_id: int, result: Any) -> Reply | None:
    """Put the length and the header before the encoded response."""
    release: Callable[[], None] | None = None
    if type(result) is Answer:
        body = encode(result.response, endpoint.api_version)
        release = result.release
    elif type(result) is Encoded:
        body, release = result
    elif result is None:
        return None
    else:
        body = encode(result, endpoint.api_version)
    nbytes = endpoint.header_bytes
    for buffer in body:
        nbytes += len(buffer) if isinstance(buffer, BYTES) else buffer.nbytes
    if endpoint.header_bytes == 4:
        prefix = PREFIX.pack(nbytes, correlation_id)
    else:
        prefix = FLEXIBLE_PREFIX.pack(nbytes, correlation_id, 0)
    return Reply([prefix, *body], nbytes + 4, release)


def _unknown_version(endpoint: Endpoint, correlation_id: int, caller: Caller) -> Reply | None:
    """What a client that is newer than this broker is told; it will ask again."""
    from broker.handlers.api_versions import unsupported_version

    caller.requests += 1
    return _reply(endpoint, correlation_id, unsupported_version(endpoint.api))


def _refusal(endpoint: Endpoint, correlation_id: int, error: KafkaError) -> Reply:
    """An answer that holds nothing but the error, where there is room for one. Raises Closing."""
    response = error_response(endpoint.response_class, endpoint.api_version, error)
    if response is None:
        raise Closing("request cannot be answered", api=endpoint.api.name, error=str(error))
    reply = _reply(endpoint, correlation_id, response)
    assert reply is not None
    return reply


def _release(result: Any) -> None:
    """Give back what an answer that will not be sent has on loan."""
    if isinstance(result, (Answer, Encoded)) and result.release is not None:
        result.release()
