"""SaslHandshake (key 17)."""

from __future__ import annotations

from broker.protocol.message import Int16, String, request, response


@request(key=17, versions="0-1", flexible="none")
class SaslHandshakeRequest:
    mechanism: String


@response(key=17, versions="0-1", flexible="none")
class SaslHandshakeResponse:
    error_code: Int16
    mechanisms: list[String]
