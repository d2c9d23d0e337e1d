"""SaslAuthenticate (key 36): one step of a SASL exchange (KIP-152).

v1 session lifetime, re-authentication (KIP-368)   v2 flexible
"""

from __future__ import annotations

from broker.protocol.message import Bytes, Int16, Int64, String, field, request, response


@request(key=36, versions="0-2", flexible="2+")
class SaslAuthenticateRequest:
    auth_bytes: Bytes


@response(key=36, versions="0-2", flexible="2+")
class SaslAuthenticateResponse:
    error_code: Int16
    error_message: String | None
    auth_bytes: Bytes
    session_lifetime_ms: Int64 = field("1+", default=0)  # 0: for ever
