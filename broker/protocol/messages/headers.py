"""What stands before every request and response (KIP-482 for the tagged fields).

Requests have version 2 where the API is flexible, else 1; responses 1 or 0. The client's id keeps its
16-bit length in version 2, so that the broker can read it before it knows the API.
"""

from __future__ import annotations

from broker.protocol.message import Int16, Int32, String, field, header


@header(versions="1-2", flexible="2+")
class RequestHeader:
    request_api_key: Int16
    request_api_version: Int16
    correlation_id: Int32
    client_id: String | None = field(flexible=False)  # never compact


@header(versions="0-1", flexible="1+")
class ResponseHeader:
    correlation_id: Int32
