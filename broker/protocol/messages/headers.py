"""What stands before a request and before a response."""

from __future__ import annotations

from broker.protocol.message import Int16, Int32, String, field, header


@header(versions="1-2", flexible="2+")
class RequestHeader:
    request_api_key: Int16
    request_api_version: Int16
    correlation_id: Int32
    client_id: String | None = field(flexible=False)


@header(versions="0-1", flexible="1+")
class ResponseHeader:
    correlation_id: Int32
