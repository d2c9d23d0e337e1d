"""What the Python drivers share: reading requests and writing answers as JSON lines.

A driver is an object with one method for each operation it knows, named like the operation
(`compat/README.md` lists them). A method takes the request's parameters as one dictionary and
returns what goes under "result"; it raises `OperationFailed` to answer with an error. Anything
else that it raises is put into the client's own words by `describe_error`.
"""

import asyncio
import base64
import inspect
import json
import os
import sys
import threading
from collections.abc import Callable
from typing import Any, BinaryIO, NamedTuple

Parameters = dict[str, Any]


class ErrorDescription(NamedTuple):
    """`code` is Kafka's number, if it is one of Kafka's errors; `name` Kafka's or the client's."""

    code: int | None
    name: str
    message: str

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "name": self.name, "message": self.message}


class OperationFailed(Exception):
    """An operation ended with an error that the scenario may be waiting for."""

    def __init__(self, name: str, message: str, *, code: int | None = None) -> None:
        super().__init__(message)
        self.description = ErrorDescription(code, name, message)


DescribeError = Callable[[BaseException], ErrorDescription]


def to_text(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()


def to_bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)


def headers_to_text(headers: Any) -> list[list[str | None]]:
    return [[name, to_text(value)] for name, value in headers or ()]


def headers_to_bytes(headers: list[list[str | None]]) -> list[tuple[str, bytes | None]]:
    return [(str(name), to_bytes(value)) for name, value in headers]


class Lines:
    """The two pipes. Whatever a client library prints to stdout goes to stderr instead."""

    def __init__(self) -> None:
        self.incoming: BinaryIO = sys.stdin.buffer
        self._outgoing = os.fdopen(os.dup(1), "wb")
        self._lock = threading.Lock()  # progress may be reported from a client's own thread
        os.dup2(2, 1)

    def write(self, message: dict[str, Any]) -> None:
        with self._lock:
            self._outgoing.write(json.dumps(message).encode() + b"\n")
            self._outgoing.flush()

    def counter(self, request: Parameters) -> Callable[[object], None]:
        """Call the result once for each acknowledged record: it tells the harness every so often."""
        every, request_id, acknowledged = request.get("progress_every", 0), request["id"], 0

        def count(_: object) -> None:
            nonlocal acknowledged
            acknowledged += 1
            if every and acknowledged % every == 0:
                self.write({"id": request_id, "progress": {"acknowledged": acknowledged}})

        return count


def serve_forever(driver: object, lines: Lines, describe_error: DescribeError) -> None:
    """Answer one request after the other until the harness closes the pipe.

    Asynchronous drivers keep their event loop running while the next request is awaited.
    """
    asyncio.run(_serve(driver, lines, describe_error))


async def _serve(driver: object, lines: Lines, describe_error: DescribeError) -> None:
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, lines.incoming.readline):
        request = json.loads(line)
        lines.write(await _answer(driver, request, describe_error))
        if request["op"] == "quit":
            return


async def _answer(driver: object, request: Parameters, describe_error: DescribeError) -> dict[str, Any]:
    operation: Callable[[Parameters], Any] | None = getattr(driver, request["op"], None)
    if operation is None:
        failure = ErrorDescription(None, "UNSUPPORTED", f"this driver has no operation {request['op']}")
        return {"id": request["id"], "ok": False, "error": failure.as_json()}
    try:
        result = operation(request)
        if inspect.isawaitable(result):
            result = await result
    except OperationFailed as failed:
        return {"id": request["id"], "ok": False, "error": failed.description.as_json()}
    except Exception as error:  # every error of the client becomes an answer
        return {"id": request["id"], "ok": False, "error": describe_error(error).as_json()}
    return {"id": request["id"], "ok": True, "result": result}
