"""SaslHandshake (key 17): choose a SASL mechanism (KIP-43).

v1 the tokens that follow are wrapped in SaslAuthenticate (KIP-152); after v0 they come as bare frames.
It will never be flexible.
"""

from __future__ import annotations

from broker.protocol.message import Int16, String, request, response


@request(key=17, versions="0-1", flexible="none")
class SaslHandshakeRequest:
    mechanism: String


@response(key=17, versions="0-1", flexible="none")
class SaslHandshakeResponse:
    error_code: Int16
    mechanisms: list[String]  # those that the broker has
