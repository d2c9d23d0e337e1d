"""Request and response headers, as both sides need them.

A request's header is read for every request, so it is read by hand; tests compare that with the
declarations in `messages/headers.py`. What is special (all of it in Kafka's `RequestHeader` and
`ApiMessageTypeGenerator`):

- `client_id` has a 16-bit length in flexible versions, too, and what is not UTF-8 in it is replaced;
- the response of ApiVersions has the header without tagged fields in every version, so that a client
  can read it before it knows the broker's versions;
- of an ApiVersions request in an unknown version nothing behind `client_id` is read.
"""

import struct
from typing import NamedTuple

from broker.protocol.codec import decode, encode
from broker.protocol.decoder import skip_tagged_fields
from broker.protocol.errors import MalformedRequest
from broker.protocol.messages import MESSAGES
from broker.protocol.messages import headers as declared
from broker.protocol.versions import NEWEST, Versions

API_VERSIONS = 18
_API_VERSIONS_HIGHEST = Versions.parse(MESSAGES[API_VERSIONS].versions).highest

_FIXED = struct.Struct(">hhih")
_FLEXIBLE_FROM = {
    key: NEWEST if api.flexible_from is None else api.flexible_from for key, api in MESSAGES.items()
}

_new = tuple.__new__  # half the time of calling the class, and this is done for every request
_unpack_fixed = _FIXED.unpack_from
_pack_correlation_id = struct.Struct(">i").pack
_pack_flexible = struct.Struct(">ix").pack


class RequestHeader(NamedTuple):
    """What stands before a request's body; `size` is the position at which the body begins."""

    api_key: int
    api_version: int
    correlation_id: int
    client_id: str | None
    size: int


class ResponseHeaderView(NamedTuple):
    """What a client reads before a response's body, and the body."""

    correlation_id: int
    body: memoryview


def parse_request_header(view: memoryview) -> RequestHeader:
    """The header of a frame whose length has been taken off.

    The key and the version may be unknown ones; whoever looks them up decides what that means.

    Raises: MalformedRequest: the bytes are no header.
    """
    try:
        key, version, correlation_id, length = _unpack_fixed(view)
        size = 10
        if length < 0:
            client_id = None
        else:
            size += length
            if size > len(view):
                raise ValueError("client_id is longer than what is left")
            client_id = str(view[10:size], "utf-8", "replace")
        if version >= _FLEXIBLE_FROM.get(key, NEWEST) and (
            key != API_VERSIONS or version <= _API_VERSIONS_HIGHEST
        ):
            count = view[size]
            size += 1
            if count:
                size = skip_tagged_fields(view, size, count, len(view))
    except (ValueError, IndexError, struct.error) as error:
        raise MalformedRequest(f"request header: {error}") from error
    return _new(RequestHeader, (key, version, correlation_id, client_id, size))


def response_header(correlation_id: int, api_key: int, api_version: int) -> bytes:
    """What stands before the body of the answer to such a request."""
    if has_tagged_fields(api_key, api_version):
        return _pack_flexible(correlation_id)
    return _pack_correlation_id(correlation_id)


def has_tagged_fields(api_key: int, api_version: int) -> bool:
    """Whether the header of such a response has room for tagged fields."""
    return api_version >= _FLEXIBLE_FROM[api_key] and api_key != API_VERSIONS


def request_header(api_key: int, api_version: int, correlation_id: int, client_id: str | None) -> bytes:
    """What a client sends before the body of its request."""
    header = declared.RequestHeader(
        request_api_key=api_key,
        request_api_version=api_version,
        correlation_id=correlation_id,
        client_id=client_id,
    )
    return b"".join(encode(header, 2 if api_version >= _FLEXIBLE_FROM[api_key] else 1))


def parse_response_header(view: memoryview, api_key: int, api_version: int) -> ResponseHeaderView:
    """The header of a response, whose length has been taken off, to a request of that key and version.

    Raises: MalformedRequest: the bytes are no header.
    """
    version = int(has_tagged_fields(api_key, api_version))
    header = decode(declared.ResponseHeader, version, view)
    size = 4
    if version:
        size = skip_tagged_fields(view, 5, view[4], len(view))
    return ResponseHeaderView(header.correlation_id, view[size:])
